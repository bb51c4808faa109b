/*
 * What stays proven when the generator was late.
 *
 * A late generator makes latencies: it reads and sends late, and sends in bursts. It
 * makes no error 500, no broken stream and no error inside a stream. Such failures
 * (FAILURES_FIRM) of seconds in which it was on time prove harm all the same, where
 * one generator served both arms in the same seconds: whatever it did it did to both.
 * Timeouts, refusals for overload and every latency stay unproven.
 */
#ifndef GUST_LATENESS_H
#define GUST_LATENESS_H

#include "judge/slo_guard.h"

struct lateness {
    const struct pairing *pairing;
    double alpha; /* of one gate: alpha.nogo over the gates that gate */
    bool is_look; /* always-valid proofs only */
};

/* A gate of state FAIL: do firm failures alone prove it, at alpha? */
bool lateness_leaves_gate(const struct lateness *l, const struct gate_result *r);

/* A guard of state BROKEN: is its SLO of success, and firm failures break it? */
bool lateness_leaves_guard(const struct lateness *l, const struct guard_result *g);

#endif
