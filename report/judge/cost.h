/*
 * What a run cost, read from its directory: by what was charged, by whom it served,
 * and per second of the measured window, for intervals.
 *
 * The run's own prices are taken, or others: tokens are kept, so that any run can be
 * priced with any list. Amounts of the whole run are exact; what is divided is not.
 * LIMIT: what a run that was not sealed was charged by part is as of its last minute.
 */
#ifndef GUST_COST_H
#define GUST_COST_H

#include "judge/summary.h"
#include "measure/price.h"
#include "stats/ratio.h"

/* Which prices; list NULL: the run's own. */
struct cost_pricing {
    const struct price_list *list;
    struct price_terms terms;
    const char *model; /* instead of each class's; NULL: as it was asked for */
};

/* A second of the measured window, by when its requests were due. */
struct cost_second {
    double cost, scheduled, ok, good;
};

struct run_cost {
    struct summary *summary; /* owned */
    char *currency, *list, *date, *source, *models;
    bool is_priced;                /* else all amounts are 0 */
    bool has_bills;                /* else only what succeeded is known */
    int64_t columns[BILL_COLUMNS]; /* charged; reasoning is a part of output */
    int64_t parts[BILL_PARTS];
    int64_t preflight, requests, total, at_most;
    struct cost_second *seconds;
    size_t second_count;
    double window_cost, window_prompt, window_output; /* cached in prompt */
};

/* Reads and judges a run; arm NULL: its first. A run without prices is read, too,
 * where needs_price is false. NULL on failure: no run, no price of a model. */
struct run_cost *run_cost_read(const char *path, const char *arm,
                               const struct cost_pricing *p, bool needs_price,
                               struct err *e);
void run_cost_free(struct run_cost *c); /* NULL is fine */

/* Of what 1,000 requests cost. */
enum cost_per { COST_SCHEDULED, COST_SUCCESSFUL, COST_GOOD, COST_PERS };
extern const char *const cost_per_names[COST_PERS];

/* Slices for ratios: money over requests of that kind. free(); count seconds. */
struct ratio_slice *run_cost_slices(const struct run_cost *c, enum cost_per per);

#endif
