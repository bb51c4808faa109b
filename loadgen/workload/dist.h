/*
 * Distributions of token counts, turns and times, from JSON: a number (a
 * constant) or an object with a kind.
 *
 *   constant  value                     uniform    min max
 *   lognormal mean cv | median p95      gamma      mean cv
 *   zipf      s max (whole 1 .. max)    quantiles  values (equidistant)
 *   mixture   parts: [{weight, ...}]    all take min and max as clamps
 *
 * A lognormal or gamma without max is clamped at its mean + 12 standard
 * deviations, so that every distribution has a largest value.
 *
 * A joint grid keeps the correlation of prompt and output length: prompt
 * quantiles cut the prompts into bins of equal share, each bin has its own
 * output quantiles; both are interpolated linearly.
 *
 * Every draw uses + - * / sqrt and rng.h's own functions only: the same bits on
 * every machine.
 */
#ifndef GUST_DIST_H
#define GUST_DIST_H

#include "base/json.h"
#include "base/rng.h"

#define DIST_VALUE_MAX 1e9    /* of any number in a distribution */
#define DIST_POINTS_MAX 10000 /* of a quantile list */
#define DIST_PARTS_MAX 16
#define GRID_BINS_MAX 256
#define GRID_POINTS_MAX 1025
#define GRID_TOKENS_MAX 10000000

enum dist_kind {
    DIST_CONSTANT,
    DIST_UNIFORM,
    DIST_LOGNORMAL,
    DIST_GAMMA,
    DIST_ZIPF,
    DIST_QUANTILES,
    DIST_MIXTURE,
};

/* Owns quantiles, parts and weights. A zeroed one is the constant 0 .. clamped
 * to 0, and needs no release. */
struct dist {
    enum dist_kind kind;
    double a, b;        /* constant: value; uniform: min, max; lognormal: mu,
                           sigma; gamma: mean, shape; zipf: exponent, max */
    double min, max;    /* clamps on every draw; min <= max, both finite */
    double *quantiles;  /* DIST_QUANTILES: count >= 2 values, ascending */
    struct dist *parts; /* DIST_MIXTURE: count parts, none a mixture */
    double *weights;    /* of the parts, cumulative, the last is 1 */
    size_t count;
};

/* Owns its two arrays; a zeroed one needs no release. */
struct grid {
    size_t bins;      /* prompt bins of equal share */
    size_t points;    /* output quantiles per bin, at least 2 */
    uint32_t *prompt; /* bins + 1 values, ascending */
    uint32_t *output; /* [bin * points + i], ascending in i */
};

/* Fills *out, which the caller releases also after a failure. */
MUST_CHECK int dist_parse(const struct jnode *n, struct dist *out, struct err *e);
void dist_release(struct dist *d);

double dist_draw(const struct dist *d, struct rng *r);

/* The same, rounded to a whole number >= floor. */
uint32_t dist_draw_count(const struct dist *d, struct rng *r, uint32_t floor);

/* Smallest and largest value a draw can give. */
double dist_min(const struct dist *d);
double dist_max(const struct dist *d);

/* The mean before clamping (constants excepted): exact unless clamps bite. */
double dist_mean(const struct dist *d);

/* A whole number 1 .. max with probability proportional to k^-exponent; exponent
 * 0 is uniform. Constant time and memory (Hoermann and Derflinger 1996). */
uint64_t dist_zipf(struct rng *r, double exponent, uint64_t max);

/* {"prompt": [bins + 1], "output": [[points] x bins]}, whole numbers ascending.
 * Fills *out, which the caller releases also after a failure. */
MUST_CHECK int grid_parse(const struct jnode *n, struct grid *out, struct err *e);
void grid_release(struct grid *g);
void grid_draw(const struct grid *g, struct rng *r, uint32_t *prompt, uint32_t *output);

#endif
