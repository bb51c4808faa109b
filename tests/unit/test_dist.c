/* Distributions: parsing, moments of draws against theory, bounds, grids. */
#include "check.h"

#include "workload/dist.h"

#include <math.h>

#define DRAWS 40000

static int parse(const char *text, struct dist *d, struct err *e)
{
    json_t *root = json_loads(text, JSON_DECODE_ANY, NULL);
    struct jnode n = jnode_root(root);
    int rc = root == NULL ? err_set(e, "no JSON: %s", text) : dist_parse(&n, d, e);
    json_decref(root);
    return rc;
}

struct moments {
    double mean, sd, low, high, below_median;
};

static struct moments sample(const struct dist *d, double median)
{
    struct rng r;
    struct moments m = {.low = 1e300, .high = -1e300};
    double sum = 0.0, squares = 0.0;
    rng_init(&r, 42, RNG_LENGTHS, 7);
    for (int i = 0; i < DRAWS; i++) {
        double x = dist_draw(d, &r);
        sum += x;
        squares += x * x;
        m.low = fmin(m.low, x);
        m.high = fmax(m.high, x);
        m.below_median += x < median ? 1.0 / DRAWS : 0.0;
    }
    m.mean = sum / DRAWS;
    m.sd = sqrt(fmax(squares / DRAWS - m.mean * m.mean, 0.0));
    return m;
}

/* Theory: mean and sd of each; a draw's mean must be within 4 sd of it. */
static void moments_match_theory(void)
{
    static const struct {
        const char *name, *text;
        double mean, sd, max;
    } rows[] = {
        {"number", "129", 129, 0, 129},
        {"constant", "{\"kind\":\"constant\",\"value\":7}", 7, 0, 7},
        {"uniform", "{\"kind\":\"uniform\",\"min\":10,\"max\":40}", 25, 8.6602540, 40},
        {"lognormal mean cv", "{\"kind\":\"lognormal\",\"mean\":1000,\"cv\":1}", 1000,
         1000, 13000},
        /* sigma = ln(4)/1.6448536 = 0.842807; mean = 100 exp(sigma^2/2) */
        {"lognormal median p95", "{\"kind\":\"lognormal\",\"median\":100,\"p95\":400}",
         142.64116, 145.09124, 1883.736},
        {"gamma cv 2", "{\"kind\":\"gamma\",\"mean\":50,\"cv\":2}", 50, 100, 1250},
        {"gamma cv 0.5", "{\"kind\":\"gamma\",\"mean\":50,\"cv\":0.5}", 50, 25, 350},
        /* 1..4 with weights 1, 1/2, 1/3, 1/4 */
        {"zipf", "{\"kind\":\"zipf\",\"s\":1,\"max\":4}", 1.92, 1.0925658, 4},
        {"zipf flat", "{\"kind\":\"zipf\",\"s\":0,\"max\":9}", 5, 2.5819889, 9},
        {"quantiles", "{\"kind\":\"quantiles\",\"values\":[0,10,100]}", 30, 31.091263,
         100},
        {"mixture",
         "{\"kind\":\"mixture\",\"parts\":[{\"weight\":3,\"kind\":\"constant\","
         "\"value\":1},{\"weight\":1,\"kind\":\"uniform\",\"min\":9,\"max\":13}]}",
         3.5, 4.368448, 13},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct dist d = {0};
        struct err e = {0};
        check_row = rows[i].name;
        CHECK_INT(parse(rows[i].text, &d, &e), 0);
        CHECK_STR(e.text, "");
        struct moments m = sample(&d, 0.0);
        double error = 4.0 * rows[i].sd / sqrt(DRAWS);
        CHECK_NEAR(m.mean, rows[i].mean, error + 1e-9);
        CHECK_NEAR(m.sd, rows[i].sd, 0.06 * rows[i].sd + 1e-6);
        CHECK_NEAR(dist_mean(&d), rows[i].mean, rows[i].mean * 1e-6);
        CHECK_NEAR(dist_max(&d), rows[i].max, rows[i].max * 1e-4);
        CHECK(m.high <= dist_max(&d));
        CHECK(m.low >= dist_min(&d));
        dist_release(&d);
    }
}

