/*
 * Which endpoint does an attempt go to? Endpoints stand in order: 0 is preferred,
 * the others take over. Pure; time passed in.
 *
 * Sticky: all attempts go to the active endpoint. `failures` in a row there, or its
 * breaker open, and the next one that is not refused becomes active (failover).
 * After `after_ns` on another than 0, one request at a time tries endpoint 0;
 * `successes` of them in a row and it is active again (failback); a failure, and the
 * waiting begins anew.
 *
 * Not sticky: every request begins at 0, each further attempt goes one on; refused
 * endpoints are skipped.
 *
 * LIMIT: only endpoint 0 is tried while another is active; each worker decides for
 * itself.
 */
#ifndef GUST_FAILOVER_H
#define GUST_FAILOVER_H

#include "base/base.h"

#include <stdbool.h>

#define ENDPOINTS_MAX 4

struct failover_rule {
    unsigned endpoints; /* 1..ENDPOINTS_MAX; 1: no failover */
    bool is_sticky;
    bool is_immediate; /* an attempt at another endpoint does not sleep first */
    unsigned failures; /* in a row, at least 1 */
    int64_t after_ns;
    unsigned successes; /* at least 1 */
};

struct failover_counts {
    uint64_t failovers, failbacks;
};

struct failover {
    const struct failover_rule *rule;
    unsigned active;
    unsigned streak;   /* failures in a row at the active one */
    int64_t since_ns;  /* of the active one, or of the last failed try of 0 */
    unsigned tried_ok; /* tries of 0 that succeeded, in a row */
    bool is_trying;    /* one is on its way */
    struct failover_counts counts;
};

void failover_init(struct failover *f, const struct failover_rule *rule);

/* The endpoint of a request's attempt (0 first); refusing: bits of endpoints whose
 * breaker refuses. *is_try: it tries endpoint 0, and failover_ended must say so. All
 * refusing: one that refuses. */
unsigned failover_choose(struct failover *f, int64_t now_ns, unsigned attempt,
                         uint32_t refusing, bool *is_try);

/* An attempt ended; is_failure: in a class that counts. Neither: it says nothing. */
void failover_ended(struct failover *f, int64_t now_ns, unsigned endpoint, bool is_try,
                    bool is_ok, bool is_failure);

#endif
