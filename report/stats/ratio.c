/*
 * Ratios of sums (canary-statistics 2.6). To first order the error of R is the sum
 * of y - R x over the slices, divided by the sum of x; of ln R, by the sum of y.
 * Those influences go into the long-run variance, and a Student t does the rest.
 *
 * "Worse" is turned into "greater" by a sign, so that each test is written once.
 */
#include "stats/ratio.h"

#include "stats/distribution.h"
#include "stats/longrun.h"

#include <math.h>
#include <stdlib.h>

#define LEVEL 0.95

static struct ratio_slice sum_of(const struct ratio_slice *s, size_t n)
{
    struct ratio_slice sum = {0, 0};
    for (size_t i = 0; i < n; i++) {
        sum.y += s[i].y;
        sum.x += s[i].x;
    }
    return sum;
}

static bool is_usable(struct ratio_slice sum, enum ratio_scale scale)
{
    return sum.x > 0 && (scale == RATIO_DIFFERENCE || sum.y > 0);
}

/* Writes each slice's influence on R or ln R. */
static void influence(const struct ratio_slice *s, size_t n, enum ratio_scale scale,
                      double *out)
{
    struct ratio_slice sum = sum_of(s, n);
    double r = sum.y / sum.x, unit = scale == RATIO_LOG ? sum.y : sum.x;
    for (size_t i = 0; i < n; i++)
        out[i] = (s[i].y - r * s[i].x) / unit;
}

static double variance_of(const struct ratio_slice *baseline, size_t n_b,
                          const struct ratio_slice *canary, size_t n_c,
                          const struct ratio_gate *gate, unsigned nu)
{
    double *d_b = xcalloc(n_b, sizeof d_b[0]), *d_c = xcalloc(n_c, sizeof d_c[0]);
    influence(baseline, n_b, gate->scale, d_b);
    influence(canary, n_c, gate->scale, d_c);
    for (size_t s = 0; gate->is_aligned && s < n_c; s++)
        d_c[s] -= d_b[s];
    double variance = longrun_variance(d_c, n_c, nu);
    if (!gate->is_aligned)
        variance += longrun_variance(d_b, n_b, nu);
    free(d_b);
    free(d_c);
    return variance;
}

/* The margin on the scale and in the direction of worse: positive. */
static double scaled_margin(const struct ratio_gate *gate)
{
    if (gate->scale == RATIO_DIFFERENCE)
        return gate->margin;
    return gate->is_down_worse ? -log1p(-gate->margin) : log1p(gate->margin);
}

static double t_ratio(double difference, double se)
{
    return fabs(difference) > 0 ? difference / se : 0;
}

static void test(const struct ratio_gate *gate, struct ratio_result *out)
{
    double sign = gate->is_down_worse ? -1 : 1;
    double worse = sign * out->estimate, margin = scaled_margin(gate);
    double t = student_quantile(LEVEL, out->nu);
    out->margin = sign * margin;
    out->low = out->estimate - t * out->se;
    out->high = out->estimate + t * out->se;
    double room = t_ratio(margin - worse, out->se);
    out->p_go = student_tail(room, out->nu);
    out->p_beyond = student_cdf(room, out->nu);
    out->p_nogo = student_tail(t_ratio(worse, out->se), out->nu);
}

void ratio_compare(const struct ratio_slice *baseline, size_t n_b,
                   const struct ratio_slice *canary, size_t n_c,
                   const struct ratio_gate *gate, struct ratio_result *out)
{
    assert(gate->margin > 0 && gate->kappa >= 1 && gate->tau >= 0);
    assert(gate->scale == RATIO_DIFFERENCE || !gate->is_down_worse || gate->margin < 1);
    assert(!gate->is_aligned || n_b == n_c);
    struct ratio_slice b = sum_of(baseline, n_b), c = sum_of(canary, n_c);
    *out = (struct ratio_result){
        .is_defined = is_usable(b, gate->scale) && is_usable(c, gate->scale),
        .nu = longrun_nu(n_b < n_c ? n_b : n_c),
        .low = -HUGE_VAL,
        .high = HUGE_VAL,
        .se = HUGE_VAL,
        .p_go = 1,
        .p_nogo = 1,
        .p_beyond = 1,
    };
    if (!out->is_defined)
        return;
    out->baseline = b.y / b.x;
    out->canary = c.y / c.x;
    out->estimate = gate->scale == RATIO_LOG ? log(out->canary / out->baseline)
                                             : out->canary - out->baseline;
    double variance = variance_of(baseline, n_b, canary, n_c, gate, out->nu);
    out->se = hypot(gate->kappa * sqrt(variance), sqrt(2) * gate->tau);
    test(gate, out);
}

void ratio_interval(const struct ratio_slice *slices, size_t n, double level,
                    struct ratio_estimate *out)
{
    assert(level > 0 && level < 1);
    struct ratio_slice sum = sum_of(slices, n);
    *out = (struct ratio_estimate){
        .is_defined = sum.x > 0, .high = HUGE_VAL, .nu = longrun_nu(n)};
    if (!out->is_defined)
        return;
    out->value = sum.y / sum.x;
    if (!(sum.y > 0)) { /* nothing was charged: nothing varies */
        out->high = 0;
        return;
    }
    double *d = xcalloc(n, sizeof d[0]);
    influence(slices, n, RATIO_LOG, d);
    double se = sqrt(longrun_variance(d, n, out->nu));
    double t = student_quantile((1 + level) / 2, out->nu);
    out->low = isfinite(se) ? out->value * exp(-t * se) : 0;
    out->high = out->value * exp(t * se);
    free(d);
}