static void medians_match_theory(void)
{
    static const struct {
        const char *text;
        double median;
    } rows[] = {
        {"{\"kind\":\"lognormal\",\"mean\":1000,\"cv\":1}", 707.10678},
        {"{\"kind\":\"lognormal\",\"median\":100,\"p95\":400}", 100},
        {"{\"kind\":\"gamma\",\"mean\":50,\"cv\":0.5}", 45.9015},
        {"{\"kind\":\"gamma\",\"mean\":50,\"cv\":1}", 34.65736},
        {"{\"kind\":\"quantiles\",\"values\":[0,10,100]}", 10},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct dist d = {0};
        struct err e = {0};
        check_row = rows[i].text;
        CHECK_INT(parse(rows[i].text, &d, &e), 0);
        CHECK_NEAR(sample(&d, rows[i].median).below_median, 0.5, 0.01); /* 4 sd */
        dist_release(&d);
    }
}

static void lognormal_p95_is_as_asked(void)
{
    struct dist d = {0};
    struct err e = {0};
    CHECK_INT(parse("{\"kind\":\"lognormal\",\"median\":100,\"p95\":400}", &d, &e), 0);
    CHECK_NEAR(sample(&d, 400.0).below_median, 0.95, 0.0044);
    dist_release(&d);
}

static void clamps_hold(void)
{
    static const struct {
        const char *text;
        double min, max;
    } rows[] = {
        {"{\"kind\":\"lognormal\",\"mean\":1000,\"cv\":2,\"min\":500,\"max\":1500}",
         500, 1500},
        {"{\"kind\":\"gamma\",\"mean\":10,\"cv\":1,\"min\":9}", 9, 130},
        {"{\"kind\":\"lognormal\",\"mean\":10,\"cv\":1,\"max\":100000}", 0, 100000},
        {"{\"kind\":\"constant\",\"value\":10,\"max\":4}", 4, 4},
        {"{\"kind\":\"zipf\",\"s\":1.2,\"max\":100,\"min\":3}", 3, 100},
        {"{\"kind\":\"mixture\",\"max\":5,\"parts\":[{\"weight\":1,\"kind\":\"uniform\","
         "\"min\":2,\"max\":9}]}",
         2, 5},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct dist d = {0};
        struct err e = {0};
        check_row = rows[i].text;
        CHECK_INT(parse(rows[i].text, &d, &e), 0);
        struct moments m = sample(&d, 0.0);
        CHECK_NEAR(dist_min(&d), rows[i].min, 1e-9);
        CHECK_NEAR(dist_max(&d), rows[i].max, 1e-9);
        CHECK(m.low >= rows[i].min && m.high <= rows[i].max);
        dist_release(&d);
    }
}

/* Against the exact probabilities: chi-squared below its 99.9 % point. */
static void zipf_has_its_law(void)
{
    static const struct {
        double exponent;
        unsigned max;
        double limit; /* chi-squared, max - 1 degrees of freedom, 0.999 */
    } rows[] = {{0.0, 10, 27.88}, {0.7, 10, 27.88}, {1.0, 10, 27.88}, {2.5, 6, 20.52}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct rng r;
        double count[11] = {0}, total = 0.0, chi = 0.0;
        rng_init(&r, 1, RNG_PREFIX, i);
        for (int k = 0; k < DRAWS; k++)
            count[dist_zipf(&r, rows[i].exponent, rows[i].max)] += 1.0;
        for (unsigned k = 1; k <= rows[i].max; k++)
            total += pow(k, -rows[i].exponent);
        for (unsigned k = 1; k <= rows[i].max; k++) {
            double expected = DRAWS * pow(k, -rows[i].exponent) / total;
            chi += (count[k] - expected) * (count[k] - expected) / expected;
        }
        CHECK(count[0] == 0.0);
        CHECK(chi < rows[i].limit);
    }
}

