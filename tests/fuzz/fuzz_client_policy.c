/*
 * Any bytes as a client policy: refused with a message, or whole, and then it bears
 * an outage without breaking its own rules.
 */
#include "policy/client.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One request whose attempts all fail. */
static void outage(struct client *c, struct rng *rng, int64_t due_ns)
{
    int64_t now_ns = due_ns, delay_ns = 0, deadline_ns = due_ns + 20 * NS_PER_S;
    enum retry_why why = RETRY_YES;
    for (unsigned attempt = 0; why == RETRY_YES; attempt++) {
        struct ticket t;
        if (client_admit(c, now_ns, 0, attempt, rng, &t) != OUTCOME_OK) {
            if (attempt > 0)
                client_drop_retry(c);
            return;
        }
        assert(t.endpoint < c->policy->failover.endpoints);
        struct client_facts f = {.retry = {.outcome = OUTCOME_UNAVAILABLE_503,
                                           .attempts = attempt + 1,
                                           .due_ns = due_ns,
                                           .now_ns = now_ns,
                                           .deadline_ns = deadline_ns,
                                           .retry_after_ns = -1,
                                           .previous_ns = delay_ns},
                                 .in_flight = 1,
                                 .was_retry = attempt > 0};
        why = client_ended(c, &t, &f, rng, &delay_ns);
        assert(why != RETRY_YES || attempt + 1 < CLIENT_ATTEMPTS_MAX);
        assert(why != RETRY_YES || now_ns + delay_ns < deadline_ns);
        now_ns += delay_ns;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct client c;
    struct rng rng;
    struct client_policy *p = client_policy_parse((const char *)data, size, &e);
    assert((p == NULL) == e.is_set);
    if (p == NULL)
        return 0;
    client_init(&c, p, 1);
    rng_init(&rng, 1, RNG_JITTER, 1);
    for (int i = 0; i < 20; i++)
        outage(&c, &rng, i * 30 * NS_PER_S);
    assert(c.retrying == 0);
    client_release(&c);
    client_policy_free(p);
    return 0;
}
