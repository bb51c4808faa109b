/* Ratios of sums: by hand where it is small, by simulation where it is not. */
#include "check.h"

#include "base/rng.h"
#include "stats/distribution.h"
#include "stats/longrun.h"
#include "stats/ratio.h"

#include <math.h>

#define SLICES 120

static const struct ratio_gate cost = {
    .scale = RATIO_LOG, .is_aligned = true, .margin = 0.05, .kappa = 1};

/* y = rate * x * (1 + noise), x around 20. */
static void fill(struct ratio_slice *s, double rate, double sd, uint64_t seed)
{
    struct rng r;
    rng_init(&r, seed, RNG_JITTER, 0);
    for (size_t i = 0; i < SLICES; i++) {
        s[i].x = 15 + (double)rng_below(&r, 11);
        s[i].y = rate * s[i].x * (1 + sd * rng_normal(&r));
    }
}

static struct ratio_result compare(const struct ratio_slice *b,
                                   const struct ratio_slice *c,
                                   const struct ratio_gate *gate)
{
    struct ratio_result r;
    ratio_compare(b, SLICES, c, SLICES, gate, &r);
    return r;
}

/* The formula of 2.6, term by term. */
static void as_written(void)
{
    struct ratio_slice b[SLICES], c[SLICES];
    fill(b, 0.4, 0.1, 1);
    fill(c, 0.41, 0.1, 2);
    double yb = 0, xb = 0, yc = 0, xc = 0, d[SLICES];
    for (size_t i = 0; i < SLICES; i++) {
        yb += b[i].y;
        xb += b[i].x;
        yc += c[i].y;
        xc += c[i].x;
    }
    for (size_t i = 0; i < SLICES; i++)
        d[i] = (c[i].y - yc / xc * c[i].x) / yc - (b[i].y - yb / xb * b[i].x) / yb;
    double se = sqrt(longrun_variance(d, SLICES, 4));
    double estimate = log(yc / xc) - log(yb / xb);
    struct ratio_result r = compare(b, c, &cost);
    CHECK(r.is_defined);
    CHECK_INT(r.nu, 4);
    CHECK_NEAR(r.baseline, yb / xb, 1e-12);
    CHECK_NEAR(r.canary, yc / xc, 1e-12);
    CHECK_NEAR(r.estimate, estimate, 1e-12);
    CHECK_NEAR(r.se, se, 1e-12);
    CHECK_NEAR(r.high, estimate + 2.1318467863266503 * se, 1e-12);
    CHECK_NEAR(r.p_go, student_tail((log(1.05) - estimate) / se, 4), 1e-12);
    CHECK_NEAR(r.p_nogo, student_tail(estimate / se, 4), 1e-12);
    CHECK_NEAR(r.p_beyond, 1 - r.p_go, 1e-12);
}

