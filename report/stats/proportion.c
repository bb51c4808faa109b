/*
 * Failure rates of two arms (canary-statistics 2.5).
 *
 * GO rests on Newcombe's interval (1998, method 10) with counts divided by the
 * burst deflation. NO-GO rests on the worse of two p: the conditional binomial
 * test, and one in which a block is the unit - the exact sign-flip test where the
 * arms ran side by side under equal load, else a t test over blocks.
 */
#include "stats/proportion.h"

#include "stats/bisect.h"
#include "stats/distribution.h"

#include <math.h>
#include <stdlib.h>

#define Z_95 1.6448536269514722
#define Z_99 2.3263478740408408
#define Z_FAR 40.0 /* a normal tail that is 0 */
#define Z_STEPS 60
#define UNEQUAL_SHARE 0.02 /* load may differ by this for the sign flips */

struct trials trials_sum(const struct trials *t, size_t n)
{
    struct trials sum = {0, 0};
    for (size_t i = 0; i < n; i++) {
        sum.requests += t[i].requests;
        sum.failures += t[i].failures;
    }
    return sum;
}

size_t trials_fold(const struct trials *t, size_t n, size_t size, struct trials *out)
{
    assert(size > 0);
    size_t blocks = 0;
    for (size_t i = 0; i < n; i += size)
        out[blocks++] = trials_sum(t + i, n - i < size ? n - i : size);
    return blocks;
}

static double rate_of(double x, double n)
{
    return n > 0 ? x / n : 0;
}

static double trials_rate(struct trials t)
{
    return rate_of((double)t.failures, (double)t.requests);
}

static double wilson(double x, double n, double z)
{
    double p = x / n, z2 = z * z;
    double middle = p + z2 / (2 * n);
    double reach = z * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    return fmin(fmax((middle + reach) / (1 + z2 / n), 0), 1);
}

double wilson_low(double x, double n, double z)
{
    assert(x >= 0 && x <= n && z >= 0);
    return n > 0 && x > 0 ? wilson(x, n, -z) : 0;
}

double wilson_high(double x, double n, double z)
{
    assert(x >= 0 && x <= n && z >= 0);
    return n > 0 && x < n ? wilson(x, n, z) : 1;
}

double newcombe_high(double xc, double nc, double xb, double nb, double z)
{
    double pc = rate_of(xc, nc), pb = rate_of(xb, nb);
    return pc - pb + hypot(wilson_high(xc, nc, z) - pc, pb - wilson_low(xb, nb, z));
}

double newcombe_low(double xc, double nc, double xb, double nb, double z)
{
    return -newcombe_high(xb, nb, xc, nc, z);
}

/* Sums over blocks of squared residuals and of what chance makes of them. */
struct spread {
    double seen, expected;
    size_t blocks;
};

static struct spread spread_of(const struct trials *blocks, size_t n)
{
    struct spread spread = {0, 0, n};
    double p = trials_rate(trials_sum(blocks, n));
    for (size_t k = 0; k < n; k++) {
        double requests = (double)blocks[k].requests;
        double residual = (double)blocks[k].failures - p * requests;
        spread.seen += residual * residual;
        spread.expected += p * (1 - p) * requests;
    }
    return spread;
}

double burst_deflation(const struct trials *blocks, size_t n,
                       const struct trials *other, size_t other_n)
{
    struct spread a = spread_of(blocks, n), b = spread_of(other, other_n);
    size_t k = b.blocks > 0 && b.blocks < a.blocks ? b.blocks : a.blocks;
    double expected = a.expected + b.expected;
    if (k < 2 || !(expected > 0))
        return 1;
    double factor = (double)k / (double)(k - 1) * (a.seen + b.seen) / expected;
    return fmax(factor, 1);
}

double conditional_midp(double xc, double nc, double xb, double nb)
{
    double x = xc + xb, share = nc / (nb + nc);
    return binomial_tail(xc + 1, x, share) + binomial_pmf(xc, x, share) / 2;
}

/* Estimated variance of an arm's rate with blocks as units. */
static double cluster_variance(const struct trials *blocks, size_t n)
{
    double k = (double)n, requests = (double)trials_sum(blocks, n).requests;
    return k / (k - 1) * spread_of(blocks, n).seen / (requests * requests);
}

