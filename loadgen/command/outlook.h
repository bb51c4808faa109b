/*
 * What a run will cost, said before it is sent: expected, at most, and how far its
 * budget goes.
 *
 * The load of an open loop is known before it is sent. Of a closed loop only what a
 * request costs is known: how many there will be depends on the server. Long loads
 * are walked in part, and projected.
 *
 * A budget is passed by what is expected, not by the worst case: but the run ends with
 * the first request whose worst case does not fit beside those in flight. LIMIT: how
 * many will be in flight is not known here, so "about"; and what preflight asks, a
 * short request per class and endpoint, is not in it.
 */
#ifndef GUST_OUTLOOK_H
#define GUST_OUTLOOK_H

#include "engine/plan.h"

/* Whole units of the currency, all arms together; NAN: not known. */
struct outlook {
    double expected, worst;  /* of the whole load */
    double each, each_worst; /* mean of a request of the schedule */
    double requests;         /* of the schedule */
    double seconds;          /* of the load */
};

/* Of a plan with prices. Errors are those of its trace. */
MUST_CHECK int outlook_of(const struct plan *plan, struct outlook *out, struct err *e);

/* How far a budget goes. */
enum outlook_reach {
    REACH_ALL,     /* the worst case fits */
    REACH_LIKELY,  /* what is expected fits */
    REACH_PART,    /* less than what is expected */
    REACH_NOTHING, /* the worst case of a request does not fit */
    REACH_UNKNOWN, /* as the load is: so many requests, whatever that is of it */
};

/* budget > 0. *requests: so many are expected to be paid for, when it is not all. */
enum outlook_reach outlook_reach(const struct outlook *o, double budget,
                                 double *requests);

/* "$1.20 expected, at most $1.40; $0.218 for 1,000 requests" */
void outlook_cost(const struct outlook *o, const char *currency, struct buf *out);
/* "$1.00 pays for about 92 of 337 requests, 19 s of the load" */
void outlook_budget(const struct outlook *o, double budget, const char *currency,
                    struct buf *out);
/* "$10.00 an hour is above the $3.85 an hour that are expected" */
void outlook_rate(const struct outlook *o, double budget_per_h, const char *currency,
                  struct buf *out);

#endif
