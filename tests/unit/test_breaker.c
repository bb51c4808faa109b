/* The circuit breaker: scripts of attempts, and what they cost. */
#include "policy/breaker.h"

#include "check.h"

#define S NS_PER_S

static const struct breaker_rule five_in_a_minute = {
    .kind = BREAKER_COUNT,
    .failures = 5,
    .window_ns = 60 * S,
    .open_ns = 30 * S,
    .probes = 2,
};

/* One attempt that begins and ends at once; false: refused. */
static bool attempt(struct breaker *b, int64_t at_s, enum breaker_word word)
{
    uint32_t era;
    if (!breaker_admit(b, at_s * S, &era))
        return false;
    breaker_ended(b, at_s * S, era, word);
    return true;
}

static void fail_times(struct breaker *b, int64_t from_s, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        CHECK(attempt(b, from_s + i, BREAKER_FAILED));
}

static void opens_and_closes(void)
{
    struct breaker b;
    breaker_init(&b, &five_in_a_minute);
    fail_times(&b, 0, 4);
    CHECK_INT(b.state, BREAKER_CLOSED);
    fail_times(&b, 4, 1);
    CHECK_INT(b.state, BREAKER_OPEN);
    CHECK(!attempt(&b, 5, BREAKER_OK));
    CHECK(!attempt(&b, 33, BREAKER_OK));
    CHECK_INT(b.counts.refused, 2);
    CHECK(attempt(&b, 34, BREAKER_OK)); /* cool: the first probe */
    CHECK_INT(b.state, BREAKER_HALF_OPEN);
    CHECK(attempt(&b, 35, BREAKER_OK));
    CHECK_INT(b.state, BREAKER_CLOSED);
    CHECK_INT(b.counts.opens, 1);
    CHECK_INT(b.counts.closes, 1);
    CHECK_INT(b.counts.flaps, 0);
    CHECK_INT(b.counts.leaked, 5);
    CHECK_INT(b.counts.detect_ns, 4 * S);
    CHECK_INT(b.counts.open_ns, 31 * S);
    fail_times(&b, 36, 4); /* what was before does not count */
    CHECK_INT(b.state, BREAKER_CLOSED);
}

static void old_failures_do_not_count(void)
{
    struct breaker b;
    breaker_init(&b, &five_in_a_minute);
    fail_times(&b, 0, 4);
    CHECK(attempt(&b, 61, BREAKER_FAILED)); /* 1, 2, 3 and this one */
    CHECK_INT(b.state, BREAKER_CLOSED);
    CHECK(attempt(&b, 61, BREAKER_FAILED));
    CHECK_INT(b.state, BREAKER_OPEN);
    CHECK_INT(b.counts.detect_ns, 60 * S);
}

static void a_failed_probe_opens_again(void)
{
    struct breaker b;
    breaker_init(&b, &five_in_a_minute);
    fail_times(&b, 0, 5);
    CHECK(attempt(&b, 34, BREAKER_OK));
    CHECK(attempt(&b, 35, BREAKER_FAILED));
    CHECK_INT(b.state, BREAKER_OPEN);
    CHECK_INT(b.counts.flaps, 1);
    CHECK_INT(b.counts.opens, 1); /* it never closed in between */
    CHECK(!attempt(&b, 36, BREAKER_OK));
    CHECK(attempt(&b, 65, BREAKER_OK));
}

static void half_open_lets_only_probes_through(void)
{
    uint32_t first, second, third;
    struct breaker b;
    breaker_init(&b, &five_in_a_minute);
    fail_times(&b, 0, 5);
    CHECK(breaker_admit(&b, 40 * S, &first));
    CHECK(breaker_admit(&b, 40 * S, &second));
    CHECK(!breaker_admit(&b, 40 * S, &third));
    breaker_ended(&b, 41 * S, first, BREAKER_SILENT); /* a 429, or cancelled */
    CHECK_INT(b.state, BREAKER_HALF_OPEN);
    CHECK(breaker_admit(&b, 41 * S, &third)); /* its place is free again */
    breaker_ended(&b, 42 * S, second, BREAKER_OK);
    breaker_ended(&b, 42 * S, third, BREAKER_OK);
    CHECK_INT(b.state, BREAKER_CLOSED);
}

/* What was sent while closed and ends while open says nothing about now. */
static void late_ends_are_ignored(void)
{
    uint32_t early, late;
    struct breaker b;
    breaker_init(&b, &five_in_a_minute);
    CHECK(breaker_admit(&b, 0, &early));
    CHECK(breaker_admit(&b, 0, &late));
    fail_times(&b, 0, 5);
    CHECK_INT(b.counts.leaked, 5);
    breaker_ended(&b, 5 * S, early, BREAKER_FAILED);
    breaker_ended(&b, 5 * S, late, BREAKER_OK);
    CHECK_INT(b.state, BREAKER_OPEN);
    CHECK_INT(b.counts.leaked, 6);
    CHECK(attempt(&b, 40, BREAKER_OK));
    CHECK_INT(b.state, BREAKER_HALF_OPEN);
}

