/*
 * The rate of spending, measured once a second: the mean over the last minute (as much
 * of it as there is), per hour. A longer window would hide a runaway of minutes.
 *
 * Known from SPENDING_FIRST_S on, so that the first replies decide nothing. Whoever
 * sets a limit on it waits SPENDING_BREACHES looks in a row (alert.h): a detector,
 * not a cap.
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
    unsigned looks;
    bool is_known;
    int64_t per_h; /* as of the last look, when it is known */
};

/* spent: in all, at now_ns (since t0, ascending). */
void spending_note(struct spending *s, int64_t now_ns, int64_t spent);

#endif
