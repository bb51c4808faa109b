/* Rate limits of the built-in server: windows against a count by hand, headers. */
#include "check.h"
#include "fixtures/quota.h"

#include "base/rng.h"

#define S NS_PER_S

static void a_window_slides(void)
{
    struct minute w = {.limit = 3};
    CHECK_INT(minute_remaining(&w, 0), 3);
    minute_take(&w, 1, 0);
    minute_take(&w, 2, 10 * S);
    CHECK_INT(minute_remaining(&w, 20 * S), 0);
    CHECK_INT(minute_wait_ns(&w, 1, 20 * S), 40 * S);
    CHECK_INT(minute_wait_ns(&w, 2, 20 * S), 50 * S);
    CHECK_INT(minute_wait_ns(&w, 4, 20 * S), -1);
    CHECK_INT(minute_remaining(&w, 60 * S - 1), 0);
    CHECK_INT(minute_remaining(&w, 60 * S), 1);
    CHECK_INT(minute_wait_ns(&w, 1, 60 * S), 0);
    CHECK_INT(minute_remaining(&w, 70 * S), 3);
    minute_release(&w);
}

/* Used more than the limit: what is debited afterwards may be. */
static void debts_are_waited_out(void)
{
    struct minute w = {.limit = 10};
    minute_take(&w, 8, 0);
    minute_take(&w, 30, 5 * S);
    CHECK_INT(minute_remaining(&w, 6 * S), 0);
    CHECK_INT(minute_wait_ns(&w, 1, 6 * S), 59 * S);
    minute_release(&w);
}

/* Random takes against the sum by definition. */
static void a_window_is_the_sum_of_a_minute(void)
{
    enum { N = 3000 };
    static int64_t at[N], amount[N];
    struct minute w = {.limit = 2000};
    struct rng r;
    rng_init(&r, 1, RNG_TEXT, 0);
    int64_t now_ns = 0;
    for (size_t i = 0; i < N; i++) {
        now_ns += (int64_t)rng_below(&r, S);
        int64_t sum = 0;
        for (size_t k = 0; k < i; k++)
            sum += at[k] + QUOTA_WINDOW_NS > now_ns ? amount[k] : 0;
        CHECK_INT(minute_remaining(&w, now_ns), sum < 2000 ? 2000 - sum : 0);
        at[i] = now_ns;
        amount[i] = (int64_t)rng_below(&r, 40);
        minute_take(&w, amount[i], now_ns);
    }
    minute_release(&w);
}

static void memory_is_bounded(void)
{
    struct minute w = {.limit = INT64_MAX / 4};
    for (int64_t i = 0; i < 3 * (int64_t)MINUTE_ENTRIES_MAX; i++)
        minute_take(&w, 1, i);
    CHECK(w.cap <= MINUTE_ENTRIES_MAX);
    CHECK_INT(w.used, 3 * (int64_t)MINUTE_ENTRIES_MAX);
    CHECK_INT(minute_remaining(&w, 2 * QUOTA_WINDOW_NS), w.limit);
    minute_release(&w);
}

static void mistral_names_the_rung(void)
{
    struct quota q;
    char text[QUOTA_HEADERS];
    quota_init(&q, QUOTA_MISTRAL, 2, 100);
    CHECK(quota_is_on(&q));
    /* more than all is admitted while anything is left: usage is debited later */
    CHECK_INT(quota_admit(&q, 500, 0, text), QUOTA_ADMITTED);
    CHECK_STR(text, "x-ratelimit-limit-req-minute: 2\r\n"
                    "x-ratelimit-remaining-req-minute: 1\r\n"
                    "x-ratelimit-limit-tokens-minute: 100\r\n"
                    "x-ratelimit-remaining-tokens-minute: 100\r\n");
    quota_settle(&q, 120, 1 * S);
    CHECK_INT(quota_admit(&q, 5, 2 * S, text), QUOTA_REFUSED);
    CHECK(strstr(text, "remaining-tokens-minute: 0\r\n") != NULL);
    CHECK(strstr(text, "retry-after") == NULL);
    CHECK_INT(quota_admit(&q, 5, 61 * S, text), QUOTA_ADMITTED);
    CHECK_INT(quota_admit(&q, 5, 61 * S, text), QUOTA_ADMITTED);
    CHECK_INT(quota_admit(&q, 5, 61 * S, text), QUOTA_REFUSED);
    CHECK_STR(text, "x-ratelimit-limit-req-minute: 2\r\n"
                    "x-ratelimit-remaining-req-minute: 0\r\n");
    quota_release(&q);
}

