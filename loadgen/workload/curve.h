/*
 * The shape of the load over time: a factor of the base rate (or of the users)
 * for every instant of a list of phases.
 *
 * A phase is a row of linear pieces: one for warm-up, steady, ramp and spike, one
 * a step, 64 a period of a sine. Pieces are at most ten minutes long. They are
 * made one after the other and never stored, so a phase of a month costs nothing.
 */
#ifndef GUST_CURVE_H
#define GUST_CURVE_H

#include "workload/profile.h"

/* Part of a phase on which the factor goes from -> to in a straight line. */
struct piece {
    int64_t start_ns;  /* since the phase's start */
    int64_t length_ns; /* > 0 */
    double from, to;
};

/* Factor at a time since the phase's start, 0 .. duration. */
double curve_factor(const struct phase *p, int64_t at_ns);

/* The piece that starts at start_ns, 0 <= start_ns < duration. */
struct piece curve_piece(const struct phase *p, int64_t start_ns);

/* Largest factor of the phase. */
double curve_peak(const struct phase *p);

/* Sum of the durations. */
int64_t curve_duration_ns(const struct phase *phases, size_t count);

/* The phase at a time since t0, and that phase's start. Times before the first
 * belong to the first, times past the end to the last. count >= 1. */
size_t curve_phase_at(const struct phase *phases, size_t count, int64_t at_ns,
                      int64_t *start_ns);

#endif
