/* Retry budgets: each kind against its own arithmetic. */
#include "policy/budget.h"

#include "check.h"

#include "base/rng.h"

#define S NS_PER_S

static void window_forgets(void)
{
    struct window w;
    window_init(&w, 10 * S);
    window_add(&w, 0, 1, 0);
    window_add(&w, 5 * S, 2, 1);
    CHECK_INT(w.sum_a, 3);
    window_advance(&w, 10 * S);
    CHECK_INT(w.sum_a, 2); /* the bucket of 0 s is gone */
    CHECK_INT(w.sum_b, 1);
    window_advance(&w, 15 * S);
    CHECK_INT(w.sum_a, 0);
    window_add(&w, 100 * S, 7, 0);
    CHECK_INT(w.sum_a, 7);
    window_advance(&w, 1000000 * S);
    CHECK_INT(w.sum_a, 0);
}

/* gRPC A6: 10 tokens, a tenth back. */
static void throttle(void)
{
    static const struct budget_rule rule = {
        .kind = BUDGET_THROTTLE, .max = 10, .ratio = 0.1};
    struct budget b;
    budget_init(&b, &rule);
    for (int i = 0; i < 4; i++)
        budget_ended(&b, 0, false, true);
    CHECK(budget_allows_retry(&b, 0, 1, 0, 0.5)); /* 6 left */
    budget_ended(&b, 0, false, true);
    CHECK(!budget_allows_retry(&b, 0, 1, 0, 0.5)); /* 5: half is too few */
    budget_ended(&b, 0, false, false); /* the caller's fault costs nothing */
    budget_ended(&b, 0, true, false);
    CHECK_NEAR(b.tokens, 5.1, 1e-9);
    CHECK(budget_allows_retry(&b, 0, 1, 0, 0.5));
    for (int i = 0; i < 100; i++)
        budget_ended(&b, 0, false, true);
    CHECK_NEAR(b.tokens, 0, 1e-9);
    for (int i = 0; i < 1000; i++)
        budget_ended(&b, 0, true, false);
    CHECK_NEAR(b.tokens, 10, 1e-9);
    CHECK(budget_admits(&b, 0, 0.5));
}

/* Finagle: a fifth of the requests of ten seconds, and one a second. */
static void share(void)
{
    static const struct budget_rule rule = {
        .kind = BUDGET_SHARE, .share = 0.2, .floor = 1, .window_ns = 10 * S};
    struct budget b;
    unsigned allowed = 0;
    budget_init(&b, &rule);
    for (int i = 0; i < 100; i++)
        CHECK(budget_admits(&b, S, 0.5));
    for (int i = 0; i < 100; i++)
        allowed += budget_allows_retry(&b, S, 1, 0, 0.5);
    CHECK_INT(allowed, 30); /* 0.2 x 100 + 1 x 10 */
    allowed = 0;
    for (int i = 0; i < 100; i++)
        allowed += budget_allows_retry(&b, 30 * S, 1, 0, 0.5);
    CHECK_INT(allowed, 10); /* the floor alone */
}

/* Envoy: a fifth of what is in flight, three at least. */
static void concurrent(void)
{
    static const struct budget_rule rule = {
        .kind = BUDGET_CONCURRENT, .share = 0.2, .floor = 3};
    static const struct {
        uint64_t in_flight, retrying;
        bool is_allowed;
    } rows[] = {{1, 0, true},   {1, 2, true},    {1, 3, false},
                {100, 3, true}, {100, 19, true}, {100, 20, false}};
    struct budget b;
    budget_init(&b, &rule);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_INT(budget_allows_retry(&b, 0, rows[i].in_flight, rows[i].retrying, 0.5),
                  rows[i].is_allowed);
}

/* Google SRE: p = (requests - k accepted) / (requests + 1). */
static void adaptive(void)
{
    static const struct budget_rule rule = {
        .kind = BUDGET_ADAPTIVE, .k = 2, .window_ns = 120 * S};
    struct budget b;
    budget_init(&b, &rule);
    for (int i = 0; i < 99; i++) {
        CHECK(budget_admits(&b, 0, 0.999));
        budget_ended(&b, 0, i < 50, i >= 50);
    }
    /* 99 asked, 50 accepted: 99 - 2 x 50 < 0, all pass */
    CHECK(budget_admits(&b, 0, 1e-9));
    for (int i = 0; i < 300; i++)
        (void)budget_admits(&b, 0, 0.999);
    /* 400 asked, 50 accepted: p = 300 / 401 = 0.748 */
    CHECK(!budget_admits(&b, 0, 0.745));
    CHECK(budget_admits(&b, 0, 0.760));
    CHECK(budget_admits(&b, 500 * S, 1e-9)); /* forgotten */
}

static void none(void)
{
    static const struct budget_rule rule = {.kind = BUDGET_NONE};
    struct budget b;
    budget_init(&b, &rule);
    for (int i = 0; i < 1000; i++) {
        budget_ended(&b, 0, false, true);
        CHECK(budget_allows_retry(&b, 0, 1, 1000000, 0.5));
        CHECK(budget_admits(&b, 0, 1e-9));
    }
}

int main(void)
{
    RUN(window_forgets);
    RUN(throttle);
    RUN(share);
    RUN(concurrent);
    RUN(adaptive);
    RUN(none);
    return check_report();
}
