/* A client's hedges: where they go, and what stands in their way. */
#include "policy/client.h"

#include "check.h"

#define S NS_PER_S
#define DOWN OUTCOME_UNAVAILABLE_503

/* One failure opens the breaker; half of the requests may be hedged. */
static const struct client_policy two_endpoints = {
    .retry = {.attempts = 1},
    .breaker = {.kind = BREAKER_CONSECUTIVE,
                .failures = 1,
                .window_ns = 10 * S,
                .open_ns = 10 * S,
                .probes = 1,
                .counts = OUTCOME_BIT(DOWN)},
    .failover = {.endpoints = 2, .is_sticky = true, .failures = 9, .successes = 1},
    .hedge = {.after_ns = S, .share = 0.5},
};

static struct ticket sent(struct client *c, struct rng *rng)
{
    struct ticket t;
    CHECK_INT(client_admit(c, 0, 0, 0, rng, &t), OUTCOME_OK);
    CHECK_INT(hedge_wait_ns(&c->hedge, 0), S);
    return t;
}

static void fail(struct client *c, const struct ticket *t, struct rng *rng)
{
    int64_t delay_ns = 0;
    struct client_facts f = {
        .retry = {.outcome = DOWN, .attempts = 1, .deadline_ns = INT64_MAX}};
    CHECK_INT(client_ended(c, t, &f, rng, &delay_ns), RETRY_NOT_THIS);
}

/* The next endpoint; with its breaker open the same one; with both open none. */
static void hedges_go_to_the_next_endpoint(void)
{
    struct client c;
    struct rng rng;
    struct ticket first, other, third;
    client_init(&c, &two_endpoints, 1);
    rng_init(&rng, 1, RNG_JITTER, 0);
    for (int i = 0; i < 9; i++)
        first = sent(&c, &rng);
    CHECK_INT(first.endpoint, 0);
    CHECK(client_hedge(&c, 0, true, &first, &other));
    CHECK_INT(other.endpoint, 1);
    fail(&c, &other, &rng);
    CHECK(client_hedge(&c, 0, true, &first, &third));
    CHECK_INT(third.endpoint, 0);
    fail(&c, &third, &rng);
    CHECK(!client_hedge(&c, 0, true, &first, &third));
    CHECK_INT(c.own.hedges_denied, 1);
    client_release(&c);
}

/* Not more than half of the requests; nor where the caller has no room. A no costs
 * nothing of the budget. */
static void hedges_stay_within_their_budget(void)
{
    struct client c;
    struct rng rng;
    struct ticket first, other;
    unsigned allowed = 0;
    client_init(&c, &two_endpoints, 1);
    rng_init(&rng, 1, RNG_JITTER, 0);
    for (int i = 0; i < 20; i++)
        first = sent(&c, &rng);
    for (int i = 0; i < 5; i++)
        CHECK(!client_hedge(&c, 0, false, &first, &other));
    for (int i = 0; i < 20; i++)
        allowed += client_hedge(&c, 0, true, &first, &other);
    CHECK_INT(allowed, 10);
    CHECK_INT(c.own.hedges_denied, 15);
    client_release(&c);
}

/* gRPC's throttle: a client that sees failures stops adding load of any kind. */
static void a_throttle_holds_hedges_back(void)
{
    struct client_policy p = two_endpoints;
    struct client c;
    struct rng rng;
    struct ticket first, other;
    p.breaker = (struct breaker_rule){.kind = BREAKER_NONE};
    p.retry.on = OUTCOME_BIT(DOWN);
    p.budget = (struct budget_rule){.kind = BUDGET_THROTTLE, .max = 2, .ratio = 0.1};
    client_init(&c, &p, 1);
    rng_init(&rng, 1, RNG_JITTER, 0);
    for (int i = 0; i < 9; i++)
        first = sent(&c, &rng);
    CHECK(client_hedge(&c, 0, true, &first, &other));
    int64_t delay_ns = 0;
    struct client_facts f = {.retry = {.outcome = DOWN, .deadline_ns = INT64_MAX},
                             .is_last = true};
    (void)client_ended(&c, &other, &f, &rng, &delay_ns);
    CHECK(!client_hedge(&c, 0, true, &first, &other));
    client_release(&c);
}

/* While a twin lives a failure asks for no retry, but is booked. */
static void a_failure_beside_a_twin_is_no_end(void)
{
    struct client_policy p = two_endpoints;
    struct client c;
    struct rng rng;
    p.retry = (struct retry_rule){.attempts = 5, .on = OUTCOME_BIT(DOWN)};
    client_init(&c, &p, 1);
    rng_init(&rng, 1, RNG_JITTER, 0);
    struct ticket first = sent(&c, &rng);
    int64_t delay_ns = -1;
    struct client_facts f = {
        .retry = {.outcome = DOWN, .attempts = 1, .deadline_ns = INT64_MAX},
        .is_last = true};
    CHECK(client_ended(&c, &first, &f, &rng, &delay_ns) != RETRY_YES);
    CHECK_INT(c.retrying, 0);
    CHECK_INT(c.breakers[0].counts.opens, 1);
    client_release(&c);
}

int main(void)
{
    RUN(hedges_go_to_the_next_endpoint);
    RUN(hedges_stay_within_their_budget);
    RUN(a_throttle_holds_hedges_back);
    RUN(a_failure_beside_a_twin_is_no_end);
    return check_report();
}
