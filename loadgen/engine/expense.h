/*
 * What a run has spent: looked at once a second, held against the run's limits and
 * the alerts' (policy/alert.h), and written into the run directory. Amounts are whole
 * pico-units, written as exact decimals.
 *
 *     spent   = preflight + all requests that have ended, failed ones too
 *     at most = spent + what may be charged on top (measure/bill.h)
 *     per_h   = of all requests, over the last minute (policy/spending.h)
 *
 * LIMIT: what may be charged on top is priced as of the arm, also where a backup of
 * other prices was asked; the purse counts it as of the backup.
 */
#ifndef GUST_EXPENSE_H
#define GUST_EXPENSE_H

#include "base/jout.h"
#include "engine/plan.h"
#include "engine/purse.h"
#include "measure/fold.h"
#include "measure/rundir.h"
#include "policy/alert.h"
#include "policy/spending.h"

#define EXPENSE_TEXT 512

struct expense {
    int64_t preflight, requests, doubt;
};

/* As of the fold; NULL: before the start. */
struct expense expense_of(const struct plan *plan, const struct fold *fold);
/* What preflight was charged. */
int64_t expense_preflight(const struct plan *plan);

/* Watches a run's expense. Zeroed is one that has seen nothing. */
struct expense_watch {
    struct expense now;
    struct spending rate;
    struct alert alert, guard;
};

int64_t expense_spent(const struct expense *x);

/* The look of a second that ended at now_ns since t0: a line of intervals.jsonl,
 * {"kind":"spending","t":...}, and an event of an alert that fires or ends, whose
 * words are left in text ("" else). Nothing when nothing is priced. */
MUST_CHECK int expense_look(struct expense_watch *w, const struct plan *plan,
                            struct purse *purse, int64_t now_ns,
                            const struct fold *fold, struct rundir *dir,
                            char text[EXPENSE_TEXT], struct err *e);

/* After the look: must the run end? Then text says why. */
bool expense_is_over(const struct expense_watch *w, const struct plan *plan,
                     struct purse *purse, char text[EXPENSE_TEXT]);

/* The member "cost" of run.json; null when nothing is priced. */
void expense_manifest(struct jout *j, const struct plan *plan, const struct fold *fold);

#endif
