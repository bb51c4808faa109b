/*
 * The rate of spending, looked at once a second: the mean over the last minute (as
 * much of it as there is), against a limit per hour.
 *
 * A detector, not a cap: it fires after SPENDING_BREACHES seconds in a row above the
 * limit, from SPENDING_FIRST_S on, so that neither a burst nor the first replies
 * decide.
 */
#ifndef GUST_SPENDING_H
#define GUST_SPENDING_H

#include "base/money.h"

#define SPENDING_WINDOW_S 60
#define SPENDING_FIRST_S 10
#define SPENDING_BREACHES 5

/* Zeroed is a new one. */
struct spending {
    int64_t spent[SPENDING_WINDOW_S + 1]; /* ring of totals, by look */
    int64_t at_ns[SPENDING_WINDOW_S + 1];
    unsigned looks, breaches;
    int64_t per_h; /* as of the last look */
};

/* spent: in all, at now_ns (since t0, ascending). True: the limit (> 0) is broken. */
bool spending_note(struct spending *s, int64_t now_ns, int64_t spent,
                   int64_t limit_per_h);

#endif
