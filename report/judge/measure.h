/*
 * What can be judged beside latencies: failure rates and ratios of sums, one row
 * each. Latencies are the rows of metric.h at a percentile.
 */
#ifndef GUST_MEASURE_H
#define GUST_MEASURE_H

#include "judge/witness.h"
#include "stats/ratio.h"

/* Per million tokens, in any currency. */
struct prices {
    bool is_set;
    double prompt, cached, output;
    char currency[8];
};

enum measure_kind {
    MEASURE_FAILURES, /* share of requests that failed: up is worse */
    MEASURE_RATIO,    /* sum of y over sum of x */
};

struct measure {
    const char *name;  /* "success" */
    const char *label; /* "failed requests" */
    const char *unit;  /* "%" for shares */
    enum measure_kind kind;
    enum failures failures; /* MEASURE_FAILURES */
    enum ratio_scale scale; /* MEASURE_RATIO, with all below */
    bool is_down_worse, is_two_sided, needs_prices;
    struct ratio_slice (*slice)(const struct ledger_row *row, const struct prices *p);
};

extern const struct measure measure_rows[];
extern const size_t measure_count;

/* The row of that name, or NULL. */
const struct measure *measure_find(const char *name);

#endif
