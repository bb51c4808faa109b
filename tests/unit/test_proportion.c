/* Published vectors of the bounds and tests, brute force for the exact ones, and
 * the laws: mirror, bursts widen, one outage proves nothing. */
#include "check.h"

#include "stats/proportion.h"

#include <math.h>

#define CLOSE(actual, expected, digits)                                                \
    CHECK_NEAR(actual, expected, fabs(expected) * (digits))
#define Z 1.6448536269514722
#define BLOCKS_MAX 64

static void wilson_bounds(void)
{
    CLOSE(wilson_high(0, 600, 1.644854), 0.00448899915587565, 1e-12);
    CLOSE(wilson_low(3, 600, 1.644854), 0.0019999575544719, 1e-12);
    CLOSE(wilson_high(3, 600, 1.644854), 0.012444151609845, 1e-12);
    CHECK_NEAR(wilson_low(0, 600, Z), 0, 0);
    CHECK_NEAR(wilson_high(600, 600, Z), 1, 0);
    CHECK_NEAR(wilson_low(0, 0, Z), 0, 0);
    CHECK_NEAR(wilson_high(0, 0, Z), 1, 0);
    CLOSE(wilson_low(540, 600, Z), 1 - wilson_high(60, 600, Z), 1e-12);
}

static void newcombe_bounds(void)
{
    static const struct {
        const char *name;
        double xc, nc, xb, nb, high;
    } rows[] = {
        {"3 and 1 of 600", 3, 600, 1, 600, 0.0108892420765796},
        {"6 and 1 of 2400", 6, 2400, 1, 2400, 0.00443283274847703},
        {"30 and 6 of 6000", 30, 6000, 6, 6000, 0.00580292543643345},
        {"none of 2400", 0, 2400, 0, 2400, 0.00112604037621937},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(newcombe_high(rows[i].xc, rows[i].nc, rows[i].xb, rows[i].nb, Z),
              rows[i].high, 1e-12);
    }
    check_row = "Newcombe 1998, table II, method 10";
    const double z = 1.959963984540054;
    CHECK_NEAR(newcombe_low(56, 70, 48, 80, z), 0.0524, 5e-5);
    CHECK_NEAR(newcombe_high(56, 70, 48, 80, z), 0.3339, 5e-5);
    CHECK_NEAR(newcombe_low(10, 10, 0, 20, z), 0.6791, 5e-5);
    CHECK_NEAR(newcombe_high(10, 10, 0, 20, z), 1, 5e-5);
    CLOSE(newcombe_low(3, 600, 1, 500, Z), -newcombe_high(1, 500, 3, 600, Z), 1e-15);
}

static void conditional(void)
{
    static const struct {
        const char *name;
        double xc, nc, xb, nb, p;
    } rows[] = {
        {"6 and 1", 6, 2400, 1, 2400, 0.03515625},
        {"30 and 6", 30, 6000, 6, 6000, 2.06287950277328e-5},
        {"3 and 1", 3, 600, 1, 600, 0.1875},
        {"90/10", 5, 600, 0, 5400, 5e-6},
        {"40 and 2", 40, 6000, 2, 6000, 1.0766143532237e-10},
        {"no failure", 0, 600, 0, 600, 0.5},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(conditional_midp(rows[i].xc, rows[i].nc, rows[i].xb, rows[i].nb),
              rows[i].p, 1e-12);
    }
}

static void sign_flips(void)
{
    static const struct {
        const char *name;
        size_t n;
        int64_t e[30];
        double p;
    } rows[] = {
        {"one outage", 30, {40}, 0.25},
        {"six to one", 12, {1, 1, 1, 1, 1, 1, 0, 0, -1}, 0.03515625},
        {"ten up", 12, {3, 2, 4, 1, 2, 3, 1, 2, 0, 0, 1, 2}, 0.00048828125},
        {"mixed", 6, {2, -1, 1, 0, 3, 1}, 0.078125},
        {"nothing", 3, {0}, 0.5},
        {"all down", 3, {-1, -1, -1}, 0.9375},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(sign_flip_midp(rows[i].e, rows[i].n), rows[i].p, 1e-12);
    }
}

