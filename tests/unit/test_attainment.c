/* Objectives as binomial tests: the published table of MLPerf's early stopping, the
 * promise itself, and what bursts are worth. */
#include "judge/attainment.h"

#include "base/rng.h"
#include "check.h"

#include <math.h>

/* Least q with a pass at t misses: MLPerf inference rules, early stopping. */
static const struct {
    double target, alpha, misses, n;
} mlperf[] = {
    {0.95, 0.01, 0, 90},    {0.95, 0.01, 1, 130},   {0.95, 0.01, 2, 165},
    {0.95, 0.01, 5, 259},   {0.95, 0.01, 10, 398},  {0.99, 0.01, 0, 459},
    {0.99, 0.01, 1, 662},   {0.99, 0.01, 2, 838},   {0.99, 0.01, 5, 1307},
    {0.99, 0.01, 10, 2010}, {0.999, 0.01, 0, 4603}, {0.999, 0.01, 1, 6636},
    {0.99, 0.05, 0, 299},   {0.99, 0.05, 1, 473},   {0.99, 0.05, 2, 628},
    {0.99, 0.05, 5, 1049},  {0.99, 0.05, 10, 1693},
};

static void published_table(void)
{
    for (size_t i = 0; i < ARRAY_LEN(mlperf); i++) {
        double t = mlperf[i].misses, n = mlperf[i].n;
        CHECK_INT(attainment_state(t, n, mlperf[i].target, mlperf[i].alpha),
                  CAPACITY_PASS);
        CHECK_INT(attainment_state(t, n - 1, mlperf[i].target, mlperf[i].alpha),
                  CAPACITY_UNSURE);
        if (t < 1)
            CHECK_NEAR(attainment_needed(mlperf[i].target, mlperf[i].alpha), n, 0);
    }
}

static const struct {
    const char *name;
    double misses, n, target;
    enum capacity_state state;
} edge_rows[] = {
    {"nothing seen", 0, 0, 0.95, CAPACITY_UNSURE},
    {"two, missed", 2, 2, 0.95, CAPACITY_FAIL},
    {"one, within", 0, 1, 0.95, CAPACITY_UNSURE},
    {"all missed", 400, 400, 0.95, CAPACITY_FAIL},
    {"just on it", 20, 400, 0.95, CAPACITY_UNSURE},
    {"clearly within", 8, 400, 0.95, CAPACITY_PASS},
    {"clearly not", 36, 400, 0.95, CAPACITY_FAIL},
    {"all must, one does not", 1, 100000, 1, CAPACITY_FAIL},
    {"all must, and do", 0, 300, 1, CAPACITY_PASS},
    {"all must, too few", 0, 298, 1, CAPACITY_UNSURE},
    {"nothing is asked", 5, 10, 0, CAPACITY_PASS},
    {"fractions", 2.5, 200.25, 0.95, CAPACITY_PASS},
};

static void edges(void)
{
    for (size_t i = 0; i < ARRAY_LEN(edge_rows); i++) {
        check_row = edge_rows[i].name;
        CHECK_INT(attainment_state(edge_rows[i].misses, edge_rows[i].n,
                                   edge_rows[i].target, 0.05),
                  edge_rows[i].state);
    }
}

/* A server that just misses passes seldom, one that just meets fails seldom. */
static void keeps_its_promise(void)
{
    unsigned passes = 0, fails = 0;
    struct rng rng;
    rng_init(&rng, 1, RNG_SERVICE, 0);
    for (int k = 0; k < 4000; k++) {
        double misses = 0;
        for (int i = 0; i < 300; i++)
            misses += rng_unit(&rng) < 0.05;
        enum capacity_state state = attainment_state(misses, 300, 0.95, 0.05);
        passes += state == CAPACITY_PASS;
        fails += state == CAPACITY_FAIL;
    }
    CHECK(passes < 4000 * 0.06 && passes > 4000 * 0.01);
    CHECK(fails < 4000 * 0.06 && fails > 4000 * 0.01);
}

static void bursts_are_worth_less(void)
{
    struct trials even[64], burst[64];
    for (size_t i = 0; i < ARRAY_LEN(even); i++) {
        even[i] = (struct trials){.requests = 25, .failures = i % 2};
        burst[i] = (struct trials){.requests = 25, .failures = i < 4 ? 8 : 0};
    }
    struct capacity_count a = attainment_count(even, ARRAY_LEN(even));
    struct capacity_count b = attainment_count(burst, ARRAY_LEN(burst));
    CHECK_INT(a.n, 1600);
    CHECK_INT(a.within, 1600 - 32);
    CHECK_INT(b.within, a.within);
    CHECK_NEAR(a.effective, 1600, 0);
    CHECK(b.effective < 80);
    CHECK_INT(attainment_judge(&a, 0.95, 0.05), CAPACITY_PASS);
    CHECK_INT(attainment_judge(&b, 0.95, 0.05), CAPACITY_UNSURE);
    CHECK(attainment_is_met(&b, 0.95) && attainment_is_met(&b, 0.98));
    CHECK(!attainment_is_met(&b, 0.981));
}

static void nothing_is_unsure(void)
{
    struct trials none = {0};
    struct capacity_count c = attainment_count(&none, 1), d = attainment_count(NULL, 0);
    CHECK_INT(attainment_judge(&c, 0.95, 0.05), CAPACITY_UNSURE);
    CHECK_INT(attainment_judge(&d, 0.95, 0.05), CAPACITY_UNSURE);
    CHECK(!attainment_is_met(&c, 0.95));
}

int main(void)
{
    RUN(published_table);
    RUN(edges);
    RUN(keeps_its_promise);
    RUN(bursts_are_worth_less);
    RUN(nothing_is_unsure);
    return check_report();
}
