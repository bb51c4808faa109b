/* Knee and scalability law of curves whose parameters were put in. */
#include "judge/scaling.h"

#include "check.h"

#include <math.h>

#define POINTS 12

static struct capacity_point sight(double in_flight, double rate)
{
    struct capacity_point p = {.load = rate,
                               .phase = CAPACITY_BRACKET,
                               .state = CAPACITY_PASS,
                               .rate = rate,
                               .in_flight_mean = in_flight};
    return p;
}

static const struct {
    const char *name;
    double lambda, sigma, kappa, peak;
} usl_rows[] = {
    {"linear", 2.5, 0, 0, INFINITY},
    {"contention", 10, 0.05, 0, INFINITY},
    {"coherency", 10, 0.02, 0.001, 31.3049517},
};

static void law_comes_back(void)
{
    for (size_t i = 0; i < ARRAY_LEN(usl_rows); i++) {
        struct capacity_point points[POINTS];
        check_row = usl_rows[i].name;
        for (size_t k = 0; k < POINTS; k++) {
            double n = (double)(k * k + 1);
            double x =
                usl_rows[i].lambda * n /
                (1 + usl_rows[i].sigma * (n - 1) + usl_rows[i].kappa * n * (n - 1));
            points[k] = sight(n, x);
        }
        struct capacity_usl u = scaling_usl(points, POINTS);
        CHECK_NEAR(u.lambda, usl_rows[i].lambda, 1e-6);
        CHECK_NEAR(u.sigma, usl_rows[i].sigma, 1e-6);
        CHECK_NEAR(u.kappa, usl_rows[i].kappa, 1e-6);
        if (isfinite(usl_rows[i].peak))
            CHECK_NEAR(u.peak, usl_rows[i].peak, 1e-3);
        else
            CHECK(u.peak > 1e3);
        CHECK(isnan(scaling_usl(points, 5).lambda));
    }
}

/* Throughput that scales better than linear is none of the law's. */
static void never_negative(void)
{
    struct capacity_point points[POINTS];
    for (size_t k = 0; k < POINTS; k++)
        points[k] = sight((double)(k + 1), pow((double)(k + 1), 1.2));
    struct capacity_usl u = scaling_usl(points, POINTS);
    CHECK(u.sigma >= 0 && u.kappa >= 0 && u.lambda > 0);
}

/* Straight up to 20/s at 10 in flight, then flat. */
static void knee_is_where_it_bends(void)
{
    static const double in_flight[] = {1, 2, 4, 6, 8, 10, 20, 40, 60};
    struct capacity_point points[ARRAY_LEN(in_flight)];
    for (size_t k = 0; k < ARRAY_LEN(in_flight); k++)
        points[k] = sight(in_flight[k], fmin(2 * in_flight[k], 20));
    CHECK_NEAR(scaling_knee(points, ARRAY_LEN(in_flight), 1e9), 20, 1e-9);
    CHECK_NEAR(scaling_knee(points, ARRAY_LEN(in_flight), 15), 15, 1e-9);
    CHECK(isnan(scaling_knee(points, 6, 1e9))); /* straight: no knee */
    CHECK(isnan(scaling_knee(points, 3, 1e9)));
    for (size_t k = 0; k < ARRAY_LEN(in_flight); k++)
        points[k].state = CAPACITY_INVALID;
    CHECK(isnan(scaling_knee(points, ARRAY_LEN(in_flight), 1e9)));
}

int main(void)
{
    RUN(law_comes_back);
    RUN(never_negative);
    RUN(knee_is_where_it_bends);
    return check_report();
}
