/*
 * What an answer's headers say about limits: budgets (a limit, what remains of it,
 * when it comes back), what the request was charged, and how long to wait.
 *
 * One row per family of names (ratelimit.c): Mistral's since 2026, of 2025 and
 * before, OpenAI's, Kong's, the IETF draft's. Every header is optional, and so is
 * every field here. Pure: the wall clock is passed in, and only needed for dates.
 *
 * LIMIT: OpenAI's names do not tell their window; it is taken to be a minute, which
 * is wrong for a server that counts requests by the day.
 */
#ifndef GUST_RATELIMIT_H
#define GUST_RATELIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATELIMIT_UNKNOWN INT64_C(-1)
#define RATELIMIT_BUDGETS 8

/* Longest wait that is believed, 1 d; a longer one is cut to it. */
#define RETRY_AFTER_MAX_NS (INT64_C(86400) * 1000000000)

enum ratelimit_thing { RATELIMIT_REQUESTS, RATELIMIT_TOKENS, RATELIMIT_THINGS };

extern const char *const ratelimit_thing_names[RATELIMIT_THINGS];

/* One budget; its key is (thing, window_s). RATELIMIT_UNKNOWN where not told. */
struct ratelimit_budget {
    enum ratelimit_thing thing;
    int32_t window_s;      /* 1, 10, 60, ...; 0: not told; a month is 30 days */
    int64_t limit;         /* per window; 0: never allowed */
    int64_t remaining;     /* when the answer was written */
    int64_t reset_ns;      /* until it is free again, from the answer on */
    int64_t reset_at_s;    /* until settled: the same as a date since 1970; 0 none */
    int32_t told_window_s; /* until settled: window that the value names; 0 none */
};

struct ratelimit {
    uint32_t count;
    struct ratelimit_budget budgets[RATELIMIT_BUDGETS];
    bool is_usage_debited;  /* of a family that charges tokens when they were used */
    int64_t query_cost;     /* tokens that this request was charged */
    int64_t retry_after_ns; /* how long the server asks to wait, 0..max */
    bool has_retry_ms;      /* retry_after_ns is retry-after-ms's, which outranks */
    int64_t retry_at_s;     /* Retry-After as a date, until settled; 0 none */
    int64_t date_s;         /* the answer's own Date; 0 none */
};

/* Nothing is known. */
void ratelimit_reset(struct ratelimit *r);

/* Takes one header if it is about limits or the date; true if it was. Name and
 * value without the white space around them, not NUL-terminated. A value that
 * cannot be read counts as absent. Budgets beyond RATELIMIT_BUDGETS are left out. */
bool ratelimit_header(struct ratelimit *r, const char *name, size_t name_length,
                      const char *value, size_t length);

/* All headers are in: dates become waits, measured from the answer's own Date where
 * it has one (two clocks need not agree), else from wall_ns (since 1970; 0: not
 * known, then a date says nothing). A date that is past is a wait of 0. */
void ratelimit_settle(struct ratelimit *r, int64_t wall_ns);

/* Is any limit 0: is such a request never allowed? */
bool ratelimit_is_never(const struct ratelimit *r);
/* Is nothing left of a budget whose window is at least a day? */
bool ratelimit_is_spent(const struct ratelimit *r);

/* The budget of that key, or NULL. */
const struct ratelimit_budget *ratelimit_find(const struct ratelimit *r,
                                              enum ratelimit_thing thing,
                                              int32_t window_s);

/* "Wed, 21 Oct 2026 07:28:00 GMT" and the two obsolete forms of RFC 9110 5.6.7:
 * seconds since 1970, or -1. */
int64_t ratelimit_date_s(const char *text, size_t length);

#endif
