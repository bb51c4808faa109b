/*
 * A server that is put in comes back out: curves made by the study's server on paper,
 * fitted, and what the fit says of a load that it was not shown.
 */
#include "check.h"
#include "judge/fleet_fit.h"
#include "tests/study/queueworld.h"

#include <math.h>
#include <stdlib.h>

enum { N = 4000, KINDS = 500 };

struct seen {
    double value[FLEET_METRICS][N];
    size_t n;
};

static bool see(void *context, const struct visit *v)
{
    struct seen *s = context;
    s->value[FLEET_TTFT][s->n] = v->ttft;
    s->value[FLEET_TPOT][s->n] = isnan(v->tpot) ? 0 : v->tpot;
    s->value[FLEET_E2E][s->n++] = v->e2e;
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const struct queueworld served = {
    .slots = 12,
    .queue = 100000,
    .ttft_s = 0.03,
    .prefill_s = 8e-5,
    .tpot_s = 0.006,
    .slope_s = 2e-4,
    .jitter = 0.1,
    .prompt = {.kind = LENGTH_UNIFORM, .a = 100, .b = 900},
    .output = {.kind = LENGTH_UNIFORM, .a = 10, .b = 90},
    .warm_up = 300,
    .requests = N,
    .seed = 9,
};

static struct fleet_point measure(double rate, bool is_steady)
{
    static struct seen s;
    struct queueworld w = served;
    struct worldview view = {0};
    struct fleet_point p = {.is_steady = is_steady, .weight = 1};
    w.rate = rate > 0 ? rate : 1e-3;
    p.rate_per_s = rate;
    s.n = 0;
    CHECK(queueworld_run(&w, see, &s, &view));
    p.completed_per_s = view.completions;
    for (int m = 0; m < FLEET_METRICS; m++) {
        qsort(s.value[m], N, sizeof(double), ascending);
        p.metric[m] = (struct fleet_quantiles){
            s.value[m][N / 2], s.value[m][N * 95 / 100], s.value[m][N * 99 / 100]};
    }
    return p;
}

static struct fleet_length lengths[KINDS];

static void make_lengths(void)
{
    for (size_t i = 0; i < KINDS; i++)
        lengths[i] = (struct fleet_length){100 + floor(801.0 * (double)i / KINDS),
                                           10 + (double)(i * 317 % KINDS * 81 / KINDS)};
}

static void what_was_put_in_comes_out(void)
{
    struct fleet_point points[] = {
        measure(0, true),  measure(6, true),  measure(10, true),
        measure(13, true), measure(15, true), measure(24, false),
    };
    struct fleet_fit fit;
    make_lengths();
    CHECK(fleet_fit(points, ARRAY_LEN(points), 1, lengths, KINDS, &fit));
    CHECK(fit.is_full_seen);
    CHECK_NEAR(fit.server.slots, 12, 1);
    CHECK_NEAR(fit.server.ttft_s / served.ttft_s, 1, 0.2);
    CHECK_NEAR(fit.server.prefill_s / served.prefill_s, 1, 0.2);
    CHECK_NEAR(fit.server.tpot_s / served.tpot_s, 1, 0.05);
    CHECK_NEAR(fit.server.slope_s / served.slope_s, 1, 0.2);
    CHECK(fit.typical < 0.04);
    CHECK(fit.worst < 0.25);
    CHECK_NEAR(fit.checks[5].completed_per_s / points[5].completed_per_s, 1, 0.06);

    /* a load between them that it was not shown */
    struct fleet_point unseen = measure(12, true);
    struct fleet_spec spec = {.server = fit.server,
                              .replicas = 1,
                              .rate_per_s = 12,
                              .lengths = lengths,
                              .length_count = KINDS,
                              .warm_up = 500,
                              .requests = 30000,
                              .seed = 3};
    struct fleet_result r;
    fleet_run(&spec, &r);
    CHECK_NEAR(r.metric[FLEET_TTFT].p95 / unseen.metric[FLEET_TTFT].p95, 1, 0.15);
    CHECK_NEAR(r.metric[FLEET_E2E].p95 / unseen.metric[FLEET_E2E].p95, 1, 0.08);
}

/* Nothing says where the slots end: the paper says so, and is right below. */
static void a_server_that_was_never_full(void)
{
    struct fleet_point points[] = {measure(0, true), measure(3, true),
                                   measure(5, true)};
    struct fleet_fit fit;
    make_lengths();
    CHECK(fleet_fit(points, ARRAY_LEN(points), 1, lengths, KINDS, &fit));
    CHECK(!fit.is_full_seen);
    CHECK(fit.typical < 0.05);
}

static void too_little_is_no_fit(void)
{
    struct fleet_point points[] = {measure(0, true), measure(3, true),
                                   measure(24, false)};
    struct fleet_fit fit;
    make_lengths();
    CHECK(!fleet_fit(points, ARRAY_LEN(points), 1, lengths, KINDS, &fit));
}

int main(void)
{
    RUN(what_was_put_in_comes_out);
    RUN(a_server_that_was_never_full);
    RUN(too_little_is_no_fit);
    return check_report();
}
