/*
 * Distribution functions and their inverses: normal, beta, Student's t and
 * binomial. Both tails are offered, so that a small probability keeps its
 * digits: never write 1 - cdf.
 *
 * Pure, any thread. For parameters up to 1e6 the relative error is below 1e-11, in
 * tails beyond 1e-100 below 1e-9 (tests/unit/test_distribution.c).
 */
#ifndef GUST_DISTRIBUTION_H
#define GUST_DISTRIBUTION_H

#include "base/base.h"

/* ln of the gamma function, z > 0. */
double log_gamma(double z);
/* ln of the beta function, a > 0, b > 0. */
double log_beta(double a, double b);

/* Standard normal: density, P(Z <= z), P(Z > z), and the z with P(Z <= z) = p,
 * infinite at p = 0 and 1. p in 0..1. */
double normal_density(double z);
double normal_cdf(double z);
double normal_tail(double z);
double normal_quantile(double p);

/* Beta(a, b), a > 0, b > 0, on 0..1: the regularised incomplete beta function
 * I_x(a, b) = P(X <= x), its complement, and the x with I_x = p. */
double beta_cdf(double x, double a, double b);
double beta_tail(double x, double a, double b);
double beta_quantile(double p, double a, double b);

/* Student's t with nu > 0 degrees of freedom: P(T <= t), P(T > t), quantile. */
double student_cdf(double t, double nu);
double student_tail(double t, double nu);
double student_quantile(double p, double nu);

/* Binomial(n, p): P(X = k) and P(X >= k). Counts are whole numbers below 2^53,
 * carried as double; k outside 0..n has probability 0. */
double binomial_pmf(double k, double n, double p);
double binomial_tail(double k, double n, double p);

#endif
