/*
 * Pacing against a limiter by definition: in any 60 s at most so many. What the pacer
 * lets through is counted by hand.
 */
#include "check.h"

#include "base/base.h"
#include "base/rng.h"
#include "policy/allowance.h"

#define S NS_PER_S
#define NONE RATELIMIT_UNKNOWN
#define SENT_MAX 20000

/* A sliding-window limiter, with everything that was admitted. */
struct limiter {
    int64_t window_ns;
    size_t count;
    int64_t at_ns[SENT_MAX], amount[SENT_MAX];
};

static struct limiter limiter; /* large */

static int64_t used(int64_t now_ns)
{
    int64_t sum = 0;
    for (size_t i = limiter.count; i-- > 0;)
        if (limiter.at_ns[i] + limiter.window_ns > now_ns)
            sum += limiter.amount[i];
    return sum;
}

static void admit(int64_t amount, int64_t now_ns)
{
    limiter.at_ns[limiter.count] = now_ns;
    limiter.amount[limiter.count++] = amount;
}

static struct ratelimit said(enum ratelimit_thing thing, int32_t window_s,
                             int64_t limit, int64_t remaining)
{
    struct ratelimit r;
    ratelimit_reset(&r);
    r.count = 1;
    r.budgets[0] = (struct ratelimit_budget){.thing = thing,
                                             .window_s = window_s,
                                             .limit = limit,
                                             .remaining = remaining,
                                             .reset_ns = NONE};
    return r;
}

/* Whatever the limit, more load than it allows never meets it, and most of the limit
 * is used. A few requests were sent before the start. The way takes up to a second. */
