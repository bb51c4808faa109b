/*
 * What a run has spent: watched once a second against its limits, and written into
 * the run directory. Amounts are whole pico-units, written as exact decimals.
 *
 *     spent   = preflight + all requests that have ended, failed ones too
 *     at most = spent + what may be charged on top (measure/bill.h)
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
#include "policy/spending.h"

#define EXPENSE_TEXT 512

struct expense {
    int64_t preflight, requests, doubt;
};

/* As of the fold; NULL: before the start. */
struct expense expense_of(const struct plan *plan, const struct fold *fold);
/* What preflight was charged. */
int64_t expense_preflight(const struct plan *plan);

/* Must the run end? Then text says why. Called once a second at now_ns since t0. */
bool expense_is_over(const struct plan *plan, struct purse *purse,
                     struct spending *rate, int64_t now_ns, const struct fold *fold,
                     char text[EXPENSE_TEXT]);

/* Appends what is spent by now to intervals.jsonl: {"kind":"spending","t":...};
 * nothing when nothing is priced. */
MUST_CHECK int expense_append(const struct plan *plan, struct purse *purse,
                              int64_t now_ns, const struct fold *fold,
                              struct rundir *dir, struct err *e);

/* The member "cost" of run.json; null when nothing is priced. */
void expense_manifest(struct jout *j, const struct plan *plan, const struct fold *fold);

#endif
