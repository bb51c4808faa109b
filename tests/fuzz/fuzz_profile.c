/*
 * Any bytes as a profile: refused with a message, or whole. What is accepted must
 * survive its own text, formatted objectives, and a walk along its schedule with
 * the bodies of what the walk gives.
 */
#include "workload/prompt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARRIVALS 20
#define BODY_BYTES_MAX (1u << 20)

static void check_round_trips(const struct profile *p)
{
    struct err e = {0};
    struct profile *again = profile_parse(p->text, strlen(p->text), &e);
    assert(again != NULL);
    assert(again->digest == p->digest);
    profile_free(again);
    for (size_t i = 0; i < p->slo_count; i++) {
        struct slo back;
        struct buf text;
        buf_init(&text, 256);
        slo_format(&p->slos[i], &text);
        int rc = slo_parse(text.data, &back, &e);
        assert(rc == 0);
        assert(back.limit_ns == p->slos[i].limit_ns);
        assert(back.percentile == p->slos[i].percentile);
        assert(back.share == p->slos[i].share);
        buf_release(&text);
    }
}

static void check_body(const struct prompt_spec *spec, const struct arrival *a,
                       struct buf *text, struct buf *body)
{
    assert(a->prompt_tokens >= 1 && a->batch >= 1);
    assert(a->turn > 0 || a->prefix_tokens < a->prompt_tokens);
    size_t most = prompt_body_bytes_max(a);
    if (most > BODY_BYTES_MAX)
        return;
    buf_reset(body);
    prompt_body(spec, a, text, body);
    assert(body->len <= most && text->len <= most);
}

static void check_schedule(const struct profile *p)
{
    struct err e = {0};
    struct phase steady = {.kind = PHASE_STEADY, .duration_ns = NS_PER_S};
    bool has_phases = p->phase_count > 0;
    struct schedule_spec spec = {.profile = p,
                                 .phases = has_phases ? p->phases : &steady,
                                 .phase_count = has_phases ? p->phase_count : 1,
                                 .seed = 7,
                                 .rate_per_s = p->arrival.rate_per_s,
                                 .users = p->arrival.users,
                                 .limit = ARRIVALS,
                                 .owners = 1};
    struct prompt_spec prompt = {
        .dialect = dialect_at(0), .profile = p, .model = "m", .seed = 7};
    struct schedule *s = schedule_new(&spec, &e);
    if (s == NULL)
        return;
    struct buf text, body;
    struct arrival a;
    int64_t last_ns = 0;
    bool is_closed = schedule_users_max(s) > 0;
    buf_init(&text, BODY_BYTES_MAX);
    buf_init(&body, BODY_BYTES_MAX);
    for (uint64_t i = 0; i < ARRIVALS; i++) {
        if (is_closed)
            schedule_user(s, 0, i, &a);
        else if (schedule_next(s, &a, &e) <= 0)
            break;
        assert(a.due_ns >= last_ns && a.due_ns < schedule_duration_ns(s));
        last_ns = a.due_ns;
        check_body(&prompt, &a, &text, &body);
        if (a.turns > 1) {
            schedule_turn(s, &a, &a);
            check_body(&prompt, &a, &text, &body);
        }
    }
    buf_release(&text);
    buf_release(&body);
    schedule_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct profile *p = profile_parse((const char *)data, size, &e);
    assert((p == NULL) == e.is_set);
    if (p == NULL)
        return 0;
    check_round_trips(p);
    check_schedule(p);
    profile_free(p);
    return 0;
}