static void zipf_takes_huge_ranges(void)
{
    struct rng r;
    static const double exponents[] = {0.0, 0.5, 1.0, 1.05, 3.0, 20.0};
    rng_init(&r, 3, RNG_PREFIX, 0);
    for (size_t i = 0; i < ARRAY_LEN(exponents); i++)
        for (int k = 0; k < 2000; k++) {
            uint64_t x = dist_zipf(&r, exponents[i], 1000000000);
            CHECK(x >= 1 && x <= 1000000000);
        }
    CHECK_INT(dist_zipf(&r, 1.0, 1), 1);
}

static void counts_are_rounded_and_floored(void)
{
    struct rng r;
    struct err e = {0};
    struct dist d = {0};
    rng_init(&r, 1, RNG_LENGTHS, 0);
    CHECK_INT(parse("2.5", &d, &e), 0);
    CHECK_INT(dist_draw_count(&d, &r, 1), 3);
    CHECK_INT(dist_draw_count(&d, &r, 9), 9);
    CHECK_INT(parse("0", &d, &e), 0);
    CHECK_INT(dist_draw_count(&d, &r, 1), 1);
}

static void same_stream_same_draws(void)
{
    struct dist d = {0};
    struct err e = {0};
    CHECK_INT(parse("{\"kind\":\"lognormal\",\"mean\":1000,\"cv\":1.5}", &d, &e), 0);
    struct rng a, b;
    rng_init(&a, 5, RNG_LENGTHS, 99);
    rng_init(&b, 5, RNG_LENGTHS, 99);
    for (int i = 0; i < 100; i++)
        CHECK(dist_draw(&d, &a) == dist_draw(&d, &b));
    dist_release(&d);
}

