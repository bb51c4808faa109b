/* Random numbers: fixed values, so that no change moves a schedule unseen; and
 * the right distributions. */
#include "base/rng.h"

#include "base/base.h"
#include "check.h"

#include <math.h>

/* Seeds of published schedules depend on these: never edit the numbers. */
static void values_are_fixed(void)
{
    struct rng r;
    rng_init(&r, 1, RNG_ARRIVAL, 0);
    CHECK(rng_u64(&r) == UINT64_C(0xee2709fd12257196));
    CHECK(rng_u64(&r) == UINT64_C(0xc5b12172e2061a66));
    CHECK(rng_hash(42, RNG_TEXT, 7) == UINT64_C(0x76426d333b3a9389));
}

static void log_and_exp_are_accurate(void)
{
    double worst_log = 0, worst_exp = 0;
    for (int i = 1; i < 200000; i++) {
        double x = i * 0.0137;
        if (fabs(log(x)) > 1e-3)
            worst_log = fmax(worst_log, fabs(rng_log(x) / log(x) - 1));
    }
    for (int i = -6000; i < 6000; i++)
        worst_exp = fmax(worst_exp, fabs(rng_exp(i * 0.1) / exp(i * 0.1) - 1));
    CHECK_NEAR(worst_log, 0, 1e-15);
    CHECK_NEAR(worst_exp, 0, 1e-15);
    CHECK(rng_log(1.0) == 0.0);
    CHECK(rng_exp(0.0) == 1.0);
}

static void normal_quantiles_are_tabulated(void)
{
    static const double rows[][2] = {
        {0.5, 0.0},
        {0.975, 1.959963984540054},
        {0.99, 2.3263478740408408},
        {1e-12, -7.034483825301131},
        {0.1, -1.2815515655446004},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_NEAR(rng_normal_quantile(rows[i][0]), rows[i][1], 1e-14);
}

struct moments {
    double mean, cv;
};

static struct moments measure(double (*draw)(struct rng *r, double shape), double shape)
{
    struct rng r;
    double sum = 0, squares = 0;
    enum { N = 400000 };
    rng_init(&r, 7, RNG_LENGTHS, (uint64_t)(shape * 100));
    for (int i = 0; i < N; i++) {
        double x = draw(&r, shape);
        sum += x;
        squares += x * x;
    }
    double mean = sum / N;
    return (struct moments){mean, sqrt(squares / N - mean * mean) / mean};
}

static double exponential(struct rng *r, double unused)
{
    (void)unused;
    return rng_exponential(r);
}

static void moments_are_right(void)
{
    static const double shapes[] = {0.1, 0.25, 0.9, 1.0, 4.0, 50.0};
    struct moments m = measure(exponential, 1);
    CHECK_NEAR(m.mean, 1, 0.01);
    CHECK_NEAR(m.cv, 1, 0.01);
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        m = measure(rng_gamma, shapes[i]);
        CHECK_NEAR(m.mean, 1, 0.02);
        CHECK_NEAR(m.cv, 1 / sqrt(shapes[i]), 0.03 / sqrt(shapes[i]));
    }
}

static void owners_are_even_and_complete(void)
{
    static const uint32_t shards[] = {1, 2, 3, 7, 100};
    for (size_t i = 0; i < ARRAY_LEN(shards); i++) {
        unsigned counts[100] = {0};
        enum { N = 100000 };
        for (uint64_t k = 0; k < N; k++)
            counts[rng_owner(3, k, shards[i])]++;
        double mean = (double)N / shards[i];
        for (uint32_t s = 0; s < shards[i]; s++)
            CHECK_NEAR(counts[s], mean, 6 * sqrt(mean) + 1);
    }
}

static void units_stay_open(void)
{
    struct rng r;
    rng_init(&r, 5, RNG_THINK, 1);
    for (int i = 0; i < 100000; i++) {
        double u = rng_unit(&r);
        CHECK(u > 0.0 && u < 1.0);
        CHECK(rng_below(&r, 3) < 3);
    }
}

int main(void)
{
    RUN(values_are_fixed);
    RUN(log_and_exp_are_accurate);
    RUN(normal_quantiles_are_tabulated);
    RUN(moments_are_right);
    RUN(owners_are_even_and_complete);
    RUN(units_stay_open);
    return check_report();
}
