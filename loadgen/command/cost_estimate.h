/*
 * An estimate: a load, the models it is priced with, and what it comes to. Made by
 * the verb (cost_estimate.c), shown as a sheet (cost_estimate_sheet.c).
 */
#ifndef GUST_COST_ESTIMATE_H
#define GUST_COST_ESTIMATE_H

#include "command/cost_options.h"
#include "workload/demand.h"

#define ESTIMATE_MODELS_MAX 12
#define ESTIMATE_HOURS 24

struct estimate_settings {
    uint64_t requests, max_tokens, reasoning, seed;
    double rate_per_s, cached, peak_to_mean;
    int64_t duration_ns;
    const char *model, *hours;
    struct cost_settings cost;
};

/* One model and what the load costs with it, in whole units. */
struct offer {
    char name[128]; /* as asked */
    const struct price_model *row;
    struct price price; /* of the named model, for the table */
    double parts[BILL_COLUMNS], expected, spread, worst; /* spread: half of 95 % */
    double worst_prompt, worst_output;
};

struct estimate {
    const struct estimate_settings *settings;
    const struct profile *profile;
    struct price_list *list;
    struct demand demand;
    double scale;               /* from what was walked to the load */
    double requests;            /* of the load */
    double day[ESTIMATE_HOURS]; /* of the busiest hour's rate, 0..1 */
    double day_mean;
    struct offer offers[ESTIMATE_MODELS_MAX];
    size_t offer_count;
};

/* Fills an empty sheet. */
void estimate_sheet(const struct estimate *x, struct sheet *s);

#endif
