/* Published vectors, and the promise itself: looking often at nothing seldom
 * proves anything. Holm's rule and the advice on extra time are here too. */
#include "check.h"

#include "base/rng.h"
#include "stats/distribution.h"
#include "stats/extra.h"
#include "stats/holm.h"
#include "stats/sequential.h"

#include <math.h>

#define CLOSE(actual, expected, digits)                                                \
    CHECK_NEAR(actual, expected, fabs(expected) * (digits))

static void thresholds(void)
{
    static const double v[] = {0.1, 0.2, 0.3, 0.5, 0.75, 1};
    static const struct {
        const char *name;
        double alpha, z[ARRAY_LEN(v)];
    } rows[] = {
        {"0.01",
         0.01,
         {3.658917871591, 3.434284335314, 3.3764262968, 3.353454615362, 3.362191224101,
          3.378326981565}},
        {"0.05",
         0.05,
         {3.121352497688, 2.864584379954, 2.79557277268, 2.766070883067, 2.774497239025,
          2.792418441335}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        for (size_t k = 0; k < ARRAY_LEN(v); k++) {
            double z = mixture_threshold(v[k], rows[i].alpha);
            CLOSE(z, rows[i].z[k], 1e-11);
            CHECK(mixture_is_proven(normal_tail(z + 1e-6), v[k], rows[i].alpha));
            CHECK(!mixture_is_proven(normal_tail(z - 1e-6), v[k], rows[i].alpha));
        }
    }
}

static void extremes(void)
{
    CHECK(mixture_is_proven(0, 0.1, 0.01));
    CHECK(mixture_is_proven(1e-300, 0.1, 0.01));
    CHECK(!mixture_is_proven(1, 0.5, 0.01));
    CHECK(!mixture_is_proven(0.5, 1, 0.01));
}

static void spending(void)
{
    static const double parts[] = {0.0029539452912, 0.00227742634491, 0.00185375903251,
                                   0.00156326658301, 0.00135160274837};
    double sum = 0;
    for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
        double part = spending_increment((double)k / 5, (double)(k + 1) / 5, 0.01);
        CLOSE(part, parts[k], 1e-11);
        sum += part;
    }
    CLOSE(sum, 0.01, 1e-12);
}

