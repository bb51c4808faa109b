/*
 * Distributions of token counts, turns and times.
 *
 *   constant  value                     uniform    min max
 *   lognormal mean cv | median p95      gamma      mean cv
 *   zipf      s max                     mixture    parts: [{weight, ...}]
 *   quantiles values (equidistant)      (all take min, max as clamps)
 *
 * A joint grid keeps the correlation of prompt and output length: prompt
 * quantiles cut the prompts into bins of equal share, each bin has its own
 * output quantiles; both are interpolated linearly.
 */
#ifndef GUST_DIST_H
#define GUST_DIST_H

#include "base/json.h"
#include "base/rng.h"

enum dist_kind {
    DIST_CONSTANT,
    DIST_UNIFORM,
    DIST_LOGNORMAL,
    DIST_GAMMA,
    DIST_ZIPF,
    DIST_QUANTILES,
    DIST_MIXTURE,
};

struct dist {
    enum dist_kind kind;
    double a, b;        /* constant: value; uniform: min, max; lognormal: mu,
                           sigma; gamma: mean, shape; zipf: exponent, max */
    double min, max;    /* clamps on every draw */
    double *quantiles;  /* DIST_QUANTILES: count values, ascending */
    struct dist *parts; /* DIST_MIXTURE: count parts */
    double *weights;    /* cumulative, last is 1 */
    size_t count;
};

struct grid {
    size_t bins;      /* prompt bins of equal share */
    size_t points;    /* output quantiles per bin */
    uint32_t *prompt; /* bins + 1 values, ascending */
    uint32_t *output; /* [bin * points + i], ascending in i */
};

/* A number (constant) or an object of the kinds above. */
MUST_CHECK int dist_parse(const struct jnode *n, struct dist *out, struct err *e);
void dist_release(struct dist *d);
double dist_draw(const struct dist *d, struct rng *r);
/* The same, rounded to a whole number >= floor. */
uint32_t dist_draw_count(const struct dist *d, struct rng *r, uint32_t floor);
/* Largest value a draw can give; infinite tails give their clamp. */
double dist_max(const struct dist *d);
double dist_mean(const struct dist *d);

MUST_CHECK int grid_parse(const struct jnode *n, struct grid *out, struct err *e);
void grid_release(struct grid *g);
void grid_draw(const struct grid *g, struct rng *r, uint32_t *prompt, uint32_t *output);

#endif
