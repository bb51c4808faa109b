/*
 * Random numbers that are the same on every machine; see rng.h.
 *
 * Only + - * / and sqrt touch a double here, which IEEE 754 rounds the same
 * everywhere; fused multiply-add is switched off by -ffp-contract=off.
 */
#include "base/rng.h"

#include "base/base.h"

#include <math.h>
#include <string.h>

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

uint64_t rng_hash(uint64_t seed, enum rng_purpose purpose, uint64_t number)
{
    uint64_t h = mix(seed + GOLDEN);
    h = mix(h ^ ((uint64_t)purpose + 1) * UINT64_C(0xd1342543de82ef95));
    return mix(h + (number + 1) * GOLDEN);
}

void rng_init(struct rng *r, uint64_t seed, enum rng_purpose purpose, uint64_t number)
{
    uint64_t z = rng_hash(seed, purpose, number);
    for (size_t i = 0; i < ARRAY_LEN(r->state); i++)
        r->state[i] = mix(z += GOLDEN);
}

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t rng_u64(struct rng *r)
{
    uint64_t *s = r->state;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static uint64_t mul_high(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)a * b) >> 64);
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
    assert(bound >= 1);
    /* bias below bound / 2^64: invisible at any bound a load test has */
    return mul_high(rng_u64(r), bound);
}

double rng_unit(struct rng *r)
{
    /* the middle of one of 2^52 equal cells: never 0, never 1 */
    return ((double)(rng_u64(r) >> 12) + 0.5) * 0x1p-52;
}

double rng_exponential(struct rng *r)
{
    return -rng_log(rng_unit(r));
}

double rng_normal(struct rng *r)
{
    return rng_normal_quantile(rng_unit(r));
}

/* Marsaglia and Tsang for shape >= 1; below 1 by the boost U^(1/shape). */
static double gamma_at_least_one(struct rng *r, double shape)
{
    double d = shape - 1.0 / 3.0;
    double c = 1.0 / sqrt(9.0 * d);
    for (;;) {
        double x = rng_normal(r);
        double v = 1.0 + c * x;
        if (v <= 0.0)
            continue;
        v = v * v * v;
        if (rng_log(rng_unit(r)) < 0.5 * x * x + d - d * v + d * rng_log(v))
            return d * v;
    }
}

double rng_gamma(struct rng *r, double shape)
{
    assert(shape > 0.0);
    if (shape >= 1.0)
        return gamma_at_least_one(r, shape) / shape;
    double g = gamma_at_least_one(r, shape + 1.0);
    return g * rng_exp(rng_log(rng_unit(r)) / shape) / shape;
}

uint32_t rng_owner(uint64_t seed, uint64_t number, uint32_t shards)
{
    assert(shards >= 1);
    return (uint32_t)mul_high(rng_hash(seed, RNG_OWNER, number), shards);
}

#define LN2_HIGH 6.93147180369123816490e-01 /* 32 leading bits: k * it is exact */
#define LN2_LOW 1.90821492927058770002e-10

/* log(m * 2^k) = k ln 2 + 2 atanh(s), s = (m-1)/(m+1), m in [1/sqrt2, sqrt2):
 * |s| <= 0.1716, and eleven terms of the series leave an error below 1 ulp. */
double rng_log(double x)
{
    assert(x > 0.0);
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    assert(bits >> 52 != 0 && bits >> 52 < 0x7ff); /* normal and finite */
    int k = (int)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        k++;
    }
    double s = (m - 1.0) / (m + 1.0);
    double z = s * s;
    double sum = 0.0;
    for (int n = 21; n >= 3; n -= 2)
        sum = (sum + 1.0 / n) * z;
    return k * LN2_HIGH + (2.0 * s * (1.0 + sum) + k * LN2_LOW);
}

/* exp(x) = 2^k exp(r), |r| <= ln2/2, by the Taylor series to r^14. */
double rng_exp(double x)
{
    if (x < -700.0)
        return 0.0;
    assert(x < 700.0);
    double scaled = x * 1.4426950408889634;
    int k = (int)(scaled < 0.0 ? scaled - 0.5 : scaled + 0.5);
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double sum = 1.0;
    for (int n = 14; n >= 1; n--)
        sum = 1.0 + sum * r / n;
    return ldexp(sum, k);
}

static double ratio(const double *top, const double *bottom, double r)
{
    double a = top[7], b = bottom[7];
    for (int i = 6; i >= 0; i--) {
        a = a * r + top[i];
        b = b * r + bottom[i];
    }
    return a / b;
}

/* Algorithm AS 241, PPND16 (Wichura 1988): about 1e-16 relative. */
double rng_normal_quantile(double p)
{
    static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                               1.9715909503065514427e3, 1.3731693765509461125e4,
                               4.5921953931549871457e4, 6.7265770927008700853e4,
                               3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[] = {1.0,
                               4.2313330701600911252e1,
                               6.8718700749205790830e2,
                               5.3941960214247511077e3,
                               2.1213794301586595867e4,
                               3.9307895800092710610e4,
                               2.8729085735721942674e4,
                               5.2264952788528545610e3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    assert(p > 0.0 && p < 1.0);
    double q = p - 0.5;
    if (fabs(q) <= 0.425)
        return q * ratio(a, b, 0.180625 - q * q);
    double r = sqrt(-rng_log(q < 0.0 ? p : 1.0 - p));
    double x = r <= 5.0 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5.0);
    return q < 0.0 ? -x : x;
}
