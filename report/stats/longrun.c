/*
 * Equal-weighted-cosine long-run variance: the projections of the series on the
 * nu slowest cosines all estimate its spectrum at frequency zero, hence the
 * variance of its sum, and are nearly independent. The cosines of one slice come
 * from the first by Chebyshev's recurrence cos((j+1) w) = 2 cos w cos(j w) -
 * cos((j-1) w): one call of cos per slice.
 */
#include "stats/longrun.h"

#include <math.h>

#define SECONDS_PER_DEGREE 40
#define NU_MIN 4
#define NU_MAX 20
#define PI 3.14159265358979323846

unsigned longrun_nu(size_t slices)
{
    size_t nu = (slices + SECONDS_PER_DEGREE / 2) / SECONDS_PER_DEGREE;
    if (nu < NU_MIN)
        return NU_MIN;
    return nu > NU_MAX ? NU_MAX : (unsigned)nu;
}

/* Adds value * cos(j * angle) to sums[j - 1], j = 1..nu. */
static void project(double *sums, unsigned nu, double value, double angle)
{
    double c = cos(angle), before = 1, now = c;
    for (unsigned j = 0; j < nu; j++) {
        sums[j] += value * now;
        double next = 2 * c * now - before;
        before = now;
        now = next;
    }
}

double longrun_variance(const double *d, size_t n, unsigned nu)
{
    assert(nu >= 1 && nu <= NU_MAX);
    if (n <= nu)
        return HUGE_VAL;
    double sums[NU_MAX] = {0};
    for (size_t s = 0; s < n; s++)
        project(sums, nu, d[s], PI * ((double)s + 0.5) / (double)n);
    double squares = 0;
    for (unsigned j = 0; j < nu; j++)
        squares += 2 * sums[j] * sums[j];
    return squares / nu;
}

static double block_sum(const double *d, size_t index, size_t block)
{
    double sum = 0;
    for (size_t s = index * block; s < (index + 1) * block; s++)
        sum += d[s];
    return sum;
}

double longrun_lag1(const double *d, size_t n, size_t block)
{
    assert(block > 0);
    size_t blocks = n / block;
    if (blocks < 3)
        return 0;
    double mean = 0;
    for (size_t k = 0; k < blocks; k++)
        mean += block_sum(d, k, block) / (double)blocks;
    double squares = 0, products = 0, before = 0;
    for (size_t k = 0; k < blocks; k++) {
        double now = block_sum(d, k, block) - mean;
        squares += now * now;
        products += now * before;
        before = now;
    }
    return squares > 0 ? products / squares : 0;
}
