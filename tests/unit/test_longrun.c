/* Series whose long-run variance is known: cosines, alternation, white noise,
 * an autoregression. */
#include "check.h"

#include "base/rng.h"
#include "stats/longrun.h"

#include <math.h>

#define PI 3.14159265358979323846
#define LENGTH 120

static double wave(size_t s)
{
    return cos(3 * PI * ((double)s + 0.5) / LENGTH);
}

static double alternation(size_t s)
{
    return s % 2 == 0 ? 1 : -1;
}

static double minute(size_t s)
{
    return sin(2 * PI * (double)s / 60);
}

static double level(size_t s)
{
    return s < LENGTH ? 7 : 0;
}

static void vectors(void)
{
    static const struct {
        const char *name;
        double (*term)(size_t s);
        unsigned nu;
        double variance;
    } rows[] = {
        {"third cosine", wave, 4, 1800},
        {"alternating", alternation, 4, 1.00085754},
        {"sine, nu 4", minute, 4, 1162.64820},
        {"sine, nu 8", minute, 8, 889.926611},
        {"a level is no variance", level, 4, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        double d[LENGTH];
        for (size_t s = 0; s < LENGTH; s++)
            d[s] = rows[i].term(s);
        CHECK_NEAR(longrun_variance(d, LENGTH, rows[i].nu), rows[i].variance,
                   1e-8 * rows[i].variance + 1e-20);
    }
}

static void degrees_of_freedom(void)
{
    static const struct {
        size_t slices;
        unsigned nu;
    } rows[] = {
        {1, 4},   {120, 4},  {179, 4},  {180, 5},
        {300, 8}, {600, 15}, {800, 20}, {86400, 20},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_INT(longrun_nu(rows[i].slices), rows[i].nu);
}

static void too_short_says_nothing(void)
{
    const double d[] = {1, -1, 1, -1};
    CHECK(isinf(longrun_variance(d, 4, 4)));
    CHECK(isfinite(longrun_variance(d, 4, 3)));
    CHECK(isinf(longrun_variance(d, 0, 4)));
}

/* The mean estimate over many series against Var(sum): n for white noise, and
 * n / (1 - a)^2 for the autoregression x = a x + e, less a few per cent at the ends. */
static void noise(void)
{
    enum { SERIES = 400, N = 600 };
    static const struct {
        const char *name;
        double a, expected;
    } rows[] = {{"white", 0, N}, {"coloured", 0.8, N * 25.0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct rng r;
        rng_init(&r, 42, RNG_JITTER, i);
        double mean = 0, lag = 0, d[N];
        for (int k = 0; k < SERIES; k++) {
            double x = 0;
            for (size_t s = 0; s < N; s++) {
                x = rows[i].a * x + rng_normal(&r);
                d[s] = x;
            }
            mean += longrun_variance(d, N, longrun_nu(N)) / SERIES;
            lag += longrun_lag1(d, N, 1) / SERIES;
        }
        CHECK_NEAR(mean / rows[i].expected, 1, 0.1);
        CHECK_NEAR(lag, rows[i].a, 0.02);
    }
}

static void lag_of_blocks(void)
{
    const double d[] = {1, 1, -1, -1, 1, 1, -1, -1};
    CHECK_NEAR(longrun_lag1(d, 8, 2), -0.75, 1e-12);
    CHECK_NEAR(longrun_lag1(d, 8, 4), 0, 0); /* two blocks are too few */
    const double same[] = {3, 3, 3, 3};
    CHECK_NEAR(longrun_lag1(same, 4, 1), 0, 0);
}

int main(void)
{
    RUN(vectors);
    RUN(degrees_of_freedom);
    RUN(too_short_says_nothing);
    RUN(noise);
    RUN(lag_of_blocks);
    return check_report();
}
