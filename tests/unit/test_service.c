#include "check.h"
#include "fixtures/service.h"

#include "base/base.h"

#define MS NS_PER_MS

static const struct service_spec two_slots = {
    .slots = 2,
    .queue_max = 1,
    .ttft_ns = 100 * MS,
    .decode_ns = 10 * MS,
    .decode_slope_ns = 1 * MS,
};

static void first_and_next_tokens(void)
{
    struct service s;
    struct service_job a = {.prefill_tokens = 7}, b = {.prefill_tokens = 7};
    service_init(&s, &two_slots);
    CHECK_INT(service_submit(&s, &a, 1000 * MS), SERVICE_RUNNING);
    CHECK_INT(a.started_ns, 1000 * MS);
    CHECK_INT(a.first_ns, 1100 * MS);
    CHECK_INT(service_next_ns(&s, &a, a.first_ns, 1), 1110 * MS);
    CHECK_INT(service_next_ns(&s, &a, a.first_ns, 5), 1150 * MS);
    CHECK_INT(service_submit(&s, &b, 1000 * MS), SERVICE_RUNNING);
    CHECK_INT(service_next_ns(&s, &a, a.first_ns, 1), 1111 * MS); /* a batch of two */
}

static void queue_is_first_come(void)
{
    struct service s;
    struct service_spec spec = two_slots;
    spec.queue_max = 2;
    struct service_job job[6] = {0};
    static const enum service_state expected[] = {
        SERVICE_RUNNING, SERVICE_RUNNING, SERVICE_WAITING,
        SERVICE_WAITING, SERVICE_IDLE,
    };
    service_init(&s, &spec);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        CHECK_INT(service_submit(&s, &job[i], 0), expected[i]);
    CHECK_INT(s.waiting, 2);
    CHECK(service_end(&s, &job[1], 50 * MS) == &job[2]);
    CHECK_INT(job[2].first_ns, 150 * MS);
    CHECK_INT(job[1].state, SERVICE_IDLE);
    CHECK(service_end(&s, &job[3], 60 * MS) == NULL); /* gives up in the queue */
    CHECK_INT(s.waiting, 0);
    CHECK(service_end(&s, &job[0], 70 * MS) == NULL);
    CHECK(service_end(&s, &job[0], 80 * MS) == NULL); /* twice does no harm */
    CHECK_INT(s.running, 1);
    CHECK_INT(service_submit(&s, &job[5], 90 * MS), SERVICE_RUNNING);
}

/* Someone in the middle of the queue leaves. */
static void queue_middle(void)
{
    struct service s;
    struct service_spec spec = {.slots = 1, .queue_max = 3};
    struct service_job job[4] = {0};
    service_init(&s, &spec);
    for (size_t i = 0; i < 4; i++)
        (void)service_submit(&s, &job[i], 0);
    CHECK(service_end(&s, &job[2], 0) == NULL);
    CHECK(service_end(&s, &job[0], 0) == &job[1]);
    CHECK(service_end(&s, &job[1], 0) == &job[3]);
    CHECK(service_end(&s, &job[3], 0) == NULL);
    CHECK_INT(s.running, 0);
}

static void prompts_are_computed_one_by_one(void)
{
    struct service s;
    struct service_spec spec = {
        .slots = 9, .ttft_ns = 5 * MS, .prefill_ns = 1 * MS, .decode_ns = MS};
    struct service_job a = {.prefill_tokens = 100}, b = {.prefill_tokens = 50}, c = {0};
    service_init(&s, &spec);
    (void)service_submit(&s, &a, 0);
    (void)service_submit(&s, &b, 10 * MS);
    (void)service_submit(&s, &c, 20 * MS); /* all cached: waits for its turn only */
    CHECK_INT(a.first_ns, 105 * MS);
    CHECK_INT(b.first_ns, 155 * MS);
    CHECK_INT(c.first_ns, 155 * MS);
}

/* 2 s of nothing from 10 s after the first request on, which came at 100 s. */
static const struct stall_row {
    const char *name;
    int64_t due_ms, next_ms;
} stall_rows[] = {
    {"before", 109000, 109010},  {"just before", 109990, 110000},
    {"into it", 109995, 112005}, {"at its start", 110000, 112010},
    {"inside", 111000, 112010},  {"at its end", 112000, 112010},
};

static void planned_stall(void)
{
    struct service s;
    struct service_spec spec = {.slots = 1,
                                .decode_ns = 10 * MS,
                                .stall_at_ns = 10000 * MS,
                                .stall_ns = 2000 * MS};
    struct service_job a = {0};
    service_init(&s, &spec);
    (void)service_submit(&s, &a, 100000 * MS);
    for (size_t i = 0; i < ARRAY_LEN(stall_rows); i++) {
        check_row = stall_rows[i].name;
        CHECK_INT(service_next_ns(&s, &a, stall_rows[i].due_ms * MS, 1) / MS,
                  stall_rows[i].next_ms);
    }
}

