/*
 * Is an objective met, by what a trial has seen so far? MLPerf's early stopping, both
 * ways: an objective is that a share of all requests is within a limit, so the misses
 * are binomial; too few of them for a server that only just misses is a pass, too many
 * for one that only just meets it is a fail, and everything between is unsure.
 *
 * Requests of one run depend on each other: a queue that is long delays all who wait in
 * it. So the trial is cut into blocks, and counts are divided by what the blocks vary
 * beyond chance (stats/proportion.h): a trial of 1,000 requests with one burst in it may
 * be worth 100 independent ones.
 *
 * LIMIT: waves that are longer than a block are seen only in part. A search therefore
 * confirms what it found with independent trials.
 */
#ifndef GUST_ATTAINMENT_H
#define GUST_ATTAINMENT_H

#include "judge/capacity.h"
#include "stats/proportion.h"

#define ATTAINMENT_BLOCKS 8

/* Requests that a pass needs at least, with no miss among them: the first n with
 * target^n <= alpha. target 0..1; of 1 as many as of 0.99. */
double attainment_needed(double target, double alpha);

/* misses of n requests, counts that may be fractions; a pass and a fail are each
 * wrong with probability alpha at most. A target of 1 is failed by any miss. */
enum capacity_state attainment_state(double misses, double n, double target,
                                     double alpha);

/* Of the seconds of a trial, in order: counts, and how many independent requests they
 * are worth. */
struct capacity_count attainment_count(const struct trials *seconds, size_t n);

/* The state of a count; several counts of independent trials may be added up before. */
enum capacity_state attainment_judge(const struct capacity_count *c, double target,
                                     double alpha);

/* By the count alone, whatever it proves: is the target met? */
bool attainment_is_met(const struct capacity_count *c, double target);

/* What share of requests an objective wants within its limit, 0..1. */
double attainment_target(const struct slo *slo);

#endif
