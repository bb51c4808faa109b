/*
 * Distributions and grids from JSON; dist.h has the keys of each kind.
 *
 * A reader per kind fills the parameters and the natural support; clamps are
 * applied last, so that min and max of the struct are what a draw can give.
 */
#include "workload/dist.h"
#include "workload/variant.h"

#include <math.h>

#define CV_MIN 0.01 /* below it a constant is meant, and gamma's shape grows huge */
#define CV_MAX 50.0
#define ZIPF_EXPONENT_MAX 20.0
#define P95_RATIO_MAX 1000.0
#define TAIL_SDS 12.0
#define Z_P95 1.6448536269514722

static const struct variant dist_kinds[] = {
    [DIST_CONSTANT] = {"constant", {"value", "min", "max"}},
    [DIST_UNIFORM] = {"uniform", {"min", "max"}},
    [DIST_LOGNORMAL] = {"lognormal", {"mean", "cv", "median", "p95", "min", "max"}},
    [DIST_GAMMA] = {"gamma", {"mean", "cv", "min", "max"}},
    [DIST_ZIPF] = {"zipf", {"s", "max", "min"}},
    [DIST_QUANTILES] = {"quantiles", {"values", "min", "max"}},
    [DIST_MIXTURE] = {"mixture", {"parts", "min", "max"}},
    {.name = NULL},
};
_Static_assert(ARRAY_LEN(dist_kinds) == DIST_MIXTURE + 2, "one row per kind");

static int positive(const struct jnode *n, const char *key, double *out, struct err *e)
{
    return jnode_number(n, key, 1e-9, DIST_VALUE_MAX, out, e);
}

static bool has(const struct jnode *n, const char *key)
{
    struct jnode member = jnode_get(n, key);
    return jnode_exists(&member);
}

static int read_constant(const struct jnode *n, struct dist *d, struct err *e)
{
    if (jnode_number(n, "value", 0.0, DIST_VALUE_MAX, &d->a, e) < 0)
        return -1;
    d->min = d->max = d->a;
    return 0;
}

static int read_uniform(const struct jnode *n, struct dist *d, struct err *e)
{
    if (jnode_number(n, "min", 0.0, DIST_VALUE_MAX, &d->a, e) < 0 ||
        jnode_number(n, "max", d->a, DIST_VALUE_MAX, &d->b, e) < 0)
        return -1;
    d->min = d->a;
    d->max = d->b;
    return 0;
}

static int read_mean_cv(const struct jnode *n, double *mean, double *cv, struct err *e)
{
    if (positive(n, "mean", mean, e) < 0)
        return -1;
    return jnode_number(n, "cv", CV_MIN, CV_MAX, cv, e);
}

static int read_median_p95(const struct jnode *n, struct dist *d, struct err *e)
{
    double median, p95;
    if (positive(n, "median", &median, e) < 0 ||
        jnode_number(n, "p95", median, median * P95_RATIO_MAX, &p95, e) < 0)
        return -1;
    d->a = rng_log(median);
    d->b = rng_log(p95 / median) / Z_P95;
    return 0;
}

static int read_lognormal(const struct jnode *n, struct dist *d, struct err *e)
{
    if (has(n, "median") && (has(n, "mean") || has(n, "cv")))
        return jnode_fail(n, e, "takes mean and cv, or median and p95, not both");
    if (has(n, "median") || has(n, "p95")) {
        if (read_median_p95(n, d, e) < 0)
            return -1;
    } else {
        double mean, cv;
        if (read_mean_cv(n, &mean, &cv, e) < 0)
            return -1;
        double variance = rng_log(1.0 + cv * cv);
        d->a = rng_log(mean) - variance / 2.0;
        d->b = sqrt(variance);
    }
    double spread = rng_exp(d->b * d->b) - 1.0; /* cv squared */
    d->max = rng_exp(d->a + d->b * d->b / 2.0) * (1.0 + TAIL_SDS * sqrt(spread));
    return 0;
}

static int read_gamma(const struct jnode *n, struct dist *d, struct err *e)
{
    double cv;
    if (read_mean_cv(n, &d->a, &cv, e) < 0)
        return -1;
    d->b = 1.0 / (cv * cv);
    d->max = d->a * (1.0 + TAIL_SDS * cv);
    return 0;
}

