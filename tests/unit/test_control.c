/* What main and workers say to each other: stops only rise, the first refusal
 * stays, the gate opens for all, the end of a trace is that of its last worker. */
#include "engine/control.h"

#include "base/base.h"
#include "check.h"

static void stops_only_rise(void)
{
    static const struct {
        enum stop_mode asked, expected;
    } rows[] = {
        {STOP_NOT, STOP_NOT},       {STOP_DRAIN, STOP_DRAIN},  {STOP_NOT, STOP_DRAIN},
        {STOP_CANCEL, STOP_CANCEL}, {STOP_DRAIN, STOP_CANCEL},
    };
    struct control c = {0};
    control_init(&c);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        control_stop(&c, rows[i].asked);
        CHECK_INT(atomic_load(&c.stop), rows[i].expected);
    }
    control_release(&c);
}

static void the_first_refusal_stays(void)
{
    struct control c = {0};
    control_init(&c);
    CHECK_INT(atomic_load(&c.config_error), -1);
    control_refused(&c, OUTCOME_AUTH_401);
    control_refused(&c, OUTCOME_NOT_FOUND_404);
    CHECK_INT(atomic_load(&c.config_error), OUTCOME_AUTH_401);
    CHECK_INT(atomic_load(&c.stop), STOP_CANCEL);
    control_release(&c);
}

static void a_trace_ends_with_its_latest_row(void)
{
    struct control c = {0};
    control_init(&c);
    control_end_of_trace(&c, 5);
    control_end_of_trace(&c, 9);
    control_end_of_trace(&c, 7);
    CHECK_INT(atomic_load(&c.out_of_trace), 3);
    CHECK_INT(atomic_load(&c.last_arrival_ns), 9);
    control_release(&c);
}

#define THREADS 4

static void *pass(void *p)
{
    struct control *c = p;
    control_pass_gate(c);
    /* what main wrote before the gate is seen after it, without a lock */
    if (c->t0_ns == 42)
        atomic_fetch_add(&c->done, 1);
    return NULL;
}

static void the_gate_holds_all_until_go(void)
{
    struct control c = {0};
    pthread_t threads[THREADS];
    control_init(&c);
    for (size_t i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, pass, &c), 0);
    control_await_ready(&c, THREADS);
    CHECK_INT(atomic_load(&c.done), 0);
    c.t0_ns = 42;
    control_go(&c);
    for (size_t i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    CHECK_INT(atomic_load(&c.done), THREADS);
    control_release(&c);
}

int main(void)
{
    RUN(stops_only_rise);
    RUN(the_first_refusal_stays);
    RUN(a_trace_ends_with_its_latest_row);
    RUN(the_gate_holds_all_until_go);
    return check_report();
}