double cluster_p(const struct trials *baseline, size_t n_b, const struct trials *canary,
                 size_t n_c)
{
    struct trials b = trials_sum(baseline, n_b), c = trials_sum(canary, n_c);
    size_t k = n_b < n_c ? n_b : n_c;
    if (k < 2 || b.requests == 0 || c.requests == 0)
        return 1;
    double variance = cluster_variance(baseline, n_b) + cluster_variance(canary, n_c);
    double difference = trials_rate(c) - trials_rate(b);
    if (!(fabs(difference) > 0))
        return 0.5;
    return student_tail(difference / sqrt(variance), (double)(k - 1));
}

static bool is_load_equal(struct trials b, struct trials c)
{
    double n_b = (double)b.requests, n_c = (double)c.requests;
    return fabs(n_c - n_b) <= UNEQUAL_SHARE * fmax(n_b, n_c);
}

static double blocks_sign_flip(const struct trials *b, const struct trials *c, size_t n)
{
    int64_t *e = xcalloc(n, sizeof e[0]);
    for (size_t k = 0; k < n; k++)
        e[k] = (int64_t)c[k].failures - (int64_t)b[k].failures;
    double p = sign_flip_midp(e, n);
    free(e);
    return p;
}

/* Deflated totals of a comparison, and the margin its bound is held against. */
struct deflated {
    double xc, nc, xb, nb, margin;
};

static bool is_high_beyond(const void *context, double z)
{
    const struct deflated *d = context;
    return newcombe_high(d->xc, d->nc, d->xb, d->nb, z) >= d->margin;
}

static bool is_low_below(const void *context, double z)
{
    const struct deflated *d = context;
    return newcombe_low(d->xc, d->nc, d->xb, d->nb, z) <= d->margin;
}

/* The level at which a bound of Newcombe's interval meets the margin. */
static double margin_p(const struct deflated *d)
{
    double difference = rate_of(d->xc, d->nc) - rate_of(d->xb, d->nb);
    if (difference < d->margin)
        return normal_tail(bisect(0, Z_FAR, Z_STEPS, is_high_beyond, d));
    return normal_cdf(bisect(0, Z_FAR, Z_STEPS, is_low_below, d));
}

static size_t count_bad_blocks(const struct trials *baseline, size_t n_b,
                               const struct trials *canary, size_t n_c, bool is_aligned)
{
    double overall = trials_rate(trials_sum(baseline, n_b));
    size_t bad = 0;
    for (size_t k = 0; k < n_c; k++)
        bad +=
            trials_rate(canary[k]) > (is_aligned ? trials_rate(baseline[k]) : overall);
    return bad;
}

void proportion_compare(const struct trials *baseline, size_t n_b,
                        const struct trials *canary, size_t n_c,
                        const struct proportion_gate *gate,
                        struct proportion_result *out)
{
    assert(gate->margin > 0 && (!gate->is_aligned || n_b == n_c));
    struct trials b = trials_sum(baseline, n_b), c = trials_sum(canary, n_c);
    *out = (struct proportion_result){
        .baseline = trials_rate(b),
        .canary = trials_rate(c),
        .difference = trials_rate(c) - trials_rate(b),
        .deflation = burst_deflation(baseline, n_b, canary, n_c),
        .low = -1,
        .high = 1,
        .p_go = 1,
        .p_nogo = 1,
        .p_requests = 1,
        .p_blocks = 1,
        .bad_blocks = count_bad_blocks(baseline, n_b, canary, n_c, gate->is_aligned),
    };
    if (b.requests == 0 || c.requests == 0)
        return;
    double phi = out->deflation;
    struct deflated d = {(double)c.failures / phi, (double)c.requests / phi,
                         (double)b.failures / phi, (double)b.requests / phi,
                         gate->margin};
    out->low = newcombe_low(d.xc, d.nc, d.xb, d.nb, Z_95);
    out->high = newcombe_high(d.xc, d.nc, d.xb, d.nb, Z_95);
    out->p_go = margin_p(&d);
    if (b.failures + c.failures == 0)
        return;
    out->p_requests = conditional_midp((double)c.failures, (double)c.requests,
                                       (double)b.failures, (double)b.requests);
    out->p_blocks = gate->is_aligned && is_load_equal(b, c)
                        ? blocks_sign_flip(baseline, canary, n_c)
                        : cluster_p(baseline, n_b, canary, n_c);
    out->p_nogo = fmax(out->p_requests, out->p_blocks);
}

double proportion_at_least(const struct trials *blocks, size_t n)
{
    struct trials sum = trials_sum(blocks, n);
    double phi = burst_deflation(blocks, n, NULL, 0);
    return wilson_low((double)sum.failures / phi, (double)sum.requests / phi, Z_99);
}
