/* Tabulated values, computed with 40 digits by another program; and the laws that
 * tie cdf, tail and quantile together. */
#include "check.h"

#include "stats/distribution.h"

#include <math.h>

/* Relative, so that tails count as much as middles. */
#define CLOSE(actual, expected, digits)                                                \
    CHECK_NEAR(actual, expected, fabs(expected) * (digits))

static void normal_tails(void)
{
    static const struct {
        const char *name;
        double z, tail;
    } rows[] = {
        {"-3", -3, 0.99865010196836991},     {"0", 0, 0.5},
        {"0.5", 0.5, 0.3085375387259869},    {"5", 5, 2.8665157187919391e-7},
        {"10", 10, 7.6198530241605261e-24},  {"30", 30, 4.9067139271481871e-198},
        {"37", 37, 5.7255712225245768e-300},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(normal_tail(rows[i].z), rows[i].tail, 1e-12);
        CLOSE(normal_cdf(-rows[i].z), rows[i].tail, 1e-12);
    }
    CLOSE(normal_density(0), 0.39894228040143267794, 1e-15);
    CHECK_NEAR(normal_tail(HUGE_VAL), 0, 0);
}

static void normal_quantiles(void)
{
    static const struct {
        const char *name;
        double p, z;
    } rows[] = {
        {"0.45", 0.45, -0.12566134685507403},
        {"0.1", 0.1, -1.2815515655446005},
        {"0.05", 0.05, -1.6448536269514727},
        {"0.025", 0.025, -1.9599639845400542},
        {"0.01", 0.01, -2.3263478740408411},
        {"0.001", 0.001, -3.0902323061678135},
        {"1e-6", 1e-6, -4.7534243088228989},
        {"1e-20", 1e-20, -9.2623400897984076},
        {"1e-100", 1e-100, -21.273453560965324},
        {"1e-290", 1e-290, -36.420731673207999},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(normal_quantile(rows[i].p), rows[i].z, 1e-12);
        if (rows[i].p > 1e-7)
            CLOSE(normal_quantile(1 - rows[i].p), -rows[i].z, 1e-9);
    }
    check_row = NULL;
    CHECK_NEAR(normal_quantile(0.5), 0, 1e-15);
    CHECK(isinf(normal_quantile(0)) && normal_quantile(0) < 0);
    CHECK(isinf(normal_quantile(1)) && normal_quantile(1) > 0);
}

static void student_tails(void)
{
    static const struct {
        const char *name;
        double t, nu, tail;
    } rows[] = {
        {"Cauchy", 1, 1, 0.25},
        {"2.5, 4", 2.5, 4, 0.033383272405994073},
        {"3.3948, 15", 3.3948, 15, 0.0020001191427804501},
        {"far", 12, 20, 6.7977785129403396e-11},
        {"farther", 40, 4, 1.1670081613006343e-6},
        {"near 0", 0.001, 8, 0.49961330105154466},
        {"broken nu", 5, 2.5, 0.011725594985430924},
        {"0", 0, 7, 0.5},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(student_tail(rows[i].t, rows[i].nu), rows[i].tail, 1e-12);
        CLOSE(student_cdf(rows[i].t, rows[i].nu), 1 - rows[i].tail, 1e-12);
        CLOSE(student_cdf(-rows[i].t, rows[i].nu), rows[i].tail, 1e-12);
    }
    check_row = NULL;
    CHECK_NEAR(student_tail(HUGE_VAL, 4), 0, 0);
    CHECK_NEAR(student_tail(-HUGE_VAL, 4), 1, 0);
    CLOSE(student_tail(2, 1e7), normal_tail(2), 1e-6);
}

