/*
 * The server on paper against what queueing theory knows exactly. Every world of the
 * table is short enough to be quick, so bounds are three to four standard errors.
 */
#include "check.h"
#include "tests/study/queueworld.h"

#include <math.h>

struct sums {
    double ttft, tpot, e2e;
    uint64_t seen, refused, waited;
    double waits_above; /* a TTFT above this has waited */
};

static bool add(void *context, const struct visit *v)
{
    struct sums *s = context;
    s->seen++;
    if (isinf(v->e2e)) {
        s->refused++;
        return true;
    }
    s->ttft += v->ttft;
    s->e2e += v->e2e;
    s->tpot += isnan(v->tpot) ? 0 : v->tpot;
    s->waited += v->ttft > s->waits_above;
    return true;
}

static struct sums run(const struct queueworld *w, struct worldview *view)
{
    struct sums s = {.waits_above = w->ttft_s + 1e-9};
    CHECK(queueworld_run(w, add, &s, view));
    CHECK_INT(s.seen, w->requests);
    double served = (double)(s.seen - s.refused);
    s.ttft /= served;
    s.e2e /= served;
    s.tpot /= served;
    return s;
}

static void alone_it_is_arithmetic(void)
{
    struct queueworld w = {.slots = 4,
                           .queue = 10,
                           .ttft_s = 0.02,
                           .prefill_s = 1e-4,
                           .tpot_s = 0.01,
                           .slope_s = 1,
                           .prompt = {.a = 100},
                           .output = {.a = 11},
                           .rate = 1e-6,
                           .requests = 10,
                           .seed = 1};
    struct sums s = run(&w, NULL);
    CHECK_NEAR(s.ttft, 0.03, 1e-6);
    CHECK_NEAR(s.tpot, 0.01, 1e-6);
    CHECK_NEAR(s.e2e, 0.13, 1e-6);
}

/* Pollaczek and Khinchine: the mean wait of one server at rate r with service S is
 * r E[S^2] / 2 (1 - r E[S]). */
static double wait_of(double rate, double mean, double second)
{
    return rate * second / (2 * (1 - rate * mean));
}

static void one_slot_waits_as_pollaczek_and_khinchine_say(void)
{
    /* Slots: outputs of fixed and of geometric length; the first token is there at once,
     * so n tokens take n - 1 steps. */
    struct queueworld w = {.slots = 1,
                           .queue = 1000000,
                           .tpot_s = 0.1,
                           .prompt = {.a = 1},
                           .output = {.a = 11},
                           .rate = 0.5,
                           .warm_up = 200,
                           .requests = 150000,
                           .seed = 2};
    CHECK_NEAR(run(&w, NULL).ttft, wait_of(0.5, 1, 1), 0.015);
    w.output = (struct length){.kind = LENGTH_GEOMETRIC, .a = 11};
    /* G - 1 steps of 0.1 s: mean 10, variance 110 */
    CHECK_NEAR(run(&w, NULL).ttft, wait_of(0.5, 1, 1 + 1.1), 0.05);
    /* Prompts: one at a time, however many slots. Uniform over 1 .. 1999 tokens. */
    struct queueworld p = {.slots = 1000,
                           .queue = 1000,
                           .prefill_s = 1e-3,
                           .prompt = {.kind = LENGTH_UNIFORM, .a = 1, .b = 1999},
                           .output = {.a = 1},
                           .rate = 0.5,
                           .warm_up = 200,
                           .requests = 150000,
                           .seed = 3};
    double second = 1 + 1998.0 * 1998.0 / 12 * 1e-6;
    CHECK_NEAR(run(&p, NULL).ttft, 1 + wait_of(0.5, 1, second), 0.02);
}

/* Erlang's formulas: a loss system of n slots loses B, whatever the service; of an
 * M/M/n a share C waits. */
static double erlang_b(unsigned n, double offered)
{
    double b = 1;
    for (unsigned i = 1; i <= n; i++)
        b = offered * b / (i + offered * b);
    return b;
}