static int read_zipf(const struct jnode *n, struct dist *d, struct err *e)
{
    uint64_t max;
    if (jnode_number(n, "s", 0.0, ZIPF_EXPONENT_MAX, &d->a, e) < 0 ||
        jnode_u64(n, "max", 1, (uint64_t)DIST_VALUE_MAX, &max, e) < 0)
        return -1;
    d->b = (double)max;
    d->min = 1.0;
    d->max = d->b;
    return 0;
}

/* values[i] of a list that must ascend. */
static int read_ascending(const struct jnode *values, size_t i, double least,
                          double *out, struct err *e)
{
    struct jnode n = jnode_at(values, i);
    if (!json_is_number(n.value))
        return jnode_fail(&n, e, "must be a number");
    double x = json_number_value(n.value);
    if (x < least)
        return jnode_fail(&n, e, "%.12g must not be below %.12g", x, least);
    if (x > DIST_VALUE_MAX)
        return jnode_fail(&n, e, "%.12g is above %.12g", x, DIST_VALUE_MAX);
    *out = x;
    return 0;
}

static int read_quantiles(const struct jnode *n, struct dist *d, struct err *e)
{
    struct jnode values = jnode_get(n, "values");
    if (jnode_array(&values, 2, DIST_POINTS_MAX, e) < 0)
        return -1;
    d->count = json_array_size(values.value);
    d->quantiles = xcalloc(d->count, sizeof *d->quantiles);
    for (size_t i = 0; i < d->count; i++) {
        double least = i > 0 ? d->quantiles[i - 1] : 0.0;
        if (read_ascending(&values, i, least, &d->quantiles[i], e) < 0)
            return -1;
    }
    d->min = d->quantiles[0];
    d->max = d->quantiles[d->count - 1];
    return 0;
}

static int parse_object(const struct jnode *n, const char *also, struct dist *out,
                        struct err *e);

static int read_part(const struct jnode *n, struct dist *d, double *weight,
                     struct err *e)
{
    if (parse_object(n, "weight", d, e) < 0 ||
        jnode_number(n, "weight", 0.0, DIST_VALUE_MAX, weight, e) < 0)
        return -1;
    return 0;
}

static int normalise(const struct jnode *parts, struct dist *d, struct err *e)
{
    double sum = 0.0;
    for (size_t i = 0; i < d->count; i++)
        sum += d->weights[i];
    if (!(sum > 0.0))
        return jnode_fail(parts, e, "the weights are all 0");
    double before = 0.0;
    for (size_t i = 0; i < d->count; i++) {
        before += d->weights[i] / sum;
        d->weights[i] = before;
    }
    d->weights[d->count - 1] = 1.0;
    return 0;
}

static int read_mixture(const struct jnode *n, struct dist *d, struct err *e)
{
    struct jnode parts = jnode_get(n, "parts");
    if (jnode_array(&parts, 1, DIST_PARTS_MAX, e) < 0)
        return -1;
    d->count = json_array_size(parts.value);
    d->parts = xcalloc(d->count, sizeof *d->parts);
    d->weights = xcalloc(d->count, sizeof *d->weights);
    d->min = DIST_VALUE_MAX;
    for (size_t i = 0; i < d->count; i++) {
        struct jnode part = jnode_at(&parts, i);
        if (read_part(&part, &d->parts[i], &d->weights[i], e) < 0)
            return -1;
        d->min = fmin(d->min, d->parts[i].min);
        d->max = fmax(d->max, d->parts[i].max);
    }
    return normalise(&parts, d, e);
}

static int (*const readers[])(const struct jnode *n, struct dist *d, struct err *e) = {
    [DIST_CONSTANT] = read_constant,   [DIST_UNIFORM] = read_uniform,
    [DIST_LOGNORMAL] = read_lognormal, [DIST_GAMMA] = read_gamma,
    [DIST_ZIPF] = read_zipf,           [DIST_QUANTILES] = read_quantiles,
    [DIST_MIXTURE] = read_mixture,
};
_Static_assert(ARRAY_LEN(readers) == DIST_MIXTURE + 1, "one row per kind");

