/*
 * Can a run be afforded? Which prices it has, what it will cost, and whether whoever
 * pays was asked, before the first request that is charged.
 */
#ifndef GUST_AFFORD_H
#define GUST_AFFORD_H

#include "command/run_plan.h"

/* --prices, --budget and --budget-rate into the plan. Nothing is sent. */
MUST_CHECK int afford_limits(struct run_plan *p, const struct run_settings *s,
                             struct err *e);

/* Preflight with the question of money in its middle: the server is identified, its
 * models are priced, the estimate is said, and where more than AFFORD_FREE could be
 * spent on a server that is not local it must be confirmed: on a terminal by an
 * answer, else by --yes. *code as in preflight; EXIT_USAGE: nothing was charged. */
#define AFFORD_FREE 1.0 /* whole units of the currency */
MUST_CHECK int afford_preflight(struct run_plan *p, const struct run_settings *s,
                                enum exit_code *code, struct err *e);

/* What lines about money start with. */
struct afford_labels {
    const char *cost, *budget, *prices;
};

/* Prices the plan's targets, whose models are known: what it will cost and how far
 * its limits go, as lines to notes. Nothing where nobody asked for prices and none
 * are known. */
MUST_CHECK int afford_price(struct run_plan *p, const struct run_settings *s,
                            const struct afford_labels *labels, struct buf *notes,
                            struct err *e);

/* What is to be done about the money of a run. */
enum afford_question {
    AFFORD_GO,
    AFFORD_ASK,
};

/* Pure: worst NAN: not known. is_paid: somebody charges for what the run asks. */
enum afford_question afford_question(double worst, double budget, bool is_local,
                                     bool is_paid, bool is_confirmed);

/* Is it this machine (loopback)? By the host that libcurl would connect to. */
bool afford_is_local(const char *url);

#endif