static void many_slots_are_as_erlang_says(void)
{
    struct queueworld w = {.slots = 8,
                           .queue = 0,
                           .tpot_s = 0.1,
                           .prompt = {.a = 1},
                           .output = {.kind = LENGTH_LOGNORMAL, .a = 11, .b = 0.5},
                           .rate = 6,
                           .warm_up = 500,
                           .requests = 100000,
                           .seed = 4};
    struct worldview view;
    struct sums s = run(&w, &view);
    double offered = 6 * s.e2e; /* rounded to tokens, at least one: as it came out */
    CHECK_NEAR((double)s.refused / (double)s.seen, erlang_b(8, offered), 0.006);
    w.queue = 1000000;
    w.output = (struct length){.kind = LENGTH_GEOMETRIC, .a = 51};
    w.tpot_s = 0.02;
    w.rate = 5;
    w.requests = 50000;
    s = run(&w, &view);
    double b = erlang_b(8, 5), c = b / (1 - 5.0 / 8 * (1 - b));
    CHECK_NEAR((double)s.waited / (double)s.seen, c, 0.02);
    CHECK_NEAR(s.ttft, c / (8 - 5), 0.012);
}

static void a_batch_is_as_slow_as_it_is_large(void)
{
    struct queueworld w = {.slots = 16,
                           .queue = 100,
                           .tpot_s = 0.01,
                           .slope_s = 0.001,
                           .jitter = 0.3,
                           .prompt = {.a = 1},
                           .output = {.a = 51},
                           .users = 16,
                           .warm_up = 100,
                           .requests = 4000,
                           .seed = 5};
    struct worldview view;
    struct sums s = run(&w, &view);
    CHECK_NEAR(s.tpot, 0.025, 0.0005);
    CHECK_NEAR(view.completions, 16 / (50 * 0.025), 0.2);
    w.users = 24; /* eight wait: throughput is the same */
    (void)run(&w, &view);
    CHECK_NEAR(view.completions, 16 / (50 * 0.025), 0.2);
    CHECK_NEAR(view.in_flight, 24, 0.1);
}

static void in_flight_is_rate_times_time(void)
{
    struct queueworld w = {.slots = 4,
                           .queue = 1000,
                           .ttft_s = 0.1,
                           .prefill_s = 1e-4,
                           .tpot_s = 0.01,
                           .slope_s = 0.002,
                           .jitter = 0.5,
                           .prompt = {.kind = LENGTH_LOGNORMAL, .a = 300, .b = 1},
                           .output = {.kind = LENGTH_UNIFORM, .a = 5, .b = 40},
                           .rate = 7,
                           .warm_up = 100,
                           .requests = 30000,
                           .seed = 6};
    struct worldview view;
    (void)run(&w, &view);
    CHECK_NEAR(view.in_flight / (view.completions * view.sojourn), 1, 0.01);
    CHECK_NEAR(view.completions, 7, 0.15);
}

/* What came is served as it came: the third waits for the first's slot. */
static void what_came_comes_again(void)
{
    static const struct past_arrival past[] = {
        {100, 10, 11}, {100, 10, 21}, {100.5, 5, 2}};
    struct queueworld w = {.slots = 2,
                           .queue = 10,
                           .ttft_s = 0.1,
                           .prefill_s = 0.01,
                           .tpot_s = 0.1,
                           .past = past,
                           .requests = 3,
                           .seed = 1};
    struct sums s = run(&w, NULL);
    /* first tokens at 100.2 and 100.3; the first is done at 101.2, then 0.05 + 0.1 */
    CHECK_NEAR(s.ttft, (0.2 + 0.3 + 0.85) / 3, 1e-9);
    CHECK_NEAR(s.e2e, (1.2 + 2.3 + 0.95) / 3, 1e-9);
}

static bool stop_at_ten(void *context, const struct visit *v)
{
    (void)v;
    return ++*(int *)context < 10;
}

static void it_stops_when_enough_is_seen(void)
{
    struct queueworld w = {.slots = 1,
                           .queue = 10,
                           .tpot_s = 1,
                           .prompt = {.a = 1},
                           .output = {.a = 1},
                           .rate = 1,
                           .requests = 1000,
                           .seed = 1};
    int seen = 0;
    CHECK(!queueworld_run(&w, stop_at_ten, &seen, NULL));
    CHECK_INT(seen, 10);
}

int main(void)
{
    RUN(alone_it_is_arithmetic);
    RUN(one_slot_waits_as_pollaczek_and_khinchine_say);
    RUN(many_slots_are_as_erlang_says);
    RUN(a_batch_is_as_slow_as_it_is_large);
    RUN(in_flight_is_rate_times_time);
    RUN(what_came_comes_again);
    RUN(it_stops_when_enough_is_seen);
    return check_report();
}
