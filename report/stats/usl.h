/*
 * The universal scalability law (Gunther, Guerrilla Capacity Planning, 2007): how
 * throughput grows with concurrency where work queues for something shared (sigma)
 * and has to agree with all other work (kappa).
 *
 *   X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 * Fitted by least squares of X. Informative: the law knows nothing of objectives, and
 * a server with a fixed number of slots does not follow it beyond them.
 */
#ifndef GUST_USL_H
#define GUST_USL_H

#include "base/base.h"

#include <stdbool.h>

#define USL_POINTS_LEAST 6 /* of different concurrency: fewer say little */

/* Measured: throughput x > 0 with n > 0 in flight in the mean. */
struct usl_point {
    double n, x;
};

/* lambda > 0, sigma >= 0, kappa >= 0. */
struct usl {
    double lambda, sigma, kappa;
    double peak;          /* concurrency of the most throughput; infinite: none */
    double error;         /* root mean square of (fitted - measured) / measured */
    double n_low, n_high; /* fitted between these; beyond is extrapolation */
};

/* False: fewer than USL_POINTS_LEAST points differ in n by 2 % or more, or a number
 * among them is not positive and finite. Deterministic. */
bool usl_fit(const struct usl_point *points, size_t count, struct usl *out);

double usl_throughput(const struct usl *u, double n);

#endif