static double within(double x, double min, double max)
{
    return fmin(fmax(x, min), max);
}

static int apply_clamps(const struct jnode *n, struct dist *d, struct err *e)
{
    double min = 0.0, max = DIST_VALUE_MAX;
    if (has(n, "min") && jnode_number(n, "min", 0.0, DIST_VALUE_MAX, &min, e) < 0)
        return -1;
    if (has(n, "max")) {
        if (jnode_number(n, "max", min, DIST_VALUE_MAX, &max, e) < 0)
            return -1;
        bool has_tail = d->kind == DIST_LOGNORMAL || d->kind == DIST_GAMMA;
        d->max = has_tail ? max : d->max;
    }
    d->min = within(d->min, min, max);
    d->max = within(d->max, min, max);
    return 0;
}

/* One level: a mixture's parts (also is "weight") must not be mixtures. */
static int parse_object(const struct jnode *n, const char *also, struct dist *out,
                        struct err *e)
{
    size_t kind = 0;
    if (variant_parse(n, "kind", dist_kinds, also, &kind, e) < 0)
        return -1;
    if (kind == DIST_MIXTURE && also != NULL)
        return jnode_fail(n, e, "a part of a mixture must not be a mixture");
    out->kind = (enum dist_kind)kind;
    if (readers[kind](n, out, e) < 0)
        return -1;
    return apply_clamps(n, out, e);
}

int dist_parse(const struct jnode *n, struct dist *out, struct err *e)
{
    *out = (struct dist){0};
    if (!json_is_number(n->value))
        return parse_object(n, NULL, out, e);
    double value = json_number_value(n->value);
    if (!(value >= 0.0 && value <= DIST_VALUE_MAX))
        return jnode_fail(n, e, "%.12g is out of range 0..%.12g", value,
                          DIST_VALUE_MAX);
    *out = (struct dist){.kind = DIST_CONSTANT, .a = value, .min = value, .max = value};
    return 0;
}

/* Whole numbers, ascending, into out. */
static int read_row(const struct jnode *row, size_t count, uint32_t *out, struct err *e)
{
    if (jnode_array(row, count, count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct jnode n = jnode_at(row, i);
        json_int_t least = i > 0 ? (json_int_t)out[i - 1] : 0;
        json_int_t x = json_integer_value(n.value);
        if (!json_is_integer(n.value))
            return jnode_fail(&n, e, "must be a whole number");
        if (x < least || x > GRID_TOKENS_MAX)
            return jnode_fail(&n, e, "%lld is out of range %lld..%d (values ascend)",
                              (long long)x, (long long)least, GRID_TOKENS_MAX);
        out[i] = (uint32_t)x;
    }
    return 0;
}

static int read_outputs(const struct jnode *output, struct grid *g, struct err *e)
{
    if (jnode_array(output, g->bins, g->bins, e) < 0)
        return -1;
    struct jnode first = jnode_at(output, 0);
    if (jnode_array(&first, 2, GRID_POINTS_MAX, e) < 0)
        return -1;
    g->points = json_array_size(first.value);
    g->output = xcalloc(g->bins * g->points, sizeof *g->output);
    for (size_t i = 0; i < g->bins; i++) {
        struct jnode row = jnode_at(output, i);
        if (read_row(&row, g->points, g->output + i * g->points, e) < 0)
            return -1;
    }
    return 0;
}

int grid_parse(const struct jnode *n, struct grid *out, struct err *e)
{
    static const char *const keys[] = {"prompt", "output", NULL};
    *out = (struct grid){0};
    if (jnode_object(n, keys, e) < 0)
        return -1;
    struct jnode prompt = jnode_get(n, "prompt");
    struct jnode output = jnode_get(n, "output");
    if (jnode_array(&prompt, 2, GRID_BINS_MAX + 1, e) < 0)
        return -1;
    out->bins = json_array_size(prompt.value) - 1;
    out->prompt = xcalloc(out->bins + 1, sizeof *out->prompt);
    if (read_row(&prompt, out->bins + 1, out->prompt, e) < 0)
        return -1;
    return read_outputs(&output, out, e);
}
