/*
 * One trial of a capacity search: a run of its own at one load, in its own directory,
 * ended as soon as it is decided, judged after it is sealed.
 *
 * LIMIT: connections are opened and warmed anew for each trial, outside of its measured
 * time; a server that serves fresh connections differently is not seen doing so.
 */
#ifndef GUST_CAPACITY_TRIAL_H
#define GUST_CAPACITY_TRIAL_H

#include "command/capacity_options.h"
#include "command/run_plan.h"
#include "judge/search.h"
#include "judge/trial.h"

/* Everything that trials share. Filled by the verb. */
struct conductor {
    const struct invocation *in;
    const struct capacity_settings *settings;
    struct run_plan plan;
    struct host host;
    struct trial_ask ask;
    const char *out_dir;
    enum capacity_axis axis;
    enum arrival_kind open_kind; /* of arrivals per second */
    int64_t calibration_ns;      /* of the one at the start: the idle server */
    int64_t budget_left;         /* pico; 0: no budget */
};

/* Lengths of a trial, ns, whole seconds. */
struct trial_length {
    int64_t warmup_ns, measured_ns;
};

/* By the options, else by the requests that were seen: pure. points[n]: the trials so
 * far. */
struct trial_length trial_length_of(const struct capacity_settings *s,
                                    const struct trial_ask *ask,
                                    const struct capacity_point *points, size_t n,
                                    const struct search_order *order);

enum trial_ending {
    TRIAL_DONE,
    TRIAL_INTERRUPTED, /* by a signal; does not count */
    TRIAL_BUDGET,      /* money is spent; does not count */
    TRIAL_BROKEN,      /* could not run; err says why */
};

/* Runs trial `number` (from 1) and fills *out. A finished run that is already in its
 * place is judged, not repeated; one that was cut is set aside. */
enum trial_ending trial_conduct(struct conductor *c, const struct search_order *order,
                                const struct trial_length *length, size_t number,
                                struct capacity_point *out, struct err *e);

/* Waits until the server answers as it did when it was idle: a request takes at most
 * 20 % or 20 ms longer than at the start; at most a minute. Seconds that it took. */
double trial_cool_down(struct conductor *c);

#endif