static void in_a_row(void)
{
    static const struct breaker_rule rule = {.kind = BREAKER_CONSECUTIVE,
                                             .failures = 3,
                                             .window_ns = 60 * S,
                                             .open_ns = S,
                                             .probes = 1};
    struct breaker b;
    breaker_init(&b, &rule);
    for (int i = 0; i < 30; i++)
        CHECK(attempt(&b, i, i % 3 == 2 ? BREAKER_OK : BREAKER_FAILED));
    CHECK_INT(b.state, BREAKER_CLOSED);
    fail_times(&b, 30, 3);
    CHECK_INT(b.state, BREAKER_OPEN);
    CHECK_INT(b.counts.detect_ns, 2 * S);
}

static void by_ratio(void)
{
    static const struct breaker_rule rule = {.kind = BREAKER_RATIO,
                                             .share = 0.5,
                                             .min_volume = 10,
                                             .window_ns = 60 * S,
                                             .open_ns = S,
                                             .probes = 1};
    struct breaker b;
    breaker_init(&b, &rule);
    fail_times(&b, 0, 9);
    CHECK_INT(b.state, BREAKER_CLOSED); /* too few to say */
    for (int i = 0; i < 10; i++)
        CHECK(attempt(&b, 9, BREAKER_OK));
    fail_times(&b, 10, 1); /* 10 of 20 */
    CHECK_INT(b.state, BREAKER_OPEN);
    CHECK_INT(b.counts.false_opens, 0);
    CHECK(attempt(&b, 12, BREAKER_OK));
    CHECK_INT(b.state, BREAKER_CLOSED);
    fail_times(&b, 13, 9); /* the window was emptied with the closing */
    CHECK_INT(b.state, BREAKER_CLOSED);
}

/* An outage after a long fair day: what succeeded before its first failure does not
 * make the opening false; what succeeded in between does. */
static void an_outage_opens_for_a_reason(void)
{
    static const struct {
        const char *name;
        int between; /* successes before each failure but the first */
        unsigned expected;
    } rows[] = {{"outage", 0, 0}, {"half of them", 1, 0}, {"now and then", 20, 1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct breaker b;
        check_row = rows[i].name;
        breaker_init(&b, &five_in_a_minute);
        for (int k = 0; k < 500; k++)
            CHECK(attempt(&b, 1, BREAKER_OK));
        for (int k = 0; k < 5; k++) {
            for (int n = 0; k > 0 && n < rows[i].between; n++)
                CHECK(attempt(&b, 2, BREAKER_OK));
            CHECK(attempt(&b, 2, BREAKER_FAILED));
        }
        CHECK_INT(b.counts.opens, 1);
        CHECK_INT(b.counts.false_opens, rows[i].expected);
    }
    check_row = NULL;
}

/* 0.3 % of 40 requests a second fail, as they always do: blind to the rate, it opens. */
static void opens_for_nothing_at_a_high_rate(void)
{
    struct breaker b;
    unsigned refused = 0;
    breaker_init(&b, &five_in_a_minute);
    for (int i = 0; i < 40 * 60; i++) {
        uint32_t era;
        int64_t now_ns = i * (S / 40);
        if (breaker_admit(&b, now_ns, &era))
            breaker_ended(&b, now_ns, era, i % 333 == 0 ? BREAKER_FAILED : BREAKER_OK);
        else
            refused++;
    }
    CHECK_INT(b.counts.opens, 1);
    CHECK_INT(b.counts.false_opens, 1);
    CHECK(refused > 500);
}

static void a_flap_is_opening_soon_after_closing(void)
{
    struct breaker b;
    breaker_init(&b, &five_in_a_minute);
    fail_times(&b, 0, 5);
    CHECK(attempt(&b, 40, BREAKER_OK) && attempt(&b, 41, BREAKER_OK));
    fail_times(&b, 42, 5);
    CHECK_INT(b.counts.opens, 2);
    CHECK_INT(b.counts.flaps, 1);
    CHECK(attempt(&b, 80, BREAKER_OK) && attempt(&b, 81, BREAKER_OK));
    fail_times(&b, 200, 5);
    CHECK_INT(b.counts.opens, 3);
    CHECK_INT(b.counts.flaps, 1);
}

static void none_never_refuses(void)
{
    static const struct breaker_rule rule = {.kind = BREAKER_NONE};
    struct breaker b;
    breaker_init(&b, &rule);
    fail_times(&b, 0, 1000);
    CHECK_INT(b.counts.opens, 0);
}

int main(void)
{
    RUN(opens_and_closes);
    RUN(old_failures_do_not_count);
    RUN(a_failed_probe_opens_again);
    RUN(half_open_lets_only_probes_through);
    RUN(late_ends_are_ignored);
    RUN(in_a_row);
    RUN(by_ratio);
    RUN(an_outage_opens_for_a_reason);
    RUN(opens_for_nothing_at_a_high_rate);
    RUN(a_flap_is_opening_soon_after_closing);
    RUN(none_never_refuses);
    return check_report();
}