static void bad_seconds(void)
{
    static const struct {
        const char *name;
        uint64_t canary, baseline;
        double theta, e;
    } rows[] = {
        {"12 to 2", 12, 2, 0.5, 23.9172161172161},
        {"10 to 0", 10, 0, 0.5, 186.090909090909},
        {"7 to 0", 7, 0, 0.5, 31.875},
        {"90/10", 6, 5, 0.1, 339.390692640693},
        {"30 to 20", 30, 20, 0.5, 0.861535547340615},
        {"400 to 300", 400, 300, 0.5, 121.425856408647},
        {"none", 0, 0, 0.5, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(exp(bad_seconds_log_e(rows[i].canary, rows[i].baseline, rows[i].theta)),
              rows[i].e, 1e-11);
    }
    check_row = NULL;
    CHECK(bad_seconds_log_e(80000, 100, 0.5) > 1000);
    CHECK(bad_seconds_log_e(100, 80000, 0.5) < 0);
}

/* Coin flips, looked at after each: at most 5 % may ever reach 20, and a coin that
 * shows the canary four times out of five must get there. */
static double share_proven(double theta, int coins, int runs)
{
    int proven = 0;
    struct rng r;
    rng_init(&r, 7, RNG_JITTER, 0);
    for (int k = 0; k < runs; k++) {
        uint64_t canary = 0, baseline = 0;
        bool is_proven = false;
        for (int i = 0; i < coins && !is_proven; i++) {
            if (rng_unit(&r) < theta)
                canary++;
            else
                baseline++;
            is_proven = bad_seconds_log_e(canary, baseline, 0.5) >= log(20);
        }
        proven += is_proven;
    }
    return (double)proven / runs;
}

static void any_time(void)
{
    CHECK(share_proven(0.5, 100, 1000) <= 0.05);
    CHECK(share_proven(0.8, 100, 200) >= 0.99);
}

/* A Brownian motion looked at every 5 % of the plan from 10 % on. */
static double share_crossed(double drift, double alpha, int runs)
{
    int crossed = 0;
    struct rng r;
    rng_init(&r, 8, RNG_JITTER, 0);
    for (int k = 0; k < runs; k++) {
        double w = 0;
        bool is_proven = false;
        for (int look = 1; look <= 20; look++) {
            double v = look / 20.0;
            w += sqrt(0.05) * rng_normal(&r) + 0.05 * drift;
            if (look >= 2 && mixture_is_proven(normal_tail(w / sqrt(v)), v, alpha))
                is_proven = true;
        }
        crossed += is_proven;
    }
    return (double)crossed / runs;
}

static void looking_often(void)
{
    CHECK(share_crossed(0, 0.05, 2000) <= 0.05);
    CHECK(share_crossed(0, 0.05, 2000) > 0.005); /* but it is no empty promise */
    CHECK(share_crossed(5, 0.05, 500) >= 0.95);
}

static void holm_rows(void)
{
    static const struct {
        const char *name;
        size_t n;
        double p[4];
        bool is_rejected[4];
    } rows[] = {
        {"none", 3, {0.5, 0.3, 0.02}, {false, false, false}},
        {"all", 3, {0.016, 0.05, 0.024}, {true, true, true}},
        {"the first only", 3, {0.03, 0.01, 0.9}, {false, true, false}},
        {"a gap stops it",
         4,
         {0.0125, 0.017, 0.0171, 0.0001},
         {true, true, true, true}},
        {"stopped", 4, {0.02, 0.02, 0.02, 0.0001}, {false, false, false, true}},
        {"one", 1, {0.05}, {true}},
        {"no p is a number", 2, {1, 1}, {false, false}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct holm out[4];
        holm(rows[i].p, rows[i].n, 0.05, out);
        for (size_t k = 0; k < rows[i].n; k++)
            CHECK_INT(out[k].is_rejected, rows[i].is_rejected[k]);
    }
    check_row = NULL;
    struct holm out[3];
    const double ties[] = {0.01, 0.01, 0.001};
    holm(ties, 3, 0.06, out);
    CLOSE(out[2].threshold, 0.02, 1e-15);
    CLOSE(out[0].threshold, 0.03, 1e-15);
    CLOSE(out[1].threshold, 0.06, 1e-15);
}

static void extra_time(void)
{
    /* By hand: no estimated change, 10 % margin, SE 5 %:
     * 120 (2.487 * 0.05 / 0.0953102)^2 = 204.27, hence 90 s more. */
    const struct extra_metric even = {0, log(1.1), 0.05};
    CLOSE(extra_total_s(120, &even), 204.265, 1e-5);
    CHECK_NEAR(extra_seconds(120, &even, 1), 90, 0);
    /* Estimate beyond the margin: NO-GO is nearer. 120 (3.418 * 0.1 / 0.2)^2 */
    const struct extra_metric worse = {0.2, log(1.1), 0.1};
    CLOSE(extra_total_s(120, &worse), 120 * 1.709 * 1.709, 1e-12);
    /* Half of a small rise is credited to chance: 120 (2.487 * 0.02 / 0.07031)^2 */
    const struct extra_metric within = {0.05, log(1.1), 0.03};
    CLOSE(extra_total_s(120, &within), 120 * 1.1260500, 1e-6);
    const struct extra_metric both[] = {even, worse};
    CHECK_NEAR(extra_seconds(120, both, 2), 240, 0);
    const struct extra_metric sure = {0, log(1.1), 0.001};
    CHECK_NEAR(extra_seconds(120, &sure, 1), 0, 0);
    const struct extra_metric unknown = {0, log(1.1), HUGE_VAL};
    CHECK(isinf(extra_seconds(120, &unknown, 1)));
    CHECK_NEAR(extra_seconds(120, NULL, 0), 0, 0);
}

int main(void)
{
    RUN(thresholds);
    RUN(extremes);
    RUN(spending);
    RUN(bad_seconds);
    RUN(any_time);
    RUN(looking_often);
    RUN(holm_rows);
    RUN(extra_time);
    return check_report();
}
