/*
 * Distributions: drawing, bounds and means; dist_parse.c reads them from JSON.
 *
 * One row per kind in the table at the end. A draw takes as many random numbers
 * as it likes: callers give every purpose its own stream, so a distribution can
 * never shift what comes after it.
 */
#include "workload/dist.h"

#include <math.h>
#include <stdlib.h>

static double clamp(double x, double min, double max)
{
    return x < min ? min : x > max ? max : x;
}

/* The value at share 0..1 of n >= 2 ascending, equidistant quantiles. */
static double interpolate(const double *values, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t i = (size_t)at;
    if (i > n - 2)
        i = n - 2;
    return values[i] + (values[i + 1] - values[i]) * (at - (double)i);
}

static double draw_constant(const struct dist *d, struct rng *r)
{
    (void)r; /* a constant takes no random number */
    return d->a;
}

static double draw_uniform(const struct dist *d, struct rng *r)
{
    return d->a + (d->b - d->a) * rng_unit(r);
}

static double draw_lognormal(const struct dist *d, struct rng *r)
{
    return rng_exp(d->a + d->b * rng_normal(r));
}

static double draw_gamma(const struct dist *d, struct rng *r)
{
    return d->a * rng_gamma(r, d->b);
}

static double draw_zipf(const struct dist *d, struct rng *r)
{
    return (double)dist_zipf(r, d->a, (uint64_t)d->b);
}

static double draw_quantiles(const struct dist *d, struct rng *r)
{
    return interpolate(d->quantiles, d->count, rng_unit(r));
}

static double draw_simple(const struct dist *d, struct rng *r);

static double draw_mixture(const struct dist *d, struct rng *r)
{
    double share = rng_unit(r);
    size_t i = 0;
    while (i + 1 < d->count && share >= d->weights[i])
        i++;
    return draw_simple(&d->parts[i], r);
}

/* log(1 + x) / x and (exp(x) - 1) / x, with their series where they cancel. */
static double log1p_ratio(double x)
{
    if (fabs(x) > 1e-4)
        return rng_log(1.0 + x) / x;
    return 1.0 - x * (0.5 - x * (1.0 / 3.0 - x * 0.25));
}

static double expm1_ratio(double x)
{
    if (fabs(x) > 1e-4)
        return (rng_exp(x) - 1.0) / x;
    return 1.0 + x * (0.5 + x * (1.0 / 6.0 + x / 24.0));
}

/* h(x) = x^-s, its integral from 1, and the integral's inverse; s = 1 included. */
static double zipf_h(double x, double s)
{
    return rng_exp(-s * rng_log(x));
}

static double zipf_integral(double x, double s)
{
    double log_x = rng_log(x);
    return expm1_ratio((1.0 - s) * log_x) * log_x;
}

static double zipf_inverse(double y, double s)
{
    double t = y * (1.0 - s);
    if (t < -1.0)
        t = -1.0; /* rounding at the far end */
    if (1.0 + t <= 0.0)
        return DIST_VALUE_MAX;
    return rng_exp(log1p_ratio(t) * y);
}

uint64_t dist_zipf(struct rng *r, double exponent, uint64_t max)
{
    assert(max >= 1);
    double low = zipf_integral(1.5, exponent) - 1.0;
    double high = zipf_integral((double)max + 0.5, exponent);
    double squeeze =
        2.0 -
        zipf_inverse(zipf_integral(2.5, exponent) - zipf_h(2.0, exponent), exponent);
    for (;;) {
        double u = high + rng_unit(r) * (low - high);
        double x = zipf_inverse(u, exponent);
        double k = clamp(floor(x + 0.5), 1.0, (double)max);
        if (k - x <= squeeze ||
            u >= zipf_integral(k + 0.5, exponent) - zipf_h(k, exponent))
            return (uint64_t)k;
    }
}

static double mean_constant(const struct dist *d)
{
    return clamp(d->a, d->min, d->max);
}

static double mean_uniform(const struct dist *d)
{
    return (d->a + d->b) / 2.0;
}

static double mean_lognormal(const struct dist *d)
{
    return rng_exp(d->a + d->b * d->b / 2.0);
}

static double mean_gamma(const struct dist *d)
{
    return d->a;
}

