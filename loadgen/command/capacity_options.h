/*
 * What `gust capacity` can be told: where to search, how long, and what a trial is; the
 * rest is that of a run.
 */
#ifndef GUST_CAPACITY_OPTIONS_H
#define GUST_CAPACITY_OPTIONS_H

#include "command/capacity_plan.h"
#include "command/run_options.h"

/* Trials of a search, at most. */
#define CAPACITY_TRIALS_MAX 200

struct capacity_settings {
    struct run_settings run; /* rate and users: where the search starts */
    double max_load;         /* of the axis; 0: no limit but the generator's */
    int64_t trial_ns;        /* 0: by the length of requests and the objectives */
    int64_t soak_ns;
    int64_t max_time_ns;
    uint64_t max_trials, repeats, replicas;
    double width, overload; /* overload 0: none */
    const char *resume;
    struct plan_settings fleet; /* --plan: nothing is searched */
};

extern const struct opt capacity_options[];

#endif