static void openai_reserves(void)
{
    struct quota q;
    char text[QUOTA_HEADERS];
    quota_init(&q, QUOTA_OPENAI, 0, 100);
    CHECK_INT(quota_admit(&q, 101, 0, text), QUOTA_TOO_LARGE);
    CHECK(strstr(text, "retry-after") == NULL);
    CHECK_INT(quota_admit(&q, 60, 0, text), QUOTA_ADMITTED);
    CHECK_STR(text, "x-ratelimit-limit-tokens: 100\r\n"
                    "x-ratelimit-remaining-tokens: 40\r\n"
                    "x-ratelimit-reset-tokens: 60000ms\r\n");
    quota_settle(&q, 60, 0); /* was reserved already */
    CHECK_INT(quota_admit(&q, 40, 1 * S, text), QUOTA_ADMITTED);
    CHECK_INT(quota_admit(&q, 1, 2 * S, text), QUOTA_REFUSED);
    CHECK(strstr(text, "retry-after-ms: 58000\r\nretry-after: 58\r\n") != NULL);
    quota_release(&q);
    quota_init(&q, QUOTA_OPENAI, 0, 0);
    CHECK(!quota_is_on(&q));
}

/* 60 a minute are one a second, whenever they were taken. */
static void a_bucket_refills(void)
{
    struct minute w = {.limit = 60, .kind = MINUTE_REFILL};
    minute_take(&w, 60, 5 * S);
    CHECK_INT(minute_remaining(&w, 5 * S), 0);
    CHECK_INT(minute_wait_ns(&w, 1, 5 * S), S);
    CHECK_INT(minute_remaining(&w, 6 * S - 1), 0);
    CHECK_INT(minute_remaining(&w, 6 * S), 1);
    CHECK_INT(minute_wait_ns(&w, 10, 6 * S + S / 2), 8 * S + S / 2);
    CHECK_INT(minute_remaining(&w, 15 * S), 10);
    CHECK_INT(minute_remaining(&w, 1000 * S), 60); /* never more than all */
    minute_take(&w, 150, 1000 * S);                /* a debt */
    CHECK_INT(minute_wait_ns(&w, 60, 1000 * S), 150 * S);
    CHECK_INT(minute_remaining(&w, 1091 * S), 1);
    CHECK_INT(minute_wait_ns(&w, 61, 1091 * S), -1);
    minute_release(&w);
}

/* Asked at any times, the bucket gives what it would when asked once. */
static void asking_does_not_cost(void)
{
    static const int64_t limits[] = {7, 60, 12345, 100000007, 1000000000000};
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        struct minute asked = {.limit = limits[i], .kind = MINUTE_REFILL};
        struct rng r;
        rng_init(&r, i, RNG_TEXT, 0);
        minute_take(&asked, limits[i], 0);
        int64_t now_ns = 0;
        while (now_ns < 40 * S) {
            now_ns += (int64_t)rng_below(&r, S / 10);
            /* exact as a fraction: whole milliseconds of whole limits */
            int64_t due = now_ns / NS_PER_MS * (limits[i] / 1000) / 60;
            int64_t left = minute_remaining(&asked, now_ns);
            double exact = (double)limits[i] * (double)now_ns / (60.0 * (double)S);
            CHECK(left >= due - limits[i] / 1000 - 1);
            CHECK_NEAR((double)left, exact, 1.0 + (double)limits[i] * 1e-4);
        }
        minute_release(&asked);
    }
}

static void whole_minutes(void)
{
    struct minute w = {.limit = 3, .kind = MINUTE_FIXED};
    minute_take(&w, 3, 59 * S);
    CHECK_INT(minute_remaining(&w, 59 * S), 0);
    CHECK_INT(minute_wait_ns(&w, 1, 59 * S), S);
    CHECK_INT(minute_remaining(&w, 60 * S), 3);
    minute_take(&w, 1, 61 * S);
    CHECK_INT(minute_wait_ns(&w, 2, 61 * S), 0);
    CHECK_INT(minute_wait_ns(&w, 3, 61 * S), 59 * S);
    CHECK_INT(minute_remaining(&w, 200 * S), 3);
    minute_release(&w);
}

/* Neither time nor smaller requests help. */
static void what_is_spent_is_spent(void)
{
    struct quota q;
    char text[QUOTA_HEADERS];
    quota_init(&q, QUOTA_OPENAI, 0, 0);
    quota_shape(&q, MINUTE_SLIDING, 100);
    CHECK(quota_is_on(&q));
    CHECK_INT(quota_admit(&q, 500, 0, text), QUOTA_ADMITTED);
    quota_settle(&q, 99, 0);
    CHECK_INT(quota_admit(&q, 500, 1 * S, text), QUOTA_ADMITTED);
    quota_settle(&q, 1, 1 * S);
    CHECK_INT(quota_admit(&q, 1, 2 * S, text), QUOTA_SPENT);
    CHECK_STR(text, "");
    CHECK_INT(quota_admit(&q, 1, 1000000 * S, text), QUOTA_SPENT);
    quota_release(&q);
}

int main(void)
{
    RUN(a_window_slides);
    RUN(debts_are_waited_out);
    RUN(a_window_is_the_sum_of_a_minute);
    RUN(memory_is_bounded);
    RUN(a_bucket_refills);
    RUN(asking_does_not_cost);
    RUN(whole_minutes);
    RUN(what_is_spent_is_spent);
    RUN(mistral_names_the_rung);
    RUN(openai_reserves);
    return check_report();
}
