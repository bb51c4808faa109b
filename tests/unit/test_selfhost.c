/* What own hardware costs: sums by hand, and the break-even against a search. */
#include "check.h"
#include "judge/selfhost.h"

#include <math.h>

/* $2.50 x 8 GPUs x 2 replicas and a tenth on top: $44 an hour. */
static const struct selfhost house = {.gpu_hour = 2.5,
                                      .gpus = 8,
                                      .replicas = 2,
                                      .overhead_share = 0.1,
                                      .split = 4,
                                      .utilisation = 0.4,
                                      .spare = 1};
static const struct selfhost_load load = {
    .requests = 50, .good = 40, .prompt_tokens = 40000, .output_tokens = 10000};

static void sums_are_those_by_hand(void)
{
    struct selfhost_cost c;
    selfhost_cost(&house, &load, &c);
    CHECK_NEAR(c.hour, 44, 1e-9);
    CHECK_NEAR(c.hour_replica, 22, 1e-9);
    /* 44 / 3600 $/s over 40,000 / 4 + 10,000 tokens */
    CHECK_NEAR(c.output_million, 44.0 / 3600 / 20000 * 1e6, 1e-9);
    CHECK_NEAR(c.prompt_million, 44.0 / 3600 / 80000 * 1e6, 1e-9);
    CHECK_NEAR(c.output_alone_million, 44.0 / 3600 / 10000 * 1e6, 1e-9);
    /* what the tokens cost is what the hour costs */
    CHECK_NEAR((c.output_million * 10000 + c.prompt_million * 40000) / 1e6 * 3600, 44,
               1e-9);
    CHECK_NEAR(c.request_1000, 44.0 / 3600 / 50 * 1000, 1e-9);
    CHECK_NEAR(c.good_1000, 44.0 / 3600 / 40 * 1000, 1e-9);
    CHECK_NEAR(c.good_1000_used, 44.0 / 3600 / 16 * 1000, 1e-9);
    CHECK_NEAR(c.tax_1000, c.good_1000 * 1.5, 1e-9);
    CHECK_NEAR(c.good_per_replica, 20, 1e-9);
}

static void nothing_served_has_no_price(void)
{
    struct selfhost_cost c;
    struct selfhost_load none = {.requests = 10};
    selfhost_cost(&house, &none, &c);
    CHECK(isnan(c.good_1000) && isnan(c.output_million));
    CHECK_NEAR(c.request_1000, 44.0 / 3600 / 10 * 1000, 1e-9);
    CHECK(isinf(selfhost_break_even(&house, &c, 1)));
}

static void replicas_follow_the_rate(void)
{
    static const struct {
        const char *name;
        double rate, replicas;
    } rows[] = {
        {"none", 0, 2},          {"a little", 0.1, 2},  {"one full", 20, 2},
        {"a bit more", 20.1, 3}, {"five full", 100, 6},
    };
    struct selfhost_cost c;
    selfhost_cost(&house, &load, &c);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CHECK_NEAR(selfhost_replicas(&house, &c, rows[i].rate), rows[i].replicas, 0);
        CHECK_NEAR(selfhost_hour_at(&house, &c, rows[i].rate), 22 * rows[i].replicas,
                   1e-9);
    }
}

/* The last rate of a fine grid at which the API is cheaper. */
static double searched(const struct selfhost *s, const struct selfhost_cost *c,
                       double api)
{
    double last = 0;
    for (int i = 1; i <= 400000; i++) {
        double rate = i * 0.005;
        if (rate * 3600 * api < selfhost_hour_at(s, c, rate))
            last = rate;
    }
    return last;
}

static void break_even_is_where_a_search_finds_it(void)
{
    static const struct {
        double api, spare;
    } rows[] = {{0.001, 0}, {0.001, 1},   {0.0005, 0},  {0.0005, 1},
                {0.01, 2},  {0.00035, 0}, {0.00033, 1}, {0.002, 1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char name[64];
        struct selfhost s = house;
        struct selfhost_cost c;
        s.spare = rows[i].spare;
        selfhost_cost(&s, &load, &c);
        (void)snprintf(name, sizeof name, "%g, %g spare", rows[i].api, rows[i].spare);
        check_row = name;
        CHECK_NEAR(selfhost_break_even(&s, &c, rows[i].api),
                   searched(&s, &c, rows[i].api), 0.0051);
    }
}

static void there_may_be_no_break_even(void)
{
    struct selfhost_cost c;
    selfhost_cost(&house, &load, &c);
    /* a replica serves 72,000 an hour for $22: $0.000305 each */
    CHECK(isinf(selfhost_break_even(&house, &c, 0.000305)));
    CHECK(isfinite(selfhost_break_even(&house, &c, 0.000307)));
}

int main(void)
{
    RUN(sums_are_those_by_hand);
    RUN(nothing_served_has_no_price);
    RUN(replicas_follow_the_rate);
    RUN(break_even_is_where_a_search_finds_it);
    RUN(there_may_be_no_break_even);
    return check_report();
}