static void decisions(void)
{
    static const struct {
        const char *name;
        enum ratio_scale scale;
        bool is_down_worse;
        double baseline, canary, margin, bound;
        bool is_go, is_nogo;
    } rows[] = {
        {"cost, the same", RATIO_LOG, false, 0.4, 0.4, 0.05, 0.04879016416943204, true,
         false},
        {"cost, 20 % up", RATIO_LOG, false, 0.4, 0.48, 0.05, 0.04879016416943204, false,
         true},
        {"cost, 20 % down", RATIO_LOG, false, 0.4, 0.32, 0.05, 0.04879016416943204,
         true, false},
        {"speed, the same", RATIO_LOG, true, 50, 50, 0.1, -0.10536051565782628, true,
         false},
        {"speed, 20 % down", RATIO_LOG, true, 50, 40, 0.1, -0.10536051565782628, false,
         true},
        {"speed, 20 % up", RATIO_LOG, true, 50, 60, 0.1, -0.10536051565782628, true,
         false},
        {"goodput, the same", RATIO_DIFFERENCE, true, 0.95, 0.95, 0.02, -0.02, true,
         false},
        {"goodput, 5 pp down", RATIO_DIFFERENCE, true, 0.95, 0.9, 0.02, -0.02, false,
         true},
        {"goodput, 3 pp up", RATIO_DIFFERENCE, true, 0.92, 0.95, 0.02, -0.02, true,
         false},
        {"share, 5 pp up", RATIO_DIFFERENCE, false, 0.01, 0.06, 0.02, 0.02, false,
         true},
        {"share, from nothing", RATIO_DIFFERENCE, false, 0, 0.06, 0.02, 0.02, false,
         true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct ratio_slice b[SLICES], c[SLICES];
        fill(b, rows[i].baseline, 0.02, 3);
        fill(c, rows[i].canary, 0.02, 4);
        struct ratio_gate gate = cost;
        gate.scale = rows[i].scale;
        gate.is_down_worse = rows[i].is_down_worse;
        gate.margin = rows[i].margin;
        struct ratio_result r = compare(b, c, &gate);
        CHECK_INT(r.p_go < 0.05, rows[i].is_go);
        CHECK_INT(r.p_nogo < 0.01, rows[i].is_nogo);
        CHECK(r.is_defined && r.low < r.estimate && r.estimate < r.high);
        bool is_inside = gate.is_down_worse ? r.low > r.margin : r.high < r.margin;
        CHECK_INT(r.p_go < 0.05, is_inside);
        CHECK_NEAR(r.margin, rows[i].bound, 1e-12);
        struct ratio_result m = compare(c, b, &gate);
        CHECK_NEAR(m.estimate, -r.estimate, 1e-12);
        CHECK_NEAR(m.low, -r.high, 1e-12);
        CHECK_NEAR(m.p_nogo, 1 - r.p_nogo, 1e-12);
    }
}

static void shared_noise_cancels(void)
{
    struct ratio_slice b[SLICES], c[SLICES];
    fill(b, 0.4, 0.3, 5);
    for (size_t i = 0; i < SLICES; i++)
        c[i] = (struct ratio_slice){1.02 * b[i].y, b[i].x};
    struct ratio_gate stored = cost;
    stored.is_aligned = false;
    CHECK_NEAR(compare(b, c, &cost).se, 0, 1e-15);
    CHECK(compare(b, c, &stored).se > 0.01);
}

/* Equal constants: sure of GO, no evidence of anything else. */
static void constants(void)
{
    struct ratio_slice b[SLICES], c[SLICES];
    for (size_t i = 0; i < SLICES; i++)
        b[i] = c[i] = (struct ratio_slice){8, 16};
    struct ratio_result r = compare(b, c, &cost);
    CHECK_NEAR(r.p_go, 0, 0);
    CHECK_NEAR(r.p_nogo, 0.5, 0);
    CHECK_NEAR(r.high - r.low, 0, 0);
}

static void calibration_widens(void)
{
    struct ratio_slice b[SLICES], c[SLICES];
    fill(b, 0.4, 0.1, 6);
    fill(c, 0.4, 0.1, 7);
    struct ratio_gate gate = cost;
    double se = compare(b, c, &gate).se;
    gate.kappa = 1.4;
    CHECK_NEAR(compare(b, c, &gate).se, 1.4 * se, 1e-12);
    gate.tau = 0.03;
    CHECK_NEAR(compare(b, c, &gate).se, hypot(1.4 * se, 0.03 * sqrt(2)), 1e-12);
}

static void undefined(void)
{
    struct ratio_slice some[SLICES], none[SLICES] = {{0, 0}};
    fill(some, 0.4, 0.1, 8);
    struct ratio_result r = compare(none, some, &cost);
    CHECK(!r.is_defined && r.p_go >= 1 && r.p_nogo >= 1);
    r = compare(some, none, &cost);
    CHECK(!r.is_defined && r.p_go >= 1 && r.p_nogo >= 1);
    ratio_compare(NULL, 0, NULL, 0, &cost, &r);
    CHECK(!r.is_defined);
    ratio_compare(some, 3, some, 3, &cost, &r); /* too short for a variance */
    CHECK_NEAR(r.p_go, 0.5, 0);
    CHECK_NEAR(r.p_nogo, 0.5, 0);
}

/* Of many series of known mean, the interval holds it about as often as it says: of
 * 1,000 runs 95 %, with a standard error of 0.7 points. */
static void intervals_hold_the_truth(void)
{
    unsigned held = 0;
    struct ratio_estimate e;
    for (uint64_t run = 0; run < 1000; run++) {
        struct ratio_slice s[SLICES];
        fill(s, 0.4, 0.1, 1000 + run);
        ratio_interval(s, SLICES, 0.95, &e);
        CHECK(e.is_defined && e.low < e.value && e.value < e.high);
        held += e.low <= 0.4 && 0.4 <= e.high;
    }
    CHECK_NEAR(held, 950, 30);
}

static void intervals_of_little(void)
{
    struct ratio_estimate e;
    const struct ratio_slice none[3] = {{0, 0}}, few[2] = {{1, 2}, {1, 3}};
    const struct ratio_slice free_of_charge[SLICES] = {{0, 5}};
    ratio_interval(none, 3, 0.95, &e);
    CHECK(!e.is_defined);
    ratio_interval(few, 2, 0.95, &e);
    CHECK(e.is_defined && isinf(e.high));
    CHECK_NEAR(e.value, 0.4, 1e-12);
    CHECK_NEAR(e.low, 0, 0);
    ratio_interval(free_of_charge, SLICES, 0.95, &e);
    CHECK(e.is_defined);
    CHECK_NEAR(e.high, 0, 0);
}

int main(void)
{
    RUN(as_written);
    RUN(decisions);
    RUN(shared_noise_cancels);
    RUN(constants);
    RUN(calibration_widens);
    RUN(undefined);
    RUN(intervals_hold_the_truth);
    RUN(intervals_of_little);
    return check_report();
}
