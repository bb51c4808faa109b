/*
 * An arm: a window of a slice series, ready to be asked for its distribution
 * function, its quantiles, and what each slice contributes to them.
 *
 * The merged counts are kept, so that a share costs a few additions; only the
 * influence of the slices walks through the series.
 */
#ifndef GUST_ARM_H
#define GUST_ARM_H

#include "stats/strata.h"

struct arm;

/* The slices first..first + count - 1 of a sealed series, weighed by strata. Both
 * are borrowed for the life of the arm; strata NULL: everything is one group. */
struct arm *arm_new(const struct slices *series, size_t first, size_t count,
                    const struct strata *strata);
void arm_free(struct arm *a); /* NULL is fine */

size_t arm_slices(const struct arm *a);
uint64_t arm_requests(const struct arm *a);

/* F(x): the share of all requests with a value up to x, 0..1; requests without a
 * value never count. 0 for an arm without requests. */
double arm_share(const struct arm *a, double value_us);

/* The least value with F >= p, 0 < p < 1; infinite when the requests without a
 * value leave no such value. */
double arm_quantile(const struct arm *a, double p);

/* out[arm_slices]: what each slice adds to F(x) beyond its fair part. Adds up to
 * 0: (values up to x - F * requests) / all requests. */
void arm_influence(const struct arm *a, double value_us, double *out);

/* Range and fineness of the search for a value, as a logarithm of microseconds:
 * from far below the smallest to far above the greatest. */
#define ARM_LOG_LOW (-7.0)
#define ARM_LOG_HIGH 33.0
#define ARM_STEPS 45

#endif