/* Sums of k^(1-s) and k^-s, the far tail by the midpoint rule. */
static double mean_zipf(const struct dist *d)
{
    double direct = d->b < 10000.0 ? d->b : 10000.0;
    double top = 0.0, bottom = 0.0;
    for (double k = 1.0; k <= direct; k += 1.0) {
        top += zipf_h(k, d->a - 1.0);
        bottom += zipf_h(k, d->a);
    }
    double from = direct + 0.5, to = d->b + 0.5;
    top += zipf_integral(to, d->a - 1.0) - zipf_integral(from, d->a - 1.0);
    bottom += zipf_integral(to, d->a) - zipf_integral(from, d->a);
    return top / bottom;
}

static double mean_quantiles(const struct dist *d)
{
    double sum = (d->quantiles[0] + d->quantiles[d->count - 1]) / 2.0;
    for (size_t i = 1; i + 1 < d->count; i++)
        sum += d->quantiles[i];
    return sum / (double)(d->count - 1);
}

static double mean_mixture(const struct dist *d)
{
    double sum = 0.0, before = 0.0;
    for (size_t i = 0; i < d->count; i++) {
        sum += (d->weights[i] - before) * dist_mean(&d->parts[i]);
        before = d->weights[i];
    }
    return sum;
}

static const struct {
    double (*draw)(const struct dist *d, struct rng *r);
    double (*mean)(const struct dist *d);
} dist_rows[] = {
    [DIST_CONSTANT] = {draw_constant, mean_constant},
    [DIST_UNIFORM] = {draw_uniform, mean_uniform},
    [DIST_LOGNORMAL] = {draw_lognormal, mean_lognormal},
    [DIST_GAMMA] = {draw_gamma, mean_gamma},
    [DIST_ZIPF] = {draw_zipf, mean_zipf},
    [DIST_QUANTILES] = {draw_quantiles, mean_quantiles},
    [DIST_MIXTURE] = {draw_mixture, mean_mixture},
};
_Static_assert(ARRAY_LEN(dist_rows) == DIST_MIXTURE + 1, "one row per kind");

/* A mixture's part is never a mixture: the recursion is one level deep. */
static double draw_simple(const struct dist *d, struct rng *r)
{
    assert(d->kind != DIST_MIXTURE);
    return dist_draw(d, r);
}

double dist_draw(const struct dist *d, struct rng *r)
{
    return clamp(dist_rows[d->kind].draw(d, r), d->min, d->max);
}

uint32_t dist_draw_count(const struct dist *d, struct rng *r, uint32_t floor_count)
{
    double x = dist_draw(d, r) + 0.5;
    uint32_t count = x < 0.0 ? 0 : x >= UINT32_MAX ? UINT32_MAX : (uint32_t)x;
    return count < floor_count ? floor_count : count;
}

double dist_mean(const struct dist *d)
{
    return dist_rows[d->kind].mean(d);
}

double dist_min(const struct dist *d)
{
    return d->min;
}

double dist_max(const struct dist *d)
{
    return d->max;
}

void dist_release(struct dist *d)
{
    for (size_t i = 0; d->parts != NULL && i < d->count; i++)
        free(d->parts[i].quantiles); /* all that a simple part can own */
    free(d->parts);
    free(d->weights);
    free(d->quantiles);
    *d = (struct dist){0};
}

void grid_release(struct grid *g)
{
    free(g->prompt);
    free(g->output);
    *g = (struct grid){0};
}

static uint32_t between(uint32_t a, uint32_t b, double share)
{
    return (uint32_t)((double)a + ((double)b - (double)a) * share + 0.5);
}

void grid_draw(const struct grid *g, struct rng *r, uint32_t *prompt, uint32_t *output)
{
    double at = rng_unit(r) * (double)g->bins;
    size_t bin = (size_t)at < g->bins ? (size_t)at : g->bins - 1;
    *prompt = between(g->prompt[bin], g->prompt[bin + 1], at - (double)bin);

    const uint32_t *points = g->output + bin * g->points;
    at = rng_unit(r) * (double)(g->points - 1);
    size_t i = (size_t)at < g->points - 1 ? (size_t)at : g->points - 2;
    *output = between(points[i], points[i + 1], at - (double)i);
}
