/*
 * What a workload asks for, in tokens: walked, not derived, so that lengths,
 * conversations and shared prefixes count as they would be sent.
 *
 * Expected cached tokens: of a prompt, the prefix that an earlier prompt of its
 * group had, and of a later turn all that came before, in whole blocks. LIMIT:
 * nothing is evicted, prefix blocks of a trace are not looked at, and a provider
 * need not cache at all: it is the most that caching can save.
 *
 * The worst case: nothing cached, every reply as long as it may be.
 */
#ifndef GUST_DEMAND_H
#define GUST_DEMAND_H

#include "measure/price.h"
#include "workload/schedule.h"

#define DEMAND_CACHE_BLOCK 64 /* tokens; a shorter match is none */

/* Sums over what was walked; bill columns without reasoning. */
#define DEMAND_COLUMNS 3

struct demand_class {
    double tokens[DEMAND_COLUMNS];                /* expected */
    double cross[DEMAND_COLUMNS][DEMAND_COLUMNS]; /* products of a session's sums */
    double worst_prompt, worst_output;
    uint64_t requests, generating; /* generating: those that get output */
};

struct demand {
    struct demand_class classes[PROFILE_CLASSES_MAX];
    size_t class_count;
    uint64_t sessions, requests;
    int64_t last_due_ns; /* of the sessions */
    bool is_whole;       /* the schedule ended before the limit */
};

struct demand_options {
    int64_t duration_ns;   /* sessions due before it */
    uint64_t requests_max; /* stop after the session in which so many are reached */
    uint32_t max_tokens;   /* of a reply, instead of what is asked; 0: as asked */
};

/* Walks the schedule of an open loop. Errors are those of a trace. */
MUST_CHECK int demand_walk(const struct schedule_spec *spec,
                           const struct demand_options *o, struct demand *out,
                           struct err *e);

/* Prices of the classes, by index, in whole units per token. */
struct demand_price {
    double per_token[DEMAND_COLUMNS];
};

/* Of everything walked: expected, worst; of a session: mean square. */
double demand_expected(const struct demand *d, const struct demand_price *prices);
double demand_worst(const struct demand *d, const struct demand_price *prices);
double demand_session_square(const struct demand *d, const struct demand_price *prices);

/* Price as whole units per token. */
struct demand_price demand_price_of(const struct price *p);

#endif
