/*
 * Headers about limits: every family of names, every form of Retry-After, dates, and
 * what is garbage.
 */
#include "check.h"

#include "base/base.h"
#include "wire/ratelimit.h"

#define NONE RATELIMIT_UNKNOWN
#define DAY_NS RETRY_AFTER_MAX_NS
/* Wed, 21 Oct 2026 07:28:00 GMT */
#define AT_S INT64_C(1792567680)
#define AT_TEXT "Wed, 21 Oct 2026 07:28:00 GMT"

static bool give(struct ratelimit *r, const char *name, const char *value)
{
    return ratelimit_header(r, name, strlen(name), value, strlen(value));
}

/* One header alone gives one budget. */
static void every_family(void)
{
    static const struct {
        const char *name, *value;
        enum ratelimit_thing thing;
        int64_t window_s, limit, remaining, reset_ns;
    } rows[] = {
        {"x-ratelimit-limit-req-minute", "720", 0, 60, 720, NONE, NONE},
        {"X-RateLimit-Remaining-Req-Minute", "719", 0, 60, NONE, 719, NONE},
        {"x-ratelimit-limit-req-10-second", "50", 0, 10, 50, NONE, NONE},
        {"x-ratelimit-limit-req-second", "5", 0, 1, 5, NONE, NONE},
        {"x-ratelimit-limit-tokens-minute", "5000000", 1, 60, 5000000, NONE, NONE},
        {"x-ratelimit-remaining-tokens-month", "0", 1, 2592000, NONE, 0, NONE},
        {"x-ratelimit-limit-tokens-day", "9", 1, 86400, 9, NONE, NONE},
        {"x-ratelimit-remaining-tokens-hour", "9", 1, 3600, NONE, 9, NONE},
        {"x-ratelimit-reset-tokens-minute", "12", 1, 60, NONE, NONE, 12 * NS_PER_S},
        {"ratelimitbysize-limit", "500000", 1, 60, 500000, NONE, NONE},
        {"ratelimitbysize-remaining", "499978", 1, 60, NONE, 499978, NONE},
        {"ratelimitbysize-reset", "48", 1, 60, NONE, NONE, 48 * NS_PER_S},
        {"x-ratelimitbysize-limit-month", "1000000000", 1, 2592000, 1000000000, NONE,
         NONE},
        {"x-ratelimitbysize-remaining-minute", "7", 1, 60, NONE, 7, NONE},
        {"x-ratelimit-limit-requests", "10000", 0, 60, 10000, NONE, NONE},
        {"x-ratelimit-remaining-tokens", "1999985", 1, 60, NONE, 1999985, NONE},
        {"x-ratelimit-reset-requests", "6m0s", 0, 60, NONE, NONE, 360 * NS_PER_S},
        {"x-ratelimit-reset-requests", "20ms", 0, 60, NONE, NONE, 20 * NS_PER_MS},
        {"x-ratelimit-reset-tokens", "1.5s", 1, 60, NONE, NONE, 1500 * NS_PER_MS},
        {"x-ratelimit-reset-tokens", "1h2m3s", 1, 60, NONE, NONE, 3723 * NS_PER_S},
        {"x-ratelimit-reset-tokens", "1.5m", 1, 60, NONE, NONE, 90 * NS_PER_S},
        {"x-ratelimit-limit-minute", "60", 0, 60, 60, NONE, NONE},
        {"x-ratelimit-remaining-hour", "3", 0, 3600, NONE, 3, NONE},
        {"X-RateLimit-Remaining", "4", 0, 0, NONE, 4, NONE},
        {"x-ratelimit-limit", "10, 10;w=1;burst=5, 600;w=60", 0, 60, 10, NONE, NONE},
        {"RateLimit-Limit", "100", 0, 0, 100, NONE, NONE},
        {"RateLimit-Limit", "100, 100;w=60", 0, 60, 100, NONE, NONE},
        {"RateLimit-Reset", "50", 0, 0, NONE, NONE, 50 * NS_PER_S},
        /* odd values */
        {"x-ratelimit-reset", "1792567690", 0, 0, NONE, NONE, 10 * NS_PER_S},
        {"x-ratelimit-reset", "1792567690000", 0, 0, NONE, NONE, 10 * NS_PER_S},
        {"x-ratelimit-reset", "1792567600", 0, 0, NONE, NONE, 0},
        {"x-ratelimit-reset", "garbage", 0, 0, NONE, NONE, NONE},
        {"x-ratelimit-reset", "5 parsecs", 0, 0, NONE, NONE, NONE},
        {"x-ratelimit-limit", "0", 0, 0, 0, NONE, NONE},
        {"x-ratelimit-remaining", "3.5", 0, 0, NONE, 3, NONE},
        {"x-ratelimit-remaining", "99999999999999999999999", 0, 0, NONE,
         INT64_C(999999999999999), NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ratelimit r;
        check_row = rows[i].name;
        ratelimit_reset(&r);
        CHECK(give(&r, rows[i].name, rows[i].value));
        ratelimit_settle(&r, AT_S * NS_PER_S);
        CHECK_INT(r.count, 1);
        if (r.count != 1)
            continue;
        CHECK_INT(r.budgets[0].thing, rows[i].thing);
        CHECK_INT(r.budgets[0].window_s, rows[i].window_s);
        CHECK_INT(r.budgets[0].limit, rows[i].limit);
        CHECK_INT(r.budgets[0].remaining, rows[i].remaining);
        CHECK_INT(r.budgets[0].reset_ns, rows[i].reset_ns);
    }
}

/* Neither names that only look alike nor values without a number say anything. */
static void what_says_nothing(void)
{
    static const struct {
        const char *name, *value;
        bool is_ours;
    } rows[] = {
        {"x-ratelimit-limit-req-fortnight", "9", false},
        {"x-ratelimit-limit-req-minutes", "9", false},
        {"x-ratelimit-limits", "9", false},
        {"x-ratelimit-", "9", false},
        {"x-ratelimitX", "9", false},
        {"ratelimit", "limit=9", false},
        {"x-request-id", "9", false},
        {"content-type", "text/plain", false},
        {"", "", false},
        {"x-ratelimit-limit", "", true},
        {"x-ratelimit-limit", "-1", true},
        {"x-ratelimit-limit", "many", true},
        {"x-ratelimit-limit", "12monkeys", true},
        {"x-ratelimit-tokens-query-cost", "x", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ratelimit r;
        check_row = rows[i].name;
        ratelimit_reset(&r);
        CHECK_INT(give(&r, rows[i].name, rows[i].value), rows[i].is_ours);
        ratelimit_settle(&r, 0);
        CHECK_INT(r.count, 0);
        CHECK_INT(r.query_cost, NONE);
        CHECK_INT(r.retry_after_ns, NONE);
    }
}

static void an_answer_of_mistral(void)
{
    struct ratelimit r;
    ratelimit_reset(&r);
    CHECK(give(&r, "x-ratelimit-limit-req-minute", "4"));
    CHECK(give(&r, "x-ratelimit-remaining-req-minute", "0"));
    CHECK(give(&r, "x-ratelimit-limit-tokens-minute", "250000"));
    CHECK(give(&r, "x-ratelimit-remaining-tokens-minute", "249619"));
    CHECK(give(&r, "x-ratelimit-tokens-query-cost", "381"));
    ratelimit_settle(&r, 0);
    CHECK_INT(r.count, 2);
    const struct ratelimit_budget *b = ratelimit_find(&r, RATELIMIT_REQUESTS, 60);
    CHECK(b != NULL && b->limit == 4 && b->remaining == 0);
    b = ratelimit_find(&r, RATELIMIT_TOKENS, 60);
    CHECK(b != NULL && b->limit == 250000 && b->remaining == 249619);
    CHECK(ratelimit_find(&r, RATELIMIT_TOKENS, 10) == NULL);
    CHECK_INT(r.query_cost, 381);
    CHECK(!ratelimit_is_never(&r) && !ratelimit_is_spent(&r));
}

static void never_and_spent(void)
{
    struct ratelimit r;
    ratelimit_reset(&r);
    CHECK(give(&r, "x-ratelimit-limit-tokens-minute", "0"));
    CHECK(ratelimit_is_never(&r) && !ratelimit_is_spent(&r));
    ratelimit_reset(&r);
    CHECK(!ratelimit_is_never(&r));
    CHECK(give(&r, "x-ratelimit-remaining-tokens-minute", "0"));
    CHECK(!ratelimit_is_spent(&r));
    CHECK(give(&r, "x-ratelimit-remaining-tokens-month", "0"));
    CHECK(ratelimit_is_spent(&r) && !ratelimit_is_never(&r));
}

/* More families than there is room for: those that fit are kept. */
static void a_flood_is_bounded(void)
{
    static const char *const windows[] = {"second", "minute", "hour", "day", "month"};
    struct ratelimit r;
    ratelimit_reset(&r);
    for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "x-ratelimit-limit-req-%s", windows[i]);
        CHECK(give(&r, name, "1"));
        (void)snprintf(name, sizeof name, "x-ratelimit-limit-tokens-%s", windows[i]);
        CHECK(give(&r, name, "2"));
    }
    CHECK_INT(r.count, RATELIMIT_BUDGETS);
    CHECK_INT(r.budgets[7].limit, 2);
}

