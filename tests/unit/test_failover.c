/* Failover, failback and hedging: scripts. */
#include "policy/failover.h"
#include "policy/hedge.h"

#include "check.h"

#define S NS_PER_S

static const struct failover_rule sticky = {.endpoints = 3,
                                            .is_sticky = true,
                                            .failures = 2,
                                            .after_ns = 10 * S,
                                            .successes = 2};

/* One attempt that ends at once; returns its endpoint. */
static unsigned go(struct failover *f, int64_t at_s, uint32_t refusing, bool is_ok)
{
    bool is_try;
    unsigned endpoint = failover_choose(f, at_s * S, 0, refusing, &is_try);
    failover_ended(f, at_s * S, endpoint, is_try, is_ok, !is_ok);
    return endpoint;
}

static void over_and_back(void)
{
    struct failover f;
    failover_init(&f, &sticky);
    CHECK_INT(go(&f, 0, 0, false), 0);
    CHECK_INT(go(&f, 0, 0, true), 0); /* the row is broken */
    CHECK_INT(go(&f, 1, 0, false), 0);
    CHECK_INT(go(&f, 1, 0, false), 0);
    CHECK_INT(go(&f, 2, 0, true), 1); /* over */
    CHECK_INT(go(&f, 10, 0, true), 1);
    CHECK_INT(go(&f, 11, 0, false), 0); /* tried, in vain: ten more seconds */
    CHECK_INT(go(&f, 20, 0, true), 1);
    CHECK_INT(go(&f, 21, 0, true), 0);
    CHECK_INT(go(&f, 22, 0, true), 0); /* two in a row: back */
    CHECK_INT(go(&f, 22, 0, true), 0);
    CHECK_INT(f.counts.failovers, 1);
    CHECK_INT(f.counts.failbacks, 1);
}

static void one_try_at_a_time(void)
{
    bool is_try, other;
    struct failover f;
    failover_init(&f, &sticky);
    (void)go(&f, 0, 0, false);
    (void)go(&f, 0, 0, false);
    CHECK_INT(failover_choose(&f, 10 * S, 0, 0, &is_try), 0);
    CHECK(is_try);
    CHECK_INT(failover_choose(&f, 10 * S, 0, 0, &other), 1);
    CHECK(!other);
    failover_ended(&f, 11 * S, 0, true, false, false); /* cancelled: says nothing */
    CHECK_INT(failover_choose(&f, 11 * S, 0, 0, &is_try), 0);
    CHECK(is_try);
}

static void open_breakers_are_skipped(void)
{
    struct failover f;
    failover_init(&f, &sticky);
    CHECK_INT(go(&f, 0, 1, true), 1); /* 0 refuses */
    CHECK_INT(f.counts.failovers, 1);
    CHECK_INT(go(&f, 1, 1 | 2, true), 2);
    CHECK_INT(go(&f, 2, 7, true), 2);  /* all refuse: stays */
    CHECK_INT(go(&f, 20, 1, true), 2); /* 0 is not tried while it refuses */
    CHECK_INT(go(&f, 21, 0, true), 0);
}

static void each_request_for_itself(void)
{
    static const struct failover_rule rule = {
        .endpoints = 3, .failures = 1, .successes = 1};
    bool is_try;
    struct failover f;
    failover_init(&f, &rule);
    for (unsigned attempt = 0; attempt < 7; attempt++)
        CHECK_INT(failover_choose(&f, 0, attempt, 0, &is_try), attempt % 3);
    CHECK_INT(failover_choose(&f, 0, 0, 1, &is_try), 1);
    CHECK_INT(failover_choose(&f, 0, 1, 2, &is_try), 2);
}

static void late_failures_do_not_move_it_on(void)
{
    struct failover f;
    failover_init(&f, &sticky);
    (void)go(&f, 0, 0, false);
    (void)go(&f, 0, 0, false);
    for (int i = 0; i < 10; i++) /* what was in flight at 0 */
        failover_ended(&f, S, 0, false, false, true);
    CHECK_INT(go(&f, 2, 0, true), 1);
    CHECK_INT(f.counts.failovers, 1);
}

static void hedges_after_a_fixed_wait(void)
{
    static const struct hedge_rule rule = {.after_ns = S / 2, .share = 0.05};
    unsigned allowed = 0;
    struct hedge h;
    hedge_init(&h, &rule);
    for (int i = 0; i < 100; i++)
        CHECK_INT(hedge_wait_ns(&h, 0), S / 2);
    for (int i = 0; i < 100; i++)
        allowed += hedge_allows(&h, 0);
    CHECK_INT(allowed, 5);
    hedge_release(&h);
}

static void hedges_after_a_percentile(void)
{
    static const struct hedge_rule rule = {
        .after_ns = 30 * NS_PER_MS, .percentile = 90, .share = 0.05};
    struct hedge h;
    hedge_init(&h, &rule);
    CHECK_INT(hedge_wait_ns(&h, 0), -1);
    for (int i = 1; i <= 100; i++)
        hedge_ttft(&h, i * NS_PER_MS);
    CHECK_NEAR((double)hedge_wait_ns(&h, 0) / 1e6, 90, 0.2);
    for (int i = 0; i < 10000; i++)
        hedge_ttft(&h, NS_PER_MS);
    CHECK_INT(hedge_wait_ns(&h, 0), 30 * NS_PER_MS); /* at least */
    hedge_release(&h);
}

static void no_hedging(void)
{
    static const struct hedge_rule rule = {.share = 0.05};
    struct hedge h;
    hedge_init(&h, &rule);
    hedge_ttft(&h, 1);
    CHECK_INT(hedge_wait_ns(&h, 0), -1);
    hedge_release(&h);
}

int main(void)
{
    RUN(over_and_back);
    RUN(one_try_at_a_time);
    RUN(open_breakers_are_skipped);
    RUN(each_request_for_itself);
    RUN(late_failures_do_not_move_it_on);
    RUN(hedges_after_a_fixed_wait);
    RUN(hedges_after_a_percentile);
    RUN(no_hedging);
    return check_report();
}
