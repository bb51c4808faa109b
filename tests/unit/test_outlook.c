/* What a run will cost: small plans against sums done by hand, and the words. */
#include "command/outlook.h"

#include "plan_world.h"

#include <math.h>

#define MILLIONTH INT64_C(1000000) /* pico-units: a dollar a million tokens */

/* 20 prompt tokens at $1 and 10 of output at $2 a million: 40 millionths a request,
 * of two arms at different prices: 40 and 80. */
#define EACH 40e-6

static const struct phase ten_seconds[] = {{.kind = PHASE_STEADY,
                                            .duration_ns = 10 * NS_PER_S,
                                            .from = 1,
                                            .to = 1,
                                            .factor = 1,
                                            .is_measured = true}};

static void set_prices(struct plan *plan, uint32_t target, int64_t factor)
{
    static char usd[] = "USD";
    static const struct price_list list = {.currency = usd};
    plan->pricing.list = &list;
    plan->pricing.prices[target][0] = (struct price){.prompt = factor * MILLIONTH,
                                                     .cached = factor * MILLIONTH / 10,
                                                     .output = factor * 2 * MILLIONTH};
}

struct load {
    const char *name, *arrival;
    uint32_t arms, backups;
    enum split split;
    unsigned attempts;      /* of a policy; 0: none */
    double expected, worst; /* in requests of the first arm; -1: not known */
    double each, each_worst;
    double requests, seconds; /* -1: not known */
};

static const struct load loads[] = {
    {"open", "\"kind\":\"constant\",\"rate\":\"10/s\"", 1, 0, SPLIT_FIRST, 0, 100, 100,
     1, 1, 100, 10},
    {"every attempt in the worst case", "\"kind\":\"constant\",\"rate\":\"10/s\"", 1, 0,
     SPLIT_FIRST, 3, 100, 300, 1, 3, 100, 10},
    {"a dear backup in the worst case", "\"kind\":\"constant\",\"rate\":\"10/s\"", 1, 1,
     SPLIT_FIRST, 2, 100, 400, 1, 4, 100, 10},
    {"both arms get all", "\"kind\":\"constant\",\"rate\":\"10/s\"", 2, 0, SPLIT_MIRROR,
     0, 300, 300, 3, 3, 100, 10},
    {"a quarter to the canary", "\"kind\":\"constant\",\"rate\":\"10/s\"", 2, 0,
     SPLIT_SHARE, 0, 125, 125, 1.25, 1.25, 100, 10},
    {"closed", "\"kind\":\"closed\",\"users\":5", 1, 0, SPLIT_FIRST, 0, -1, -1, 1, 1,
     -1, -1},
};

static void check_maybe(double actual, double expected)
{
    if (expected < 0)
        CHECK(isnan(actual));
    else
        CHECK_NEAR(actual, expected, 1e-9 * (expected + 1));
}

static void loads_cost_what_they_must(void)
{
    for (size_t i = 0; i < ARRAY_LEN(loads); i++) {
        const struct load *l = &loads[i];
        struct plan_world w =
            plan_world_new(CHAT_CLASS(""), l->arrival, ten_seconds, 1);
        struct client_policy policy = {.retry = {.attempts = l->attempts}};
        struct outlook o;
        struct err e = {0};
        check_row = l->name;
        w.plan.arms = l->arms;
        w.plan.backups = l->backups;
        w.plan.split = l->split;
        w.plan.canary_share = 0.25;
        w.plan.policy = l->attempts > 0 ? &policy : NULL;
        for (uint32_t t = 0; t < plan_targets(&w.plan); t++)
            set_prices(&w.plan, t, t == 0 ? 1 : 2);
        CHECK_INT(outlook_of(&w.plan, &o, &e), 0);
        check_maybe(o.expected / EACH, l->expected);
        check_maybe(o.worst / EACH, l->worst);
        check_maybe(o.each / EACH, l->each);
        check_maybe(o.each_worst / EACH, l->each_worst);
        check_maybe(o.requests, l->requests);
        check_maybe(o.seconds, l->seconds);
        plan_world_release(&w);
    }
}

static const struct outlook known = {.expected = 1,
                                     .worst = 2,
                                     .each = 0.01,
                                     .each_worst = 0.02,
                                     .requests = 100,
                                     .seconds = 50};
static const struct outlook closed = {.expected = (double)NAN,
                                      .worst = (double)NAN,
                                      .each = 0.01,
                                      .each_worst = 0.02,
                                      .requests = (double)NAN,
                                      .seconds = (double)NAN};

static void budgets_reach_as_far_as_they_do(void)
{
    static const struct {
        const char *name;
        const struct outlook *outlook;
        double budget;
        enum outlook_reach reach;
        const char *words;
    } rows[] = {
        {"more than the worst", &known, 3, REACH_ALL, "$3.00 pays for all of it"},
        {"the worst", &known, 2, REACH_ALL, "$2.00 pays for all of it"},
        {"less than the worst", &known, 1.99, REACH_LIKELY,
         "$1.99 pays for what is expected, not for the worst case"},
        {"what is expected", &known, 1, REACH_LIKELY, "not for the worst case"},
        {"half", &known, 0.5, REACH_PART,
         "$0.500 pays for about 50 of 100 requests, 25.0 s of the load, and ends it"},
        {"one request", &known, 0.02, REACH_PART, "about 2 of 100 requests, 1.00 s"},
        {"not one", &known, 0.019, REACH_NOTHING,
         "$0.0190 does not pay for one request, which may cost $0.0200"},
        {"not one of a closed loop", &closed, 0.019, REACH_NOTHING, "one request"},
        {"closed", &closed, 5, REACH_UNKNOWN, "$5.00 pays for about 500 requests"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;
        double n = 0;
        check_row = rows[i].name;
        buf_init(&b, 4096);
        CHECK_INT(outlook_reach(rows[i].outlook, rows[i].budget, &n), rows[i].reach);
        outlook_budget(rows[i].outlook, rows[i].budget, "USD", &b);
        CHECK(strstr(b.data, rows[i].words) != NULL);
        buf_release(&b);
    }
}

/* $1 in 50 s are $72 an hour. */
static void rates_are_held_against_the_load(void)
{
    static const struct {
        const char *name;
        const struct outlook *outlook;
        double per_h;
        const char *words;
    } rows[] = {
        {"enough", &known, 72, "$72.00 an hour is enough for the $72.00 an hour that"},
        {"too little", &known, 71,
         "$71.00 an hour is less than the $72.00 an hour that "
         "are expected: the run would be stopped"},
        {"closed", &closed, 10, "$10.00 an hour is looked at as the run goes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;
        check_row = rows[i].name;
        buf_init(&b, 4096);
        outlook_rate(rows[i].outlook, rows[i].per_h, "USD", &b);
        CHECK(strstr(b.data, rows[i].words) == b.data);
        buf_release(&b);
    }
}

static void costs_are_said(void)
{
    struct buf b;
    buf_init(&b, 4096);
    outlook_cost(&known, "USD", &b);
    CHECK_STR(b.data, "$1.00 expected, at most $2.00; $10.00 for 1,000 requests");
    buf_reset(&b);
    outlook_cost(&closed, "EUR", &b);
    CHECK_STR(b.data, "depends on how much the server answers; 10.00 EUR for 1,000 "
                      "requests");
    buf_release(&b);
}

int main(void)
{
    RUN(loads_cost_what_they_must);
    RUN(budgets_reach_as_far_as_they_do);
    RUN(rates_are_held_against_the_load);
    RUN(costs_are_said);
    return check_report();
}
