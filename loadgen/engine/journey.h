/*
 * A request's way through its attempts, under a client policy: what its slot keeps
 * from one attempt to the next. Without a policy it is not used.
 *
 *     attempts on the wire = begun + hidden        begun = 1 + retries + hedges
 *
 * While a hedge is under way two slots hold it, each with a whole copy: what ends
 * first tells the other one what it was charged, and is forgotten.
 */
#ifndef GUST_JOURNEY_H
#define GUST_JOURNEY_H

#include "measure/bill.h"
#include "policy/client.h"

struct slot;

struct journey {
    struct rng rng;       /* of this request's jitter */
    struct ticket ticket; /* of the attempt under way */
    bool has_ticket;
    bool is_first, is_retry, is_hedge; /* the attempt under way: one of them */
    bool is_beaten;      /* the twin was first: this attempt is to be cancelled */
    struct slot *twin;   /* the other attempt under way; NULL: there is none */
    int64_t deadline_ns; /* since t0; INT64_MAX: none */
    int64_t previous_ns; /* sleep before the attempt under way */
    int64_t waited_ns;   /* all sleeps */
    int64_t lag_ns;      /* of the first attempt, once it has ended */
    uint32_t begun, retries, hedges;
    uint32_t hidden;            /* of attempts that have ended */
    enum outcome last;          /* while it waits: of the attempt that ended */
    struct bill charged, doubt; /* of attempts that have ended and did not answer */
    int64_t cost, doubt_cost;   /* of these, pico-units */
    bool is_assumed;            /* not all of them told what they were charged */
};

#endif
