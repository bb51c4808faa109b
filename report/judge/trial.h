/*
 * A trial of a capacity search, judged from its run directory: while it runs, to end it
 * as soon as it is decided, and after it is sealed, for the journal. The same counts
 * either way, so that a search that was killed judges a finished trial as it would have.
 *
 * A second is one of scheduled start. Of each objective every request of a second
 * counts; one that failed, or was refused for a quota, is within no limit.
 */
#ifndef GUST_TRIAL_H
#define GUST_TRIAL_H

#include "judge/attainment.h"
#include "judge/hearing.h"

#include <stdint.h>

/* What is asked of a trial. */
struct trial_ask {
    const struct slo *slos;
    size_t slo_count;
    bool is_closed; /* users: what is in flight cannot grow */
};

/* What the seconds from..until say; counts in the order of the objectives. */
struct trial_view {
    enum capacity_state state;
    size_t slo;           /* the one that is worst off, whatever the state */
    bool grows;           /* state is fail, because in flight grows without end */
    double before, after; /* in flight, when it grows */
    struct capacity_count counts[PROFILE_SLOS_MAX];
};

/* A bit per enum metric that the objectives need. */
uint32_t trial_metrics(const struct trial_ask *ask);

/* Judges at alpha the seconds from <= t < until that w knows. in_flight[n]: one value a
 * second over the same time, NULL: not known. */
void trial_judge(const struct trial_ask *ask, const struct witness *w, size_t from,
                 size_t until, const double *in_flight, size_t n, double alpha,
                 struct trial_view *out);

/* What was in flight in the seconds from <= t < until of a run, whether it is over or
 * not; the caller frees *out, of *n values. */
MUST_CHECK int trial_in_flight(const char *run_path, size_t from, size_t until,
                               double **out, size_t *n, struct err *e);

/* Reads a sealed run and judges it. Fills all of *out but phase, load, trial and seed;
 * the reason names the objective, what was measured and what was allowed. */
MUST_CHECK int trial_read(const struct trial_ask *ask, const char *run_path,
                          struct capacity_point *out, struct err *e);

/* What the requests of a run were charged, in units of its currency; of a run that is
 * not sealed the most that they may have been. 0 where nothing is priced or known. */
double trial_spent(const char *run_path);

/* Of a sealed run whose measured time began when an overload ended: how many seconds
 * later every objective is met by all that was due from then on; INFINITY: not even in
 * the last ten seconds. */
MUST_CHECK int trial_recovery(const struct trial_ask *ask, const char *run_path,
                              double *out_s, struct err *e);

/* The index of the objective that is worst off by these counts: the least share of its
 * allowance left; n must be at least 1. */
size_t trial_worst(const struct trial_ask *ask, const struct capacity_count *counts);

#endif
