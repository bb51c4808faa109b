/*
 * gust capacity --plan RATE DIR: replicas for a rate, from the curve of a search.
 */
#ifndef GUST_CAPACITY_PLAN_H
#define GUST_CAPACITY_PLAN_H

#include "base/command.h"
#include "command/price_settings.h"
#include "judge/selfhost.h"

struct plan_settings {
    double rate_per_s; /* 0: nothing is planned */
    uint64_t spare;
    struct selfhost house; /* gpu_hour and gpus */
    const char *overhead, *against;
};

/* Which of the plan's options is given; NULL: none. */
const char *capacity_plan_option(const struct opts *opts);

/* The verb, when --plan is given: DIR is its argument. out: folder of plan.json, plan.md
 * and index.html, or NULL. Nothing is sent. */
int capacity_plan(const struct invocation *in, const struct plan_settings *s,
                  const struct price_settings *prices, const char *out, bool is_json);

#endif
