/*
 * The fleet on paper against arithmetic, against queueing theory, and against the
 * study's server on paper, which shares no code with it.
 */
#include "check.h"
#include "judge/fleet.h"
#include "tests/study/queueworld.h"

#include <math.h>
#include <stdlib.h>

static const struct fleet_length one_length = {100, 11};

static struct fleet_result run(const struct fleet_spec *spec)
{
    struct fleet_result r;
    fleet_run(spec, &r);
    CHECK_INT(r.requests, spec->requests);
    return r;
}

static void alone_it_is_arithmetic(void)
{
    static const struct fleet_limit limits[] = {
        {FLEET_TTFT, 0.031}, {FLEET_TTFT, 0.029}, {FLEET_TPOT, 0.0101}, {FLEET_E2E, 1}};
    struct fleet_spec spec = {.server = {4, 0.02, 1e-4, 0.01, 1},
                              .replicas = 3,
                              .rate_per_s = 1e-3,
                              .lengths = &one_length,
                              .length_count = 1,
                              .requests = 100,
                              .limits = limits,
                              .limit_count = 4,
                              .seed = 1};
    struct fleet_result r = run(&spec);
    CHECK_NEAR(r.metric[FLEET_TTFT].p50, 0.03, 1e-4);
    CHECK_NEAR(r.metric[FLEET_TPOT].p99, 0.01, 1e-5);
    CHECK_NEAR(r.metric[FLEET_E2E].p99, 0.13, 1e-3);
    CHECK_INT(r.within[0], 100);
    CHECK_INT(r.within[1], 0);
    CHECK_INT(r.within[2], 100);
    CHECK_INT(r.good, 0);
    CHECK_INT(r.simulated, 3);
}

/* A server that only computes prompts of one length, as replicas of a fleet: random
 * routing makes each an M/D/1, round robin an E/D/1 of far shorter waits. */
static double mean_wait(enum fleet_route route, uint64_t replicas)
{
    static const struct fleet_length l = {1000, 1};
    struct fleet_spec spec = {.server = {1000, 0, 1e-3, 0, 0},
                              .replicas = replicas,
                              .route = route,
                              .rate_per_s = 0.8 * (double)replicas,
                              .lengths = &l,
                              .length_count = 1,
                              .warm_up = 5000,
                              .requests = 100000,
                              .seed = 2};
    struct fleet_result r = run(&spec);
    /* of a wait, which TTFT - 1 s is: Little over the slots taken */
    return r.running / r.completed_per_s - 1;
}

static void routes_differ_as_theory_says(void)
{
    double md1 = 0.8 / (2 * (1 - 0.8)); /* Pollaczek and Khinchine */
    CHECK_NEAR(mean_wait(FLEET_RANDOM, 1), md1, 0.15);
    CHECK_NEAR(mean_wait(FLEET_RANDOM, 50), md1, 0.15);
    CHECK_NEAR(mean_wait(FLEET_RANDOM, 10000), md1, 0.15);
    /* Kingman's bound for arrivals of cv^2 = 1 / R: rho cv^2 / 2 (1 - rho) */
    CHECK(mean_wait(FLEET_ROUND_ROBIN, 50) < md1 / 50);
    CHECK(mean_wait(FLEET_ROUND_ROBIN, 10000) < md1 / 50);
    CHECK(mean_wait(FLEET_LEAST_LOADED, 50) < md1 / 5);
}

