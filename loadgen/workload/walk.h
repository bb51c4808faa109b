/*
 * Due times of an open loop: an arrival process of rate 1, bent by the curve of
 * the load.
 *
 * The process gives gaps (constant 1, exponential, or gamma of mean 1); their
 * running sum is the number of arrivals that the curve must have let pass, so an
 * arrival is where the integral of the rate reaches the sum.
 */
#ifndef GUST_WALK_H
#define GUST_WALK_H

#include "workload/curve.h"

/* Members are private to walk.c. Invariant: 0 <= passed, and everything after
 * phases is a function of how many times walk_next was called. */
struct walk {
    const struct arrival_plan *arrival;
    const struct phase *phases;
    size_t phase_count;
    double rate_per_s; /* base rate */
    struct rng gaps;
    bool is_first;
    int64_t due_ns; /* of the last arrival */
    double passed;  /* arrivals since the start of the piece */
    size_t phase;
    int64_t phase_start_ns;
    struct piece piece;
    double rate_from, slope; /* of the piece: per s, per s^2 */
    double area;             /* arrivals within the piece */
};

/* arrival must be of an open kind: constant, Poisson or gamma. phases (borrowed,
 * count >= 1) as in the profile. */
void walk_init(struct walk *w, const struct arrival_plan *arrival,
               const struct phase *phases, size_t count, double rate_per_s,
               uint64_t seed);

/* The next due time since t0, never before the last one, and its phase. False at
 * the end of the last phase, and ever after. */
bool walk_next(struct walk *w, int64_t *due_ns, size_t *phase);

#endif
