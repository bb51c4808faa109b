/*
 * The pace of --respect-limits: when may the next request leave, so that the published
 * limits are not run into? Pure; the headers of answers are its only teacher.
 *
 * A token bucket per budget with a window of at most an hour. Servers count in sliding
 * windows, so a bucket that holds the whole limit would allow twice of it in one; this
 * one holds a 20th and fills at nine tenths of the limit, so that no window of the
 * server's sees more than the limit, and a 20th is left for jitter on the way. Longer
 * windows are not paced: they are spent as the load spends them, and when nothing is
 * left nothing leaves.
 *
 * A bucket is one time (GCRA): `free_ns`, when it would be full again. Requests are
 * charged when they leave, tokens as expected then and as used at the end.
 *
 * LIMIT: it knows only its own requests, and the last "remaining" of others'. It is
 * one thread's; whoever has several must give each its share of the limit.
 */
#ifndef GUST_ALLOWANCE_H
#define GUST_ALLOWANCE_H

#include "wire/ratelimit.h"

struct bucket {
    enum ratelimit_thing thing;
    int32_t window_s;
    int64_t limit;   /* > 0 */
    int64_t free_ns; /* when it is full */
};

/* Zeroed allows everything, and is valid. */
struct allowance {
    uint32_t count;
    struct bucket buckets[RATELIMIT_BUDGETS];
    int64_t hold_until_ns; /* nothing leaves before */
    bool is_used_up; /* nothing remains of a long budget, whose reset nobody told */
    bool is_usage_debited; /* the server counts tokens that were used, not asked for */
    uint64_t refused;      /* 429s met all the same */
};

/* What an answer said, settled. At the start, before own requests: is_first, then what
 * is missing of the limit counts as used by us. */
void allowance_learn(struct allowance *a, const struct ratelimit *r, bool is_first,
                     int64_t now_ns);

/* The server refused with 429 for a limit; r is what it said. Holds everything for as
 * long as it asks; else until the reset of an empty budget; else a tenth of the
 * longest window. */
void allowance_refused(struct allowance *a, const struct ratelimit *r, int64_t now_ns);

/* When a request that may use so many tokens may leave, as far as is known: a past
 * time is now, INT64_MAX is not in this run. */
int64_t allowance_ready_ns(const struct allowance *a, int64_t tokens);

/* It leaves. */
void allowance_take(struct allowance *a, int64_t tokens, int64_t now_ns);

/* It has used `used` tokens instead of those charged. Less is given back only where
 * the server debits what was used. */
void allowance_correct(struct allowance *a, int64_t charged, int64_t used);

#endif
