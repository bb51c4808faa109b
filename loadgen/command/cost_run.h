/*
 * Runs and what they cost, side by side: read by the verb (cost_run.c), shown as a
 * sheet and a picture (cost_run_sheet.c).
 */
#ifndef GUST_COST_RUN_H
#define GUST_COST_RUN_H

#include "command/cost_options.h"
#include "judge/cost.h"
#include "judge/selfhost.h"
#include "judge/tradeoff.h"

#define COST_RUNS_MAX 12

struct cost_run_settings {
    const char *model, *against, *overhead, *policy;
    double gpu_hour;
    double saving; /* that the second of two must bring, 0..1 */
    struct opt_list slos;
    struct selfhost house;
    bool has_house; /* --gpu-hour is given */
    struct cost_settings cost;
};

struct cost_column {
    char name[72];
    struct run_cost *cost;
    struct ratio_estimate per[COST_PERS]; /* of one request */
    struct selfhost_cost house;
    double api_request, break_even; /* --against */
};

struct cost_runs {
    const struct cost_run_settings *settings;
    struct price_list *list; /* NULL: the runs' own */
    const char *currency;
    struct cost_column columns[COST_RUNS_MAX];
    size_t count;
    struct verdict *verdict;    /* of two; NULL else */
    struct ratio_result change; /* of what a request costs */
    struct tradeoff tradeoff;
};

/* Two runs: what the trade-off comes to, and its tables. */
void cost_run_answer(const struct cost_runs *x, struct sheet *s);
void cost_run_tradeoff(const struct cost_runs *x, struct sheet *s);

void cost_run_sheet(const struct cost_runs *x, int64_t wall_ns, struct sheet *s);
/* The break-even, where there is one to draw. */
void cost_run_plots(const struct cost_runs *x, struct plots *plots);

#endif