/* The sample of a large fleet is what all of a fleet that is just not sampled is. */
static void a_sample_stands_for_the_whole(void)
{
    static const struct fleet_length l = {300, 40};
    for (int route = 0; route < FLEET_ROUTES; route++) {
        struct fleet_spec spec = {.server = {8, 0.02, 1e-4, 0.005, 2e-4},
                                  .replicas = FLEET_SAMPLE,
                                  .route = (enum fleet_route)route,
                                  .rate_per_s = 16.0 * FLEET_SAMPLE,
                                  .lengths = &l,
                                  .length_count = 1,
                                  .warm_up = 10000,
                                  .requests = 60000,
                                  .seed = 3};
        struct fleet_result whole = run(&spec);
        spec.replicas = 1000000;
        spec.rate_per_s = 16.0 * 1000000;
        struct fleet_result sample = run(&spec);
        check_row = fleet_routes[route];
        CHECK_INT(sample.simulated, FLEET_SAMPLE);
        CHECK_NEAR(sample.metric[FLEET_E2E].p95 / whole.metric[FLEET_E2E].p95, 1, 0.05);
        CHECK_NEAR(sample.metric[FLEET_TTFT].p50 / whole.metric[FLEET_TTFT].p50, 1,
                   0.05);
        CHECK_NEAR(sample.completed_per_s, 16, 0.3);
    }
}

struct seen {
    double *ttft, *e2e;
    size_t n;
};

static bool see(void *context, const struct visit *v)
{
    struct seen *s = context;
    s->ttft[s->n] = v->ttft;
    s->e2e[s->n++] = v->e2e;
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Every token an event there, one number here. */
static void it_agrees_with_the_study(void)
{
    enum { N = 30000, KINDS = 1000 };
    static struct fleet_length lengths[KINDS];
    static double ttft[N], e2e[N];
    static const struct {
        const char *name;
        double rate;
    } rows[] = {{"calm", 6}, {"busy", 13}};
    for (size_t i = 0; i < KINDS; i++)
        lengths[i] =
            (struct fleet_length){100 + floor(801.0 * (double)i / KINDS),
                                  10 + (double)((i * 617) % KINDS * 61 / KINDS)};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct queueworld w = {.slots = 8,
                               .queue = 100000,
                               .ttft_s = 0.02,
                               .prefill_s = 1e-4,
                               .tpot_s = 0.005,
                               .slope_s = 2e-4,
                               .prompt = {.kind = LENGTH_UNIFORM, .a = 100, .b = 900},
                               .output = {.kind = LENGTH_UNIFORM, .a = 10, .b = 70},
                               .rate = rows[i].rate,
                               .warm_up = 500,
                               .requests = N,
                               .seed = 4};
        struct fleet_spec spec = {.server = {8, 0.02, 1e-4, 0.005, 2e-4},
                                  .replicas = 1,
                                  .rate_per_s = rows[i].rate,
                                  .lengths = lengths,
                                  .length_count = KINDS,
                                  .warm_up = 500,
                                  .requests = N,
                                  .seed = 4};
        struct seen s = {ttft, e2e, 0};
        CHECK(queueworld_run(&w, see, &s, NULL));
        qsort(ttft, N, sizeof *ttft, ascending);
        qsort(e2e, N, sizeof *e2e, ascending);
        struct fleet_result r = run(&spec);
        check_row = rows[i].name;
        CHECK_NEAR(r.metric[FLEET_TTFT].p50 / ttft[N / 2], 1, 0.03);
        CHECK_NEAR(r.metric[FLEET_TTFT].p95 / ttft[N * 95 / 100], 1, 0.07);
        CHECK_NEAR(r.metric[FLEET_E2E].p50 / e2e[N / 2], 1, 0.03);
        CHECK_NEAR(r.metric[FLEET_E2E].p95 / e2e[N * 95 / 100], 1, 0.05);
    }
}

static void too_much_is_refused_and_ends(void)
{
    struct fleet_spec spec = {.server = {1, 1, 0, 1, 0},
                              .replicas = 2,
                              .rate_per_s = 1e6,
                              .lengths = &one_length,
                              .length_count = 1,
                              .requests = 200000,
                              .seed = 5};
    struct fleet_result r = run(&spec);
    CHECK(r.refused >= 99000 && r.refused <= 200000 - FLEET_WAITING_MAX);
    CHECK(isinf(r.metric[FLEET_TTFT].p99));
}

int main(void)
{
    RUN(alone_it_is_arithmetic);
    RUN(routes_differ_as_theory_says);
    RUN(a_sample_stands_for_the_whole);
    RUN(it_agrees_with_the_study);
    RUN(too_much_is_refused_and_ends);
    return check_report();
}
