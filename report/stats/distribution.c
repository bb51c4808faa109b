/*
 * Distribution functions from two formulas.
 *
 * The beta integral is a continued fraction (DLMF 8.17.22) times the kernel
 * x^a y^b / B(a, b). The kernel is where digits are lost for large a and b, so it
 * is written as a deviance (Loader, "Fast and accurate computation of binomial
 * probabilities", 2000): Stirling's formula taken out of the gamma functions
 * leaves small corrections, and what remains vanishes at the mode. Student's t
 * and the binomial are the same integral. x and y = 1 - x always travel together.
 *
 * Inverses are Newton's method on the logarithm. The logarithm of the
 * distribution function of a log-concave density is concave, and the normal, and
 * the beta on the logit scale, are log-concave: from the left of the root Newton
 * climbs without overshooting, and from anywhere its first step lands left of it.
 */
#include "stats/distribution.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#define TWO_PI 6.283185307179586476925
#define STEPS_MAX 200
#define FRACTION_MAX 100000

double log_gamma(double z)
{
    assert(z > 0);
    int sign;
    return lgamma_r(z, &sign);
}

/* What Stirling's formula lacks: ln G(z) - ((z - 1/2) ln z - z + ln(2 pi) / 2).
 * The series is DLMF 5.11.1; at 16 its first term left out is 1e-16. */
static double stirling_error(double z)
{
    if (z < 16)
        return log_gamma(z) - ((z - 0.5) * log(z) - z + 0.5 * log(TWO_PI));
    double w = 1 / (z * z);
    double sum = 1.0 / 1188;
    sum = sum * w - 1.0 / 1680;
    sum = sum * w + 1.0 / 1260;
    sum = sum * w - 1.0 / 360;
    sum = sum * w + 1.0 / 12;
    return sum / z;
}

double log_beta(double a, double b)
{
    assert(a > 0 && b > 0);
    double n = a + b;
    double errors = stirling_error(a) + stirling_error(b) - stirling_error(n);
    return 0.5 * log(TWO_PI * n / a / b) + errors - a * log1p(b / a) - b * log1p(a / b);
}

/* k ln(k / mean) + mean - k: how far k lies from its mean, in nats. Near the mean
 * a series for u - ln(1 + u), lest it cancel. */
static double deviance(double k, double mean)
{
    double u = (mean - k) / k;
    if (fabs(u) > 0.1)
        return k * (u - log(mean / k));
    double power = u * u, sum = 0;
    for (int i = 2; i < 24; i++) {
        sum += power / i;
        power *= -u;
    }
    return k * sum;
}

/* x^a y^b / B(a, b), which is also the density on the logit scale. */
static double beta_kernel(double a, double b, double x, double y)
{
    double n = a + b;
    double errors = stirling_error(n) - stirling_error(a) - stirling_error(b);
    double apart = deviance(a, n * x) + deviance(b, n * y);
    return sqrt(a / n * b / TWO_PI) * exp(errors - apart);
}

/* Lentz's evaluation keeps the ratios of successive numerators and denominators
 * away from zero by this. */
static double away_from_zero(double value)
{
    return fabs(value) < DBL_MIN ? DBL_MIN : value;
}

