/* Replicas for a rate: by hand, and by a server whose capacity is arithmetic. */
#include "check.h"
#include "judge/fleet_plan.h"

#include <math.h>

/* Prompts of 1 s, one at a time; an M/D/1 at rate r waits r / 2 (1 - r) in the mean. */
static const struct fleet_length one = {1000, 1};
static const struct fleet_fit exact = {.server = {60, 0, 1e-3, 0, 0}, .typical = 0.01};
static const struct plan_goal within_two = {false, FLEET_TTFT, 2, 0.95};

static struct plan_ask ask_for(double rate)
{
    return (struct plan_ask){.rate_per_s = rate,
                             .per_replica = 0.5,
                             .spare = 1,
                             .fit = &exact,
                             .lengths = &one,
                             .length_count = 1,
                             .goals = &within_two,
                             .goal_count = 1,
                             .seed = 1};
}

static void the_measured_line(void)
{
    static const struct {
        const char *name;
        double rate, measured;
    } rows[] = {{"little", 0.01, 1},
                {"one full", 0.5, 1},
                {"a bit more", 0.51, 2},
                {"many", 250, 500}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct plan_ask ask = ask_for(rows[i].rate);
        struct plan p;
        ask.fit = NULL;
        check_row = rows[i].name;
        plan_make(&ask, &p);
        CHECK_NEAR(p.measured, rows[i].measured, 0);
        CHECK_NEAR(p.needed, rows[i].measured, 0);
        CHECK_NEAR(p.total, rows[i].measured + 1, 0);
        CHECK(!p.is_trusted && isnan(p.paper[0]));
    }
}

/* Even arrivals of round robin are served up to the last slot; random ones are not. */
static void routes_need_different_numbers(void)
{
    struct plan_ask ask = ask_for(100);
    struct plan p;
    plan_make(&ask, &p);
    CHECK(p.is_trusted);
    CHECK_NEAR(p.measured, 200, 0);
    CHECK(p.paper[FLEET_ROUND_ROBIN] >= 100 && p.paper[FLEET_ROUND_ROBIN] <= 115);
    CHECK(p.paper[FLEET_LEAST_LOADED] >= 100 && p.paper[FLEET_LEAST_LOADED] <= 120);
    CHECK(p.paper[FLEET_RANDOM] > 160);
    CHECK_NEAR(p.needed, 200, 0); /* what was measured is not argued away */
    CHECK(plan_holds(&ask, &p.at_total));
}

/* A measured line that promises too much is corrected upwards. */
static void the_paper_can_ask_for_more(void)
{
    struct plan_ask ask = ask_for(100);
    struct plan p;
    ask.per_replica = 2; /* no server of 1 s a request does that */
    plan_make(&ask, &p);
    CHECK_NEAR(p.measured, 50, 0);
    CHECK(p.needed >= 100 && p.needed <= 115);
}

static void a_bad_fit_has_no_say(void)
{
    struct fleet_fit bad = exact;
    struct plan_ask ask = ask_for(100);
    struct plan p;
    bad.typical = 0.5;
    ask.fit = &bad;
    plan_make(&ask, &p);
    CHECK(!p.is_trusted && isnan(p.paper[FLEET_RANDOM]));
    CHECK_NEAR(p.needed, 200, 0);
}

/* Alone it is an M/D/1: P(wait <= service) = (1 - r) e^r (Erlang 1909). */
static void the_rate_of_one_is_erlangs(void)
{
    struct plan_ask ask = ask_for(1);
    double low = 0, high = 1;
    for (int i = 0; i < 60; i++) {
        double r = (low + high) / 2;
        if ((1 - r) * exp(r) >= 0.95)
            low = r;
        else
            high = r;
    }
    CHECK_NEAR(plan_rate_of(&ask, 1, FLEET_RANDOM) / low, 1, 0.04);
    CHECK(plan_rate_of(&ask, 10000, FLEET_ROUND_ROBIN) > 0.9);
}

int main(void)
{
    RUN(the_measured_line);
    RUN(routes_need_different_numbers);
    RUN(the_paper_can_ask_for_more);
    RUN(a_bad_fit_has_no_say);
    RUN(the_rate_of_one_is_erlangs);
    return check_report();
}
