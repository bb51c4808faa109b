/*
 * A sketch of prompt and output lengths: how often each pair came, in buckets.
 *
 * Lengths below 128 have a bucket of their own; above, 64 buckets share an
 * octave, so a bucket is at most 1.6 % wide. All pairs of buckets are counters of
 * one flat table: 50 million rows or 50 take the same 6 MB. Sums for means and
 * Pearson's correlation are exact; quantiles and ranks are exact up to a bucket.
 *
 * A data set and a profile made from it are compared as two sketches.
 */
#ifndef GUST_SKETCH_H
#define GUST_SKETCH_H

#include "workload/dist.h"

#define SKETCH_EXACT 128 /* lengths below it have their own bucket */
#define SKETCH_PER_OCTAVE 64
#define SKETCH_TOKENS_MAX 16777215 /* 2^24 - 1 */
#define SKETCH_BUCKETS (SKETCH_EXACT + (24 - 7) * SKETCH_PER_OCTAVE)

enum sketch_axis { SKETCH_PROMPT, SKETCH_OUTPUT };

struct sketch {
    uint64_t count;
    double sum[2], sum_of_squares[2], sum_of_products;
    uint32_t min[2], max[2];
    uint64_t *margin[2]; /* SKETCH_BUCKETS counts each: the table's sums */
    uint32_t *table;     /* [prompt bucket * SKETCH_BUCKETS + output bucket] */
};

/* The bucket of a length, and the smallest and largest length of a bucket. */
size_t sketch_bucket(uint32_t tokens);
uint32_t sketch_bucket_first(size_t bucket);
uint32_t sketch_bucket_last(size_t bucket);

void sketch_init(struct sketch *s);
void sketch_release(struct sketch *s);

/* Counts a pair; lengths 0..SKETCH_TOKENS_MAX, at most 2^32 - 1 pairs. */
void sketch_add(struct sketch *s, uint32_t prompt, uint32_t output);

/* Of one axis; the sketch must not be empty. */
double sketch_mean(const struct sketch *s, enum sketch_axis axis);
/* p in 0..1; exact below SKETCH_EXACT and at 0 and 1. */
double sketch_quantile(const struct sketch *s, enum sketch_axis axis, double p);

/* Correlations of prompt and output, -1..1; 0 when one of them is constant.
 * Spearman: ties, and lengths of one bucket, share the middle of their ranks. */
double sketch_pearson(const struct sketch *s);
double sketch_spearman(const struct sketch *s);

/* Kolmogorov-Smirnov distance: the greatest difference of the two distribution
 * functions, taken at the ends of the buckets. */
double sketch_distance(const struct sketch *a, const struct sketch *b,
                       enum sketch_axis axis);

#endif
