/*
 * Time stamps that were rounded to a grid: finding the grid, and putting the
 * rows of one step evenly at random over it.
 *
 * A trace written in steps of 3 s (Mooncake) or 1 s (BurstGPT) shows bursts that
 * were not there. Spreading needs the number k of rows of a step, nothing more:
 * the sorted places of k uniform draws can be drawn one after the other, lowest
 * first (the smallest of k uniforms is 1 - U^(1/k), and the rest is the same
 * problem on what is left). So no row is ever held or sorted.
 */
#ifndef GUST_SPREAD_H
#define GUST_SPREAD_H

#include <stddef.h>
#include <stdint.h>

/* Shortest and longest step that is looked for; fewer rows prove nothing. */
#define SPREAD_STEP_MIN_NS INT64_C(1000000000)
#define SPREAD_STEP_MAX_NS INT64_C(60000000000)
#define SPREAD_ROWS_MIN 64

/* The step, ns, of n stamps in the order of the file, or 0 when they are on no
 * grid. Stamps are on a grid when each lies within 1/200 of the step of a
 * multiple, counted from the first, and some share one: rows that merely come
 * once per second need no spreading. */
int64_t spread_step_ns(const int64_t *stamps_ns, size_t n);

/* The step number of a stamp; offset_ns since the first row, may be negative. */
int64_t spread_index(int64_t offset_ns, int64_t step_ns);

/* Place in 0..1 of the next of `left` rows that still have to come (itself
 * included), behind `place`, where the row before lies (0 for the first).
 * A function of seed and row number only; never goes back. */
double spread_place(double place, uint64_t left, uint64_t seed, uint64_t row);

#endif