/* ---- waits ---- */

static void every_wait(void)
{
    static const struct {
        const char *name, *value, *ms, *date;
        int64_t wall_s, wait_ns;
    } rows[] = {
        {"seconds", "7", NULL, NULL, 0, 7 * NS_PER_S},
        {"zero", "0", NULL, NULL, 0, 0},
        {"decimal", "1.25", NULL, NULL, 0, 1250 * NS_PER_MS},
        {"decimal without a whole", ".5", NULL, NULL, 0, 500 * NS_PER_MS},
        {"many decimals", "0.12345678901234", NULL, NULL, 0, 123456789},
        {"ms", NULL, "250", NULL, 0, 250 * NS_PER_MS},
        {"ms, decimal", NULL, "0.5", NULL, 0, 500 * NS_PER_US},
        {"ms outranks", "9", "250", NULL, 0, 250 * NS_PER_MS},
        {"garbage in ms", "9", "soon", NULL, 0, 9 * NS_PER_S},
        {"date, wall clock", AT_TEXT, NULL, NULL, AT_S - 90, 90 * NS_PER_S},
        {"date, their clock", AT_TEXT, NULL, "Wed, 21 Oct 2026 07:27:30 GMT",
         AT_S + 4000, 30 * NS_PER_S},
        {"date, no clock", AT_TEXT, NULL, NULL, 0, NONE},
        {"date in the past", AT_TEXT, NULL, NULL, AT_S + 1, 0},
        {"date far away", "Fri, 31 Dec 9999 23:59:59 GMT", NULL, NULL, AT_S, DAY_NS},
        {"a day", "86400", NULL, NULL, 0, DAY_NS},
        {"absurd", "86401", NULL, NULL, 0, DAY_NS},
        {"absurd, too long a number", "9999999999999999999999999999", NULL, NULL, 0,
         DAY_NS},
        {"absurd ms", NULL, "999999999999999999", NULL, 0, DAY_NS},
        {"negative", "-5", NULL, NULL, AT_S, NONE},
        {"negative ms", NULL, "-5", NULL, AT_S, NONE},
        {"empty", "", NULL, NULL, AT_S, NONE},
        {"a dot", ".", NULL, NULL, AT_S, NONE},
        {"words", "in a while", NULL, NULL, AT_S, NONE},
        {"number and words", "5 s", NULL, NULL, AT_S, NONE},
        {"exponent", "1e3", NULL, NULL, AT_S, NONE},
        {"hex", "0x10", NULL, NULL, AT_S, NONE},
        {"nan", "nan", NULL, NULL, AT_S, NONE},
        {"inf", "inf", NULL, NULL, AT_S, NONE},
        {"two", "5, 6", NULL, NULL, AT_S, NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (int order = 0; order < 2; order++) { /* of headers: none matters */
            struct ratelimit r;
            check_row = rows[i].name;
            ratelimit_reset(&r);
            if (order == 0 && rows[i].date != NULL)
                CHECK(give(&r, "Date", rows[i].date));
            if (order == 0 && rows[i].ms != NULL)
                CHECK(give(&r, "retry-after-ms", rows[i].ms));
            if (rows[i].value != NULL)
                CHECK(give(&r, "Retry-After", rows[i].value));
            if (order == 1 && rows[i].ms != NULL)
                CHECK(give(&r, "Retry-After-Ms", rows[i].ms));
            if (order == 1 && rows[i].date != NULL)
                CHECK(give(&r, "date", rows[i].date));
            ratelimit_settle(&r, rows[i].wall_s * NS_PER_S);
            CHECK_INT(r.retry_after_ns, rows[i].wait_ns);
            CHECK_INT(r.retry_at_s, 0);
        }
    }
}

static void every_date(void)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Tue, 29 Feb 2028 12:00:00 GMT", 1835438400},
        {"Thu, 31 Dec 2099 23:59:59 GMT", INT64_C(4102444799)},
        {"Sat, 01 Mar 2100 00:00:00 GMT", INT64_C(4107542400)},
        {"Monday, 01-Jan-69 00:00:00 GMT", INT64_C(3124224000)}, /* 2069 */
        {AT_TEXT, AT_S},
        {"Wed, 21 Oct 2026 24:00:00 GMT", -1},
        {"Wed, 21 Oct 2026 07:28 GMT", -1},
        {"Wed, 21 Oct 2026 7:28:00 GMT", -1},
        {"Wed, 32 Oct 2026 07:28:00 GMT", -1},
        {"Wed, 21 Oct 07:28:00 GMT", -1},
        {"Wed, 21 2026 07:28:00 GMT", -1},
        {"Oct 2026 07:28:00 GMT", -1},
        {"Wed, 21 Oct 2026 07:28:00 1", -1},
        {"Wed, 21 Oct 123 07:28:00 GMT", -1},
        {"21", -1},
        {"", -1},
        {" - , ", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].text;
        CHECK_INT(ratelimit_date_s(rows[i].text, strlen(rows[i].text)),
                  rows[i].seconds);
    }
}

int main(void)
{
    RUN(every_family);
    RUN(what_says_nothing);
    RUN(an_answer_of_mistral);
    RUN(never_and_spent);
    RUN(a_flood_is_bounded);
    RUN(every_wait);
    RUN(every_date);
    return check_report();
}