static void errors_name_path_and_value(void)
{
    static const struct {
        const char *name, *text, *expected;
    } rows[] = {
        {"wrong type", "\"ten\"", "(document): is a string; it must be an object"},
        {"negative", "-1", "(document): -1 is out of range 0..1000000000"},
        {"no kind", "{\"mean\":1}", "kind: is missing; it must be a string"},
        {"unknown kind", "{\"kind\":\"normal\"}",
         "kind: \"normal\" is unknown; allowed are constant, uniform, lognormal, gamma, "
         "zipf, quantiles, mixture"},
        {"typing error", "{\"kind\":\"gamma\",\"maen\":1,\"cv\":1}",
         "maen: unknown key; did you mean \"mean\"?"},
        {"other kind's key", "{\"kind\":\"constant\",\"value\":1,\"cv\":1}",
         "cv: does not go with kind \"constant\""},
        {"negative cv", "{\"kind\":\"gamma\",\"mean\":1,\"cv\":-1}",
         "cv: -1 is out of range 0.01..50"},
        {"max below min", "{\"kind\":\"uniform\",\"min\":5,\"max\":4}",
         "max: 4 is out of range 5..1000000000"},
        {"both forms", "{\"kind\":\"lognormal\",\"mean\":5,\"cv\":1,\"median\":4}",
         "(document): takes mean and cv, or median and p95, not both"},
        {"descending", "{\"kind\":\"quantiles\",\"values\":[1,3,2]}",
         "values[2]: 2 must not be below 3"},
        {"one quantile", "{\"kind\":\"quantiles\",\"values\":[1]}",
         "values: has 1 elements; allowed are 2 to 10000"},
        {"negative weight",
         "{\"kind\":\"mixture\",\"parts\":[{\"weight\":-1,\"kind\":\"constant\","
         "\"value\":1}]}",
         "parts[0].weight: -1 is out of range 0..1000000000"},
        {"no weight",
         "{\"kind\":\"mixture\",\"parts\":[{\"weight\":0,\"kind\":\"constant\","
         "\"value\":1}]}",
         "parts: the weights are all 0"},
        {"nested",
         "{\"kind\":\"mixture\",\"parts\":[{\"weight\":1,\"kind\":\"mixture\","
         "\"parts\":[]}]}",
         "parts[0]: a part of a mixture must not be a mixture"},
        {"weight outside", "{\"kind\":\"constant\",\"value\":1,\"weight\":2}",
         "weight: unknown key; known are kind, value, min, max"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct dist d = {0};
        struct err e = {0};
        check_row = rows[i].name;
        CHECK_INT(parse(rows[i].text, &d, &e), -1);
        CHECK_STR(e.text, rows[i].expected);
        dist_release(&d);
    }
}

static int parse_grid(const char *text, struct grid *g, struct err *e)
{
    json_t *root = json_loads(text, 0, NULL);
    struct jnode n = jnode_root(root);
    int rc = grid_parse(&n, g, e);
    json_decref(root);
    return rc;
}

/* Two bins: short prompts with long outputs and the other way round. */
static void grid_keeps_the_correlation(void)
{
    struct grid g = {0};
    struct err e = {0};
    struct rng r;
    int low = 0, mean_low = 0, mean_high = 0;
    CHECK_INT(parse_grid("{\"prompt\":[100,200,1000],"
                         "\"output\":[[400,500,600],[10,20,60]]}",
                         &g, &e),
              0);
    CHECK_INT(g.bins, 2);
    CHECK_INT(g.points, 3);
    rng_init(&r, 1, RNG_LENGTHS, 0);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t prompt, output;
        grid_draw(&g, &r, &prompt, &output);
        CHECK(prompt >= 100 && prompt <= 1000);
        bool is_low = output >= 400;
        CHECK(is_low ? prompt <= 200 && output <= 600
                     : prompt >= 200 && output >= 10 && output <= 60);
        low += is_low;
        mean_low += is_low ? (int)output : 0;
        mean_high += is_low ? 0 : (int)output;
    }
    CHECK_NEAR((double)low / DRAWS, 0.5, 0.01);
    CHECK_NEAR((double)mean_low / low, 500.0, 2.0);           /* sd 57.7 */
    CHECK_NEAR((double)mean_high / (DRAWS - low), 27.5, 0.5); /* (15 + 40) / 2 */
    grid_release(&g);
}

static void grid_errors(void)
{
    static const struct {
        const char *name, *text, *expected;
    } rows[] = {
        {"missing", "{\"prompt\":[1,2]}", "output: is missing; it must be an array"},
        {"bins differ", "{\"prompt\":[1,2,3],\"output\":[[1,2]]}",
         "output: has 1 elements; allowed are 2 to 2"},
        {"ragged", "{\"prompt\":[1,2,3],\"output\":[[1,2],[1,2,3]]}",
         "output[1]: has 3 elements; allowed are 2 to 2"},
        {"descending", "{\"prompt\":[5,2],\"output\":[[1,2]]}",
         "prompt[1]: 2 is out of range 5..10000000 (values ascend)"},
        {"not whole", "{\"prompt\":[1,2],\"output\":[[1,2.5]]}",
         "output[0][1]: must be a whole number"},
        {"unknown", "{\"prompt\":[1,2],\"output\":[[1,2]],\"outputs\":1}",
         "outputs: unknown key; did you mean \"output\"?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct grid g = {0};
        struct err e = {0};
        check_row = rows[i].name;
        CHECK_INT(parse_grid(rows[i].text, &g, &e), -1);
        CHECK_STR(e.text, rows[i].expected);
        grid_release(&g);
    }
}

int main(void)
{
    RUN(moments_match_theory);
    RUN(medians_match_theory);
    RUN(lognormal_p95_is_as_asked);
    RUN(clamps_hold);
    RUN(zipf_has_its_law);
    RUN(zipf_takes_huge_ranges);
    RUN(counts_are_rounded_and_floored);
    RUN(same_stream_same_draws);
    RUN(errors_name_path_and_value);
    RUN(grid_keeps_the_correlation);
    RUN(grid_errors);
    return check_report();
}