static void student_quantiles(void)
{
    static const double nu[] = {1, 2, 4, 8, 15, 20, 100};
    static const struct {
        const char *name;
        double p, t[ARRAY_LEN(nu)];
    } rows[] = {
        {"0.95",
         0.95,
         {6.3137515146750431, 2.9199855803537257, 2.1318467863266503,
          1.8595480375308984, 1.7530503556925735, 1.7247182429207873,
          1.6602343260853396}},
        {"0.99",
         0.99,
         {31.820515953773958, 6.9645567342832742, 3.7469473879791968,
          2.8964594477096223, 2.6024802950111233, 2.5279770027415735,
          2.3642173662384821}},
        {"0.998",
         0.998,
         {159.15284869128069, 15.763914552039668, 5.951372849088098, 3.9909503914655706,
          3.3948290317314601, 3.2511617556478283, 2.9464213525223461}},
        {"0.9995",
         0.9995,
         {636.61924876871962, 31.599054576443621, 8.6103015813792751,
          5.0413054333733674, 4.0727651959037917, 3.8495162749308272,
          3.3904913111642299}},
        {"0.55",
         0.55,
         {0.15838444032453629, 0.14213381090374029, 0.13383036711194336,
          0.12970727155471763, 0.12780625811073044, 0.12726695668460674,
          0.12598088204153967}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        for (size_t k = 0; k < ARRAY_LEN(nu); k++) {
            CLOSE(student_quantile(rows[i].p, nu[k]), rows[i].t[k], 1e-11);
            CLOSE(student_quantile(1 - rows[i].p, nu[k]), -rows[i].t[k], 1e-11);
        }
    }
    check_row = NULL;
    CHECK_NEAR(student_quantile(0.5, 4), 0, 0);
    CHECK(isinf(student_quantile(1, 4)));
    for (double p = 1e-280; p < 0.4; p *= 1e7)
        CLOSE(student_cdf(student_quantile(p, 4), 4), p, 1e-11);
}

static void beta_values(void)
{
    static const struct {
        const char *name;
        double x, a, b, cdf, tail;
    } rows[] = {
        {"small whole", 0.3, 2, 3, 0.3483, 0.6517},
        {"arcsine", 0.1, 0.5, 0.5, 0.20483276469913345, 0.79516723530086655},
        {"t with 8", 0.01, 4, 0.5, 2.7453813514248094e-9, 0.99999999725461865},
        {"right half", 0.9, 20, 1.5, 0.23412711029493314, 0.76587288970506686},
        {"middle", 0.5, 1000, 1000, 0.5, 0.5},
        {"off middle", 0.48, 1000, 1000, 0.036779483278639697, 0.9632205167213603},
        {"rare", 0.001, 13, 10001, 0.20958278584908718, 0.79041721415091282},
        {"far tail", 0.002, 3000, 1e6, 2.7789245806228856e-95, 1},
        {"large", 0.003, 3001, 1e6, 0.56049939177978949, 0.43950060822021051},
        {"left end", 0, 2, 3, 0, 1},
        {"right end", 1, 2, 3, 1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(beta_cdf(rows[i].x, rows[i].a, rows[i].b), rows[i].cdf, 1e-11);
        CLOSE(beta_tail(rows[i].x, rows[i].a, rows[i].b), rows[i].tail, 1e-11);
    }
}

static void beta_quantiles(void)
{
    static const struct {
        const char *name;
        double p, a, b, x;
    } rows[] = {
        {"0.05", 0.05, 2, 3, 0.09761146288641434},
        {"skewed", 0.975, 4, 0.5, 0.99986935362305585},
        {"tiny", 1e-20, 3, 7, 4.9193410970297285e-8},
        {"near 1", 0.99, 1000, 10, 0.99589672189290247},
        {"middle", 0.5, 0.5, 0.5, 0.5},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(beta_quantile(rows[i].p, rows[i].a, rows[i].b), rows[i].x, 1e-11);
    }
    check_row = "round trip";
    static const double shapes[] = {0.5, 1, 7.5, 300, 40000};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        for (size_t k = 0; k < ARRAY_LEN(shapes); k++)
            for (double p = 1e-120; p < 0.5; p *= 1e15) {
                double a = shapes[i], b = shapes[k], x = beta_quantile(p, a, b);
                if (x > 1e-300 && x < 0.5)
                    CLOSE(beta_cdf(x, a, b), p, 1e-9);
            }
}

static void binomial_values(void)
{
    static const struct {
        const char *name;
        double k, n, p, pmf, tail;
    } rows[] = {
        {"3 of 10", 3, 10, 0.25, 0.25028228759765625, 0.47440719604492187},
        {"none", 0, 600, 0.005, 0.049413822110038711, 1},
        {"36 of 7000", 36, 7000, 0.005, 0.065568615652982839, 0.4552078571737633},
        {"30 of 6000", 30, 6000, 0.001, 1.9738041871611794e-12, 2.4409292654948506e-12},
        {"half", 5000, 10000, 0.5, 0.0079786461393821538, 0.50398932306969108},
        {"million", 1000, 1e6, 9e-4, 5.9003158310885302e-5, 0.00054697360076492646},
        {"all", 7, 7, 0.3, 0.0002187, 0.0002187},
        {"below", -1, 7, 0.3, 0, 1},
        {"above", 8, 7, 0.3, 0, 0},
        {"never", 3, 7, 0, 0, 0},
        {"always", 7, 7, 1, 1, 1},
        {"no trial", 0, 0, 0.3, 1, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CLOSE(binomial_pmf(rows[i].k, rows[i].n, rows[i].p), rows[i].pmf, 1e-11);
        CLOSE(binomial_tail(rows[i].k, rows[i].n, rows[i].p), rows[i].tail, 1e-11);
    }
}

static void gamma_values(void)
{
    CLOSE(log_gamma(0.5), 0.57236494292470009, 1e-14);
    CLOSE(log_gamma(100.5), 361.43554046777762, 1e-14);
    CLOSE(log_beta(0.5, 0.5), 1.1447298858494002, 1e-14);
    CLOSE(log_beta(13, 3), -7.2189097076190601, 1e-14);
    CLOSE(log_beta(1e5, 2e5), -190958.88527911685, 1e-14);
    CLOSE(log_beta(1e6, 0.5), -6.335390211057437, 1e-13);
    CLOSE(log_beta(0.5, 1e6), -6.335390211057437, 1e-13);
}

int main(void)
{
    RUN(normal_tails);
    RUN(normal_quantiles);
    RUN(student_tails);
    RUN(student_quantiles);
    RUN(beta_values);
    RUN(beta_quantiles);
    RUN(binomial_values);
    RUN(gamma_values);
    return check_report();
}
