/*
 * What `gust canary` can be told: two targets, the load of `gust run`, and how to
 * judge.
 */
#ifndef GUST_CANARY_OPTIONS_H
#define GUST_CANARY_OPTIONS_H

#include "command/run_options.h"

struct canary_settings {
    struct run_settings run; /* run.target is the baseline */
    struct target_settings canary;
    const char *split; /* "mirror", "50/50", "90/10" */
    int64_t max_duration_ns;
    bool is_early;
    const char *policy, *calibration;
    int gate_mode;
    /* gradual rollout */
    const char *steps, *on_step, *on_nogo;
    int64_t bake_ns;
    bool is_smoke;
};

extern const struct opt canary_options[];

enum gate_mode { GATE_STRICT, GATE_ADVISORY };

#endif