static void lockstep_falls_on_a_grid(void)
{
    struct service s;
    struct service_spec spec = {
        .slots = 9, .ttft_ns = 3 * MS, .decode_ns = 10 * MS, .is_lockstep = true};
    struct service_job a = {0}, b = {0};
    service_init(&s, &spec);
    (void)service_submit(&s, &a, 1001 * MS);
    (void)service_submit(&s, &b, 1006 * MS);
    CHECK_INT(a.first_ns, 1010 * MS);
    CHECK_INT(b.first_ns, 1010 * MS);
    CHECK_INT(service_next_ns(&s, &a, a.first_ns, 1), 1020 * MS);
}

/* Mean 1, the asked CV, and the same for the same seed. */
static void jitter(void)
{
    struct service s;
    struct service_spec spec = {.slots = 1, .decode_ns = 1000 * MS, .jitter_cv = 0.5};
    struct service_job a = {0};
    service_init(&s, &spec);
    (void)service_submit(&s, &a, 0);
    rng_init(&a.rng, 1, RNG_SERVICE, 1);
    double sum = 0, squares = 0;
    enum { N = 20000 };
    for (int i = 0; i < N; i++) {
        double x = (double)service_next_ns(&s, &a, 0, 1) / (1000.0 * (double)MS);
        sum += x;
        squares += x * x;
    }
    double mean = sum / N;
    CHECK_NEAR(mean, 1.0, 0.02);
    CHECK_NEAR(squares / N - mean * mean, 0.25, 0.03);
    struct service_job b = a;
    CHECK_INT(service_next_ns(&s, &a, 0, 1), service_next_ns(&s, &b, 0, 1));
}

/* 100 tokens fit; prompts of 40, 40 and 30. */
static void memory_is_waited_for(void)
{
    struct service s;
    struct service_spec spec = {.slots = 9, .queue_max = 9, .memory_tokens = 100};
    struct service_job a = {.held_tokens = 40}, b = {.held_tokens = 40},
                       c = {.held_tokens = 30}, d = {.held_tokens = 1};
    service_init(&s, &spec);
    CHECK_INT(service_submit(&s, &a, 0), SERVICE_RUNNING);
    CHECK_INT(service_submit(&s, &b, 0), SERVICE_RUNNING);
    CHECK_INT(service_submit(&s, &c, 0), SERVICE_WAITING);
    CHECK_INT(service_submit(&s, &d, 0), SERVICE_WAITING); /* nobody overtakes */
    CHECK_INT(s.held_tokens, 80);
    CHECK(service_end(&s, &a, 1 * MS) == &c);
    CHECK(service_admit(&s, 1 * MS) == &d);
    CHECK(service_admit(&s, 1 * MS) == NULL);
    CHECK_INT(s.held_tokens, 71);
    struct service_job large = {.held_tokens = 1000};
    CHECK(service_end(&s, &b, 2 * MS) == NULL);
    CHECK(service_end(&s, &c, 2 * MS) == NULL);
    CHECK_INT(service_submit(&s, &large, 2 * MS), SERVICE_WAITING);
    CHECK(service_end(&s, &d, 3 * MS) == &large); /* alone it may */
    CHECK(service_overflow(&s) == NULL);
    CHECK_INT(s.held_tokens, 1000);
}

static void the_youngest_is_preempted(void)
{
    struct service s;
    struct service_spec spec = {
        .slots = 9, .queue_max = 9, .memory_tokens = 100, .prefill_ns = 1 * MS};
    struct service_job a = {.held_tokens = 40}, b = {.held_tokens = 40},
                       c = {.held_tokens = 50};
    service_init(&s, &spec);
    (void)service_submit(&s, &a, 0);
    (void)service_submit(&s, &b, 0);
    (void)service_submit(&s, &c, 0);
    service_grow(&s, &a, 20);
    CHECK(service_overflow(&s) == NULL); /* 100 of 100 */
    service_grow(&s, &a, 1);
    CHECK(service_overflow(&s) == &b);
    CHECK(service_overflow(&s) == NULL);
    CHECK_INT(b.state, SERVICE_WAITING);
    CHECK(b.was_preempted);
    CHECK_INT(s.held_tokens, 61);
    CHECK_INT(s.running, 1);
    CHECK_INT(s.waiting, 2);
    b.prefill_tokens = (uint32_t)b.held_tokens;
    CHECK(service_end(&s, &a, 1000 * MS) == &b); /* before c, which came later */
    CHECK_INT(b.first_ns, 1040 * MS);            /* its 40 tokens anew */
    CHECK(service_admit(&s, 1000 * MS) == &c);
    CHECK(service_end(&s, &c, 2000 * MS) == NULL);
    CHECK(service_end(&s, &b, 2000 * MS) == NULL);
    CHECK_INT(s.held_tokens, 0);
    CHECK_INT(s.running, 0);
}

int main(void)
{
    RUN(first_and_next_tokens);
    RUN(queue_is_first_come);
    RUN(queue_middle);
    RUN(prompts_are_computed_one_by_one);
    RUN(planned_stall);
    RUN(lockstep_falls_on_a_grid);
    RUN(jitter);
    RUN(memory_is_waited_for);
    RUN(the_youngest_is_preempted);
    return check_report();
}