static void requests_never_meet_the_limit(void)
{
    static const struct {
        const char *name;
        int32_t window_s;
        int64_t limit, before;
    } rows[] = {{"1 a minute", 60, 1, 0},     {"2 a minute", 60, 2, 1},
                {"3 a minute", 60, 3, 1},     {"4 a minute", 60, 4, 2},
                {"10 a minute", 60, 10, 1},   {"19 a minute", 60, 19, 3},
                {"20 a minute", 60, 20, 5},   {"60 a minute", 60, 60, 2},
                {"720 a minute", 60, 720, 3}, {"all used before", 60, 30, 30},
                {"5 a second", 1, 5, 0},      {"50 in 10 s", 10, 50, 0},
                {"100 an hour", 3600, 100, 1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct allowance a = {0};
        struct rng r;
        int64_t limit = rows[i].limit, window_ns = rows[i].window_s * S, most = 0;
        int64_t jitter_ns = window_ns / 60, sent = 0;
        check_row = rows[i].name;
        rng_init(&r, 7, RNG_TEXT, i);
        limiter.window_ns = window_ns;
        limiter.count = 0;
        for (int64_t k = 0; k < rows[i].before; k++)
            admit(1, 0);
        struct ratelimit first =
            said(RATELIMIT_REQUESTS, rows[i].window_s, limit, limit - rows[i].before);
        allowance_learn(&a, &first, true, 0);
        int64_t now_ns = 0;
        for (; now_ns < 10 * window_ns && sent < 9000; sent++) {
            int64_t ready_ns = allowance_ready_ns(&a, 100);
            now_ns = ready_ns > now_ns ? ready_ns : now_ns;
            allowance_take(&a, 100, now_ns);
            /* without jitter at the tightest limits: there is no room for any */
            int64_t way_ns =
                limit < 20 ? 0 : (int64_t)rng_below(&r, (uint64_t)jitter_ns);
            admit(1, now_ns + way_ns);
        }
        for (size_t k = 0; k < limiter.count; k++) {
            int64_t n = 0, at_ns = limiter.at_ns[k];
            for (size_t m = 0; m < limiter.count; m++)
                n += limiter.at_ns[m] <= at_ns && limiter.at_ns[m] + window_ns > at_ns;
            most = n > most ? n : most;
        }
        CHECK(most <= limit);
        double windows = (double)now_ns / (double)window_ns;
        CHECK((double)sent >= 0.85 * (double)limit * (windows - 1));
    }
}

/* Random requests, charged as expected, corrected to what they used. */
static void tokens_never_meet_the_limit(void)
{
    for (int debits_usage = 0; debits_usage < 2; debits_usage++) {
        struct allowance a = {0};
        struct rng r;
        int64_t limit = 100000, now_ns = 0, sent = 0;
        rng_init(&r, 9, RNG_TEXT, 0);
        limiter.window_ns = 60 * S;
        limiter.count = 0;
        struct ratelimit first = said(RATELIMIT_TOKENS, 60, limit, limit);
        first.is_usage_debited = debits_usage != 0;
        allowance_learn(&a, &first, true, 0);
        while (now_ns < 600 * S) {
            int64_t asked = 50 + (int64_t)rng_below(&r, 3000);
            int64_t real = debits_usage ? asked / 2 : asked;
            int64_t ready_ns = allowance_ready_ns(&a, asked);
            now_ns = ready_ns > now_ns ? ready_ns : now_ns;
            CHECK(used(now_ns) + real <= limit);
            allowance_take(&a, asked, now_ns);
            admit(real, now_ns);
            allowance_correct(&a, asked, real);
            sent += real;
        }
        CHECK((double)sent >= 0.85 * 9 * (double)limit);
    }
}

static void nothing_known_allows_everything(void)
{
    struct allowance a = {0};
    struct ratelimit r;
    ratelimit_reset(&r);
    allowance_learn(&a, &r, true, 0);
    allowance_take(&a, 1000000, 5);
    CHECK(allowance_ready_ns(&a, 1000000) <= 5);
    r = said(RATELIMIT_REQUESTS, 60, 0, 0); /* never allowed: not a matter of pace */
    allowance_learn(&a, &r, false, 5);
    CHECK(allowance_ready_ns(&a, 1) <= 5);
    r = said(RATELIMIT_REQUESTS, 0, 10, 0); /* nobody knows in what time */
    allowance_learn(&a, &r, false, 5);
    CHECK(allowance_ready_ns(&a, 1) <= 5);
}

static void what_others_use_counts(void)
{
    struct allowance a = {0};
    struct ratelimit r = said(RATELIMIT_REQUESTS, 60, 600, 600);
    allowance_learn(&a, &r, true, 0);
    CHECK(allowance_ready_ns(&a, 1) <= 0);
    r = said(RATELIMIT_REQUESTS, 60, 600, 0);
    allowance_learn(&a, &r, false, 30 * S);
    CHECK_NEAR((double)allowance_ready_ns(&a, 1), 30e9 + 60e9 / 540, 2);
    r = said(RATELIMIT_REQUESTS, 60, 600, 500); /* does not give back what was taken */
    allowance_learn(&a, &r, false, 30 * S);
    CHECK(allowance_ready_ns(&a, 1) > 30 * S);
    CHECK(allowance_ready_ns(&a, 1) < 31 * S);
}

static void refusals_hold_everything(void)
{
    static const struct {
        const char *name;
        int64_t retry_ns, remaining, reset_ns, hold_ns;
    } rows[] = {
        {"as it asks", 7 * S, 0, 50 * S, 7 * S},
        {"at once", 0, 0, 50 * S, 0},
        {"until the reset", NONE, 0, 50 * S, 50 * S},
        {"the reset of a budget that is left", NONE, 5, 50 * S, 6 * S},
        {"nothing said", NONE, NONE, NONE, 6 * S},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct allowance a = {0};
        struct ratelimit r = said(RATELIMIT_REQUESTS, 60, 1000000, 1000000);
        check_row = rows[i].name;
        allowance_learn(&a, &r, true, 0);
        r = said(RATELIMIT_REQUESTS, 60, 1000000, rows[i].remaining);
        r.budgets[0].reset_ns = rows[i].reset_ns;
        r.retry_after_ns = rows[i].retry_ns;
        allowance_refused(&a, &r, 100 * S);
        CHECK_INT(allowance_ready_ns(&a, 1), 100 * S + rows[i].hold_ns);
        CHECK_INT(a.refused, 1);
        r.retry_after_ns = 0; /* a later, shorter one does not shorten the hold */
        allowance_refused(&a, &r, 100 * S);
        CHECK_INT(allowance_ready_ns(&a, 1), 100 * S + rows[i].hold_ns);
    }
    struct allowance a = {0};
    struct ratelimit r;
    ratelimit_reset(&r);
    allowance_refused(&a, &r, 100 * S); /* no limit was ever published */
    CHECK_INT(allowance_ready_ns(&a, 1), 101 * S);
}

static void long_budgets_are_not_paced(void)
{
    struct allowance a = {0};
    struct ratelimit r = said(RATELIMIT_TOKENS, 2592000, 1000, 1000);
    allowance_learn(&a, &r, true, 0);
    allowance_take(&a, 900, 0);
    CHECK(allowance_ready_ns(&a, 900) <= 0);
    r = said(RATELIMIT_TOKENS, 86400, 1000, 0);
    r.budgets[0].reset_ns = 20 * S;
    allowance_learn(&a, &r, false, 5 * S);
    CHECK_INT(allowance_ready_ns(&a, 1), 25 * S);
    r = said(RATELIMIT_TOKENS, 2592000, 1000, 0);
    allowance_learn(&a, &r, false, 5 * S);
    CHECK_INT(allowance_ready_ns(&a, 1), INT64_MAX);
}

static void large_amounts_do_not_overflow(void)
{
    struct allowance a = {0};
    struct ratelimit r = said(RATELIMIT_TOKENS, 3600, INT64_C(999999999999999),
                              INT64_C(999999999999999));
    allowance_learn(&a, &r, true, 0);
    allowance_take(&a, UINT32_MAX, 0);
    CHECK(allowance_ready_ns(&a, UINT32_MAX) <= 0);
    r = said(RATELIMIT_TOKENS, 60, 10, 10);
    allowance_learn(&a, &r, false, 0);
    allowance_take(&a, UINT32_MAX, 0); /* counts as the whole limit: a window */
    int64_t ready_ns = allowance_ready_ns(&a, 1);
    CHECK(ready_ns > 60 * S && ready_ns < 70 * S);
}

int main(void)
{
    RUN(requests_never_meet_the_limit);
    RUN(tokens_never_meet_the_limit);
    RUN(nothing_known_allows_everything);
    RUN(what_others_use_counts);
    RUN(refusals_hold_everything);
    RUN(long_budgets_are_not_paced);
    RUN(large_amounts_do_not_overflow);
    return check_report();
}
