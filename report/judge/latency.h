/*
 * A latency distribution that counts its failures: what was measured, and how
 * many requests were lost, each of which is larger than every measured value.
 *
 * A percentile over it therefore never looks better because requests
 * failed. It is one of four things, and the renderers print each as it is.
 */
#ifndef GUST_LATENCY_H
#define GUST_LATENCY_H

#include "measure/hist.h"

struct latency {
    struct hist *hist; /* microseconds; NULL until the first value */
    uint64_t lost;     /* requests without a value: +infinity */
    int64_t beyond_us; /* all lost ones took longer than this; 0: unknown */
};

enum quantile_state {
    QUANTILE_NONE,   /* nothing was measured, nothing was lost */
    QUANTILE_FEW,    /* fewer observations than `needed`: not printed */
    QUANTILE_VALUE,  /* us is the percentile */
    QUANTILE_BEYOND, /* the rank falls among the lost: > beyond_us, or unknown */
};

struct quantile {
    enum quantile_state state;
    int64_t us;
    uint64_t needed;
    int64_t beyond_us;
    double lost_share; /* of all observations, 0..1 */
};

void latency_release(struct latency *l);

/* Adds ascending bins. */
void latency_add(struct latency *l, const struct hist_bin *bins, size_t n);

/* Measured and lost. */
uint64_t latency_count(const struct latency *l);

/* percentile 0..100, HdrHistogram's rank over measured and lost together. */
struct quantile latency_quantile(const struct latency *l, double percentile);

/* Share of all observations that are <= limit_us, 0..1; lost ones never are. NAN
 * when there are none. */
double latency_share_within(const struct latency *l, int64_t limit_us);

/* Mean and largest of the measured values, microseconds; NAN and 0 when none. */
double latency_mean_us(const struct latency *l);
int64_t latency_max_us(const struct latency *l);

/* Room for the text below, with its NUL. */
#define QUANTILE_TEXT 64

/* "812 ms", "> 60.0 s", "n/a (2.3 % failed)", "n/a (needs 662)" or "n/a". */
const char *quantile_format(char text[QUANTILE_TEXT], const struct quantile *q);

#endif
