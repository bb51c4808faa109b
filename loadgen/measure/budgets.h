/*
 * The limits that answers published, added up over an interval or a run: for each
 * budget what was said last, and the least that remained.
 *
 * Answers come in any order from several workers: "last" is the last that was added.
 */
#ifndef GUST_BUDGETS_H
#define GUST_BUDGETS_H

#include "base/jout.h"
#include "wire/ratelimit.h"

struct budget_seen {
    struct ratelimit_budget last; /* fields that are never told stay unknown */
    int64_t remaining_min;        /* RATELIMIT_UNKNOWN: never told */
};

/* Zeroed is empty and valid. */
struct budgets {
    uint32_t count;
    struct budget_seen items[RATELIMIT_BUDGETS];
};

/* One answer's headers, settled. Budgets beyond RATELIMIT_BUDGETS are left out. */
void budgets_note(struct budgets *b, const struct ratelimit *r);

/* from is later than into. */
void budgets_add(struct budgets *into, const struct budgets *from);

/* An array of objects {of, window_s, limit, remaining, remaining_min, reset_s}; null
 * where not told. */
void budgets_write(const struct budgets *b, struct jout *j, const char *key);

#endif
