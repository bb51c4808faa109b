/*
 * The variance of a sum over a series whose terms depend on each other: the
 * equal-weighted-cosine estimator (Lazarus, Lewis, Stock and Watson, 2018), with
 * the degrees of freedom that make it a Student t.
 */
#ifndef GUST_LONGRUN_H
#define GUST_LONGRUN_H

#include "base/base.h"

/* Degrees of freedom for a run of so many one-second slices: one per 40 s, at
 * least 4 and at most 20. Correlation up to twice the run over them is seen. */
unsigned longrun_nu(size_t slices);

/* Estimates Var(d[0] + ... + d[n - 1]) from the nu slowest cosines; a mean or a
 * trend-free level in d does no harm. Infinite when n <= nu: no information. */
double longrun_variance(const double *d, size_t n, unsigned nu);

/* Lag-1 autocorrelation of the sums of whole blocks of so many terms, -1..1; 0
 * with fewer than 3 blocks or when nothing varies. */
double longrun_lag1(const double *d, size_t n, size_t block);

#endif