/* All sign patterns, one by one. */
static double brute_force(const int64_t *e, size_t n)
{
    int64_t seen = 0;
    for (size_t k = 0; k < n; k++)
        seen += e[k];
    double above = 0;
    for (uint64_t pattern = 0; pattern < UINT64_C(1) << n; pattern++) {
        int64_t sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += pattern >> k & 1 ? e[k] : -e[k];
        above += sum > seen ? 1 : sum == seen ? 0.5 : 0;
    }
    return ldexp(above, -(int)n);
}

static void sign_flips_by_brute_force(void)
{
    const int64_t e[] = {5, -3, 2, 8, -1, 4, 0, 6, -2, 7, 1, 3};
    for (size_t n = 1; n <= ARRAY_LEN(e); n++)
        CLOSE(sign_flip_midp(e, n), brute_force(e, n), 1e-12);
}

/* Scaling the differences changes nothing, but makes the table too long: the
 * saddlepoint must agree with the table. */
static void saddlepoint_agrees(void)
{
    int64_t small[BLOCKS_MAX], large[BLOCKS_MAX];
    for (int shift = -12; shift <= 24; shift += 4) {
        for (int k = 0; k < BLOCKS_MAX; k++) {
            small[k] = (k * 7919 % 41) - 20 + shift / 2;
            large[k] = small[k] * 1000003;
        }
        double exact = sign_flip_midp(small, BLOCKS_MAX);
        CLOSE(sign_flip_midp(large, BLOCKS_MAX), exact, 0.01);
    }
}

/* Chance alone, or all failures in one block. */
static void fill(struct trials *t, size_t n, uint64_t requests, uint64_t each,
                 uint64_t in_block_3)
{
    for (size_t k = 0; k < n; k++)
        t[k] = (struct trials){requests, each + (k == 3 ? in_block_3 : 0)};
}

static void deflation(void)
{
    struct trials even[30], burst[30];
    fill(even, 30, 200, 1, 0);
    fill(burst, 30, 200, 0, 30);
    CHECK_NEAR(burst_deflation(even, 30, even, 30), 1, 0);
    /* residuals 29 and 29 times -1: 30/29 (29^2 + 29) / (30 * 0.995) */
    CLOSE(burst_deflation(burst, 30, NULL, 0), 30.0 / 29 * 870 / 29.85, 1e-12);
    CHECK_NEAR(burst_deflation(even, 1, NULL, 0), 1, 0);
    fill(even, 30, 200, 0, 0);
    CHECK_NEAR(burst_deflation(even, 30, even, 30), 1, 0);
}

static void cluster(void)
{
    /* by hand: rates 0.01 and 0.03, residuals of the canary +1 and -1, t = 2 */
    const struct trials b[] = {{100, 1}, {100, 1}}, c[] = {{100, 4}, {100, 2}};
    CLOSE(cluster_p(b, 2, c, 2), 0.5 - atan(2) / 3.14159265358979323846, 1e-12);
    CHECK_NEAR(cluster_p(b, 1, c, 1), 1, 0);
    CHECK_NEAR(cluster_p(b, 2, b, 2), 0.5, 0);
    const struct trials all[] = {{100, 100}, {100, 100}};
    CHECK_NEAR(cluster_p(b, 2, all, 2), 0, 0);
    CHECK_NEAR(cluster_p(all, 2, b, 2), 1, 0);
}

static const struct proportion_gate aligned = {0.005, true};
static const struct proportion_gate stored = {0.005, false};