/* Coefficient number i of the continued fraction. */
static double beta_coefficient(double a, double b, double x, int i)
{
    int half = i / 2;
    double m = half;
    if (i % 2 == 0)
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

static double beta_fraction(double a, double b, double x)
{
    double value = 1, upper = 1, lower = 0;
    for (int i = 1; i < FRACTION_MAX; i++) {
        double d = beta_coefficient(a, b, x, i);
        lower = 1 / away_from_zero(1 + d * lower);
        upper = away_from_zero(1 + d / upper);
        value *= upper * lower;
        if (fabs(upper * lower - 1) < DBL_EPSILON)
            break;
    }
    return 1 / value;
}

/* I_x(a, b) with y = 1 - x; the fraction converges fast left of the mean. */
static double beta_integral(double a, double b, double x, double y)
{
    assert(a > 0 && b > 0);
    if (!(x > 0))
        return 0;
    if (!(y > 0))
        return 1;
    if (x <= (a + 1) / (a + b + 2))
        return beta_kernel(a, b, x, y) * beta_fraction(a, b, x) / a;
    return 1 - beta_kernel(b, a, y, x) * beta_fraction(b, a, y) / b;
}

double beta_cdf(double x, double a, double b)
{
    return beta_integral(a, b, x, 1 - x);
}

double beta_tail(double x, double a, double b)
{
    return beta_integral(b, a, 1 - x, x);
}

/* The logit s at which the lower tail is p and the upper tail q = 1 - p. */
static double beta_logit(double p, double q, double a, double b)
{
    if (p > q)
        return -beta_logit(q, p, b, a);
    /* ln I(s) lies below its asymptote a s - ln(a B), hence the root right of it. */
    double low = (log(p) + log(a) + log_beta(a, b)) / a, high = HUGE_VAL;
    double s = fmax(log(a / b), low);
    for (int i = 0; i < STEPS_MAX; i++) {
        double x = 1 / (1 + exp(-s)), y = 1 / (1 + exp(s));
        double share = beta_integral(a, b, x, y);
        if (share < p)
            low = s;
        else
            high = s;
        double slope = beta_kernel(a, b, x, y) / share;
        double next = s - log(share / p) / slope;
        if (!(next >= low && next <= high))
            next = isinf(high) ? s + 1 : low + (high - low) / 2;
        bool is_close = fabs(next - s) <= 4 * DBL_EPSILON * fmax(1, fabs(s));
        s = next;
        if (is_close)
            break;
    }
    return s;
}

double beta_quantile(double p, double a, double b)
{
    assert(p >= 0 && p <= 1);
    if (p <= 0 || p >= 1)
        return p;
    return 1 / (1 + exp(-beta_logit(p, 1 - p, a, b)));
}

double normal_density(double z)
{
    return exp(-z * z / 2) / sqrt(TWO_PI);
}

double normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

double normal_tail(double z)
{
    return normal_cdf(-z);
}

double normal_quantile(double p)
{
    assert(p >= 0 && p <= 1);
    if (p > 0.5)
        return -normal_quantile(1 - p);
    if (p <= 0)
        return -HUGE_VAL;
    /* Left of the root, because P(Z <= -z) <= exp(-z^2 / 2) / 2. */
    double z = -sqrt(-2 * log(p));
    for (int i = 0; i < STEPS_MAX; i++) {
        double share = normal_cdf(z);
        double step = log(share / p) * share / normal_density(z);
        z -= step;
        if (!(fabs(step) > 4 * DBL_EPSILON * fmax(1, fabs(z))))
            break;
    }
    return z;
}

double student_tail(double t, double nu)
{
    assert(nu > 0);
    double r = t * t / nu;
    double tail = beta_integral(nu / 2, 0.5, 1 / (1 + r), 1 / (1 + 1 / r)) / 2;
    return t >= 0 ? tail : 1 - tail;
}

double student_cdf(double t, double nu)
{
    return student_tail(-t, nu);
}

double student_quantile(double p, double nu)
{
    assert(p >= 0 && p <= 1 && nu > 0);
    if (p > 0.5)
        return -student_quantile(1 - p, nu);
    if (p <= 0)
        return -HUGE_VAL;
    if (p >= 0.5)
        return 0;
    return -sqrt(nu * exp(-beta_logit(2 * p, 1 - 2 * p, nu / 2, 0.5)));
}

double binomial_pmf(double k, double n, double p)
{
    assert(n >= 0 && p >= 0 && p <= 1);
    if (k < 0 || k > n)
        return 0;
    if (k <= 0)
        return p < 1 ? exp(n * log1p(-p)) : n <= 0;
    if (k >= n)
        return pow(p, n);
    if (p <= 0 || p >= 1)
        return 0;
    return beta_kernel(k, n - k, p, 1 - p) * (n / k / (n - k));
}

double binomial_tail(double k, double n, double p)
{
    assert(n >= 0 && p >= 0 && p <= 1);
    if (k <= 0)
        return 1;
    if (k > n)
        return 0;
    return beta_integral(k, n - k + 1, p, 1 - p);
}
