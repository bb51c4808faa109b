/* The law fitted to published measurements, and to laws that were put in. */
#include "check.h"
#include "stats/usl.h"

#include <math.h>

/* Throughput of a Cisco server at 1 .. 32 in flight, from Schwartz, Practical
 * Scalability Analysis with the Universal Scalability Law, 2015; there: lambda 995.65,
 * sigma 0.0267, kappa 0.000769. */
static const double cisco[] = {
    955.16,   1878.91,  2688.01,  3548.68,  4315.54,  5130.43,  5931.37, 6531.08,
    7219.8,   7867.61,  8278.71,  8646.7,   9047.84,  9426.55,  9645.37, 9897.24,
    10097.6,  10240.5,  10532.39, 10798.52, 11151.43, 11518.63, 11806,   12089.37,
    12075.41, 12177.29, 12211.41, 12158.93, 12155.27, 12118.04, 12140.4, 12074.39,
};

/* SPEC SDM91 on a SPARCcenter 2000, as in the R package usl; there: lambda 90.0,
 * sigma 0.0277, kappa 0.000104, peak at 96.5. */
static const struct usl_point sdm91[] = {{1, 64.9},    {18, 995.9},   {36, 1652.4},
                                         {72, 1853.2}, {108, 1828.9}, {144, 1775.0},
                                         {216, 1702.2}};

static void it_finds_what_the_literature_finds(void)
{
    struct usl_point points[ARRAY_LEN(cisco)];
    struct usl u;
    for (size_t i = 0; i < ARRAY_LEN(cisco); i++)
        points[i] = (struct usl_point){(double)i + 1, cisco[i]};
    CHECK(usl_fit(points, ARRAY_LEN(points), &u));
    CHECK_NEAR(u.lambda, 995.6486, 0.001);
    CHECK_NEAR(u.sigma, 0.02671591, 1e-7);
    CHECK_NEAR(u.kappa, 0.0007690945, 1e-9);
    CHECK_NEAR(u.peak, 35.57, 0.01);
    CHECK_NEAR(usl_throughput(&u, 35), 12341.745, 0.01);
    CHECK(usl_fit(sdm91, ARRAY_LEN(sdm91), &u));
    CHECK_NEAR(u.sigma, 0.02773, 1e-5);
    CHECK_NEAR(u.kappa, 0.0001044, 1e-7);
    CHECK_NEAR(u.peak, 96.52, 0.05);
}

static void a_law_comes_back(void)
{
    static const struct {
        const char *name;
        double lambda, sigma, kappa;
    } rows[] = {
        {"both", 3, 0.05, 0.001},
        {"queues only", 0.7, 0.2, 0},
        {"agrees only", 1000, 0, 0.0005},
        {"linear", 40, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct usl law = {
            .lambda = rows[i].lambda, .sigma = rows[i].sigma, .kappa = rows[i].kappa};
        struct usl_point points[8];
        struct usl u;
        check_row = rows[i].name;
        for (size_t k = 0; k < ARRAY_LEN(points); k++) {
            points[k].n = 0.5 * pow(2, (double)k);
            points[k].x = usl_throughput(&law, points[k].n);
        }
        CHECK(usl_fit(points, ARRAY_LEN(points), &u));
        CHECK_NEAR(u.lambda / law.lambda, 1, 1e-5);
        CHECK_NEAR(u.sigma, law.sigma, 1e-5);
        CHECK_NEAR(u.kappa, law.kappa, 1e-6);
        CHECK_NEAR(u.error, 0, 1e-4);
        CHECK_NEAR(u.n_high, 64, 0);
    }
}

/* More than linear growth is no reason for a negative sigma. */
static void it_is_never_negative(void)
{
    struct usl_point points[8];
    struct usl u;
    for (size_t k = 0; k < ARRAY_LEN(points); k++)
        points[k] = (struct usl_point){(double)k + 1, pow((double)k + 1, 1.2)};
    CHECK(usl_fit(points, ARRAY_LEN(points), &u));
    CHECK(u.sigma >= 0 && u.kappa >= 0 && isinf(u.peak));
}

static void too_little_is_no_fit(void)
{
    struct usl_point points[8];
    struct usl u;
    for (size_t k = 0; k < ARRAY_LEN(points); k++)
        points[k] = (struct usl_point){(double)(k % 5) + 1, 1 + (double)(k % 5)};
    CHECK(!usl_fit(points, ARRAY_LEN(points), &u));
    CHECK(!usl_fit(points, 0, &u));
    for (size_t k = 0; k < ARRAY_LEN(points); k++)
        points[k] = (struct usl_point){(double)k + 1, k == 3 ? (double)NAN : 1};
    CHECK(!usl_fit(points, ARRAY_LEN(points), &u));
}

int main(void)
{
    RUN(it_finds_what_the_literature_finds);
    RUN(a_law_comes_back);
    RUN(it_is_never_negative);
    RUN(too_little_is_no_fit);
    return check_report();
}