static void compares(void)
{
    struct trials b[30], c[30];
    struct proportion_result r;
    static const struct {
        const char *name;
        uint64_t b_each, b_burst, c_each, c_burst;
        bool is_go, is_nogo;
    } rows[] = {
        {"no failures", 0, 0, 0, 0, true, false},
        {"the same", 1, 0, 1, 0, true, false},
        {"2 % more", 0, 0, 4, 0, false, true},
        {"one outage is one event", 0, 0, 0, 90, false, false},
        {"better", 4, 0, 0, 0, true, false},
        {"all fail", 0, 0, 200, 0, false, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        fill(b, 30, 200, rows[i].b_each, rows[i].b_burst);
        fill(c, 30, 200, rows[i].c_each, rows[i].c_burst);
        proportion_compare(b, 30, c, 30, &aligned, &r);
        CHECK_INT(r.p_go <= 0.05, rows[i].is_go);
        CHECK_INT(r.p_nogo <= 0.01, rows[i].is_nogo);
        CHECK_INT(r.high < aligned.margin, r.p_go < 0.05);
        CHECK(r.low <= r.difference && r.difference <= r.high);
        CHECK(r.p_nogo >= r.p_requests && r.p_nogo >= r.p_blocks);
        struct proportion_result m;
        proportion_compare(c, 30, b, 30, &aligned, &m);
        CHECK_NEAR(m.low, -r.high, 1e-15);
        CHECK_NEAR(m.difference, -r.difference, 1e-15);
    }
}

static void zero_against_zero(void)
{
    /* U = z^2 / (n + z^2): 0.5 pp needs more than 538 */
    struct trials one = {538, 0}, two = {539, 0};
    struct proportion_result r;
    proportion_compare(&one, 1, &one, 1, &stored, &r);
    CHECK(r.p_go > 0.05 && r.high > 0.005);
    CHECK_NEAR(r.p_nogo, 1, 0);
    CLOSE(r.high, Z * Z / (538 + Z * Z), 1e-12);
    proportion_compare(&two, 1, &two, 1, &stored, &r);
    CHECK(r.p_go < 0.05 && r.high < 0.005);
}

static void without_requests(void)
{
    struct trials none = {0, 0}, some = {100, 5};
    struct proportion_result r;
    proportion_compare(&none, 1, &some, 1, &stored, &r);
    CHECK(r.p_go >= 1 && r.p_nogo >= 1);
    proportion_compare(NULL, 0, NULL, 0, &aligned, &r);
    CHECK(r.p_go >= 1 && r.p_nogo >= 1);
}

/* A tenth of the load: the sign flips do not apply, the t test over blocks does. */
static void unequal_load(void)
{
    struct trials b[30], c[30];
    struct proportion_result r;
    fill(b, 30, 1800, 2, 0);
    fill(c, 30, 200, 8, 0);
    c[0].failures += 2;
    c[1].failures -= 2;
    proportion_compare(b, 30, c, 30, &aligned, &r);
    CLOSE(r.p_blocks, cluster_p(b, 30, c, 30), 1e-15);
    CHECK(r.p_nogo < 1e-6);
    CHECK_INT(r.bad_blocks, 30);
}

static void more_data_narrows(void)
{
    struct trials b[60], c[60];
    struct proportion_result half, whole;
    for (size_t k = 0; k < 60; k++) {
        b[k] = (struct trials){200, k % 3};
        c[k] = (struct trials){200, k % 4};
    }
    proportion_compare(b, 12, c, 12, &aligned, &half);
    proportion_compare(b, 60, c, 60, &aligned, &whole);
    CHECK(whole.high - whole.low < half.high - half.low);
    CHECK(whole.p_go < half.p_go);
}

static void folds(void)
{
    struct trials t[25], out[3];
    for (size_t i = 0; i < 25; i++)
        t[i] = (struct trials){i, i / 5};
    CHECK_INT(trials_fold(t, 25, PROPORTION_BLOCK, out), 3);
    CHECK_INT(out[0].requests, 45);
    CHECK_INT(out[1].failures, 25);
    CHECK_INT(out[2].requests, 110);
    CHECK_INT(trials_fold(t, 0, PROPORTION_BLOCK, out), 0);
    CHECK_INT(trials_fold(t, 25, PROPORTION_BLOCK, t), 3);
    CHECK_INT(trials_sum(t, 3).requests, 300);
}

static void guard(void)
{
    struct trials t[30];
    fill(t, 30, 200, 4, 0);
    CLOSE(proportion_at_least(t, 30), wilson_low(120, 6000, 2.3263478740408408), 1e-12);
    CHECK(proportion_at_least(t, 30) > 0.01);
    fill(t, 30, 200, 0, 120);
    CHECK(proportion_at_least(t, 30) < 0.01); /* the same count, but one event */
    CHECK_NEAR(proportion_at_least(t, 0), 0, 0);
}

int main(void)
{
    RUN(wilson_bounds);
    RUN(newcombe_bounds);
    RUN(conditional);
    RUN(sign_flips);
    RUN(sign_flips_by_brute_force);
    RUN(saddlepoint_agrees);
    RUN(deflation);
    RUN(cluster);
    RUN(compares);
    RUN(zero_against_zero);
    RUN(without_requests);
    RUN(unequal_load);
    RUN(more_data_narrows);
    RUN(folds);
    RUN(guard);
    return check_report();
}
