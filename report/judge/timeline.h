/*
 * What happened when: one moment per bucket of time, at most TIMELINE_POINTS of
 * them however long the run was.
 *
 * Buckets are one second wide until the run outgrows them; then neighbours are
 * merged and the width doubles. Counts add up, peaks take the maximum, latency
 * is kept in coarse histograms (32 slots of hist.h in one: 3 % wide from 1 ms
 * on), good for a picture; numbers come from struct latency.
 *
 * Activity is booked at the second it happened. Latency, losses and reasons are
 * booked at the second the request was due, so that a stall shows where it began.
 */
#ifndef GUST_TIMELINE_H
#define GUST_TIMELINE_H

#include "measure/hist.h"
#include "wire/outcome.h"

#define TIMELINE_POINTS 1200
#define BAND_SHIFT 5
#define BAND_SLOTS (HIST_SLOTS >> BAND_SHIFT)

/* Counts of what happened, per second or added up. */
struct activity {
    uint64_t due, sent, attempts, done, ok, failed, not_sent, censored;
    uint64_t first_contents, content_events;
    uint64_t prompt_tokens, output_tokens; /* of requests done */
    uint64_t body_bytes;
};

void activity_add(struct activity *into, const struct activity *from);

enum band { BAND_TTFT, BAND_E2E, BAND_COUNT };

/* Of the server, for the pictures. */
enum moment_gauge {
    GAUGE_QUEUE,
    GAUGE_RUNNING,
    GAUGE_KV_USE,
    GAUGE_CACHE_HITS, /* share of prompt tokens found, since the last answer */
    GAUGE_GPU_USE,
    GAUGE_GPU_MEMORY, /* share in use */
    GAUGES
};

#define MOMENT_BUDGETS 8

struct moment {
    struct activity activity;
    uint64_t scheduled, good;             /* by due time */
    uint64_t lost;                        /* failed and censored, by due time */
    uint32_t by[OUTCOME_COUNT];           /* all but ok, by due time */
    uint64_t in_flight_sum, health_lines; /* their ratio is the mean */
    uint64_t in_flight_max, connections_max;
    uint64_t lag_us_max, stall_us_max;
    uint32_t gauge_count[GAUGES], budget_count[MOMENT_BUDGETS];
    double gauge_sum[GAUGES],
        budget_min[MOMENT_BUDGETS]; /* least; with a count of 0: none */
    double spent, spent_per_h;      /* most that a second's end told, whole units */
    uint32_t spent_count, spent_per_h_count; /* how many told; 0: unknown */
    uint32_t bands[BAND_COUNT][BAND_SLOTS];
};

/* Zeroed is empty and valid. Moment i covers [i, i+1) * width_s since t0. */
struct timeline {
    struct moment *moments;
    size_t count, cap;
    uint32_t width_s;
};

void timeline_release(struct timeline *t);

/* The moment of time at_s (>= 0, since t0); grows or coarsens the timeline. The
 * pointer is good until the next call. */
struct moment *timeline_at(struct timeline *t, double at_s);

/* What remained of a budget was seen once. */
void moment_budget(struct moment *m, size_t budget, double remaining);

/* What was spent in all by the end of a second, and at what rate; NAN: not told. */
void moment_spending(struct moment *m, double spent, double per_h);

/* Adds ascending bins of hist.h to a band. */
void moment_latency(struct moment *m, enum band band, const struct hist_bin *bins,
                    size_t n);

/* A copy with `merge` (>= 1) moments in one. */
void timeline_coarsen(const struct timeline *t, size_t merge, struct timeline *out);

/* Adds the first moments to out, which is zeroed, until it has enough measured values
 * of the band or there are no more; the time of its end, s. */
double timeline_first(const struct timeline *t, enum band band, uint64_t enough,
                      struct moment *out);

/* Measured values of a band. */
uint64_t moment_count(const struct moment *m, enum band band);

/* Percentile over measured and lost, middle of the coarse slot; -1 when the rank
 * falls among the lost or fewer than `enough` values were measured. */
int64_t moment_quantile_us(const struct moment *m, enum band band, double percentile,
                           uint64_t enough);

#endif
