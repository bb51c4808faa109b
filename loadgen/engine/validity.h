/*
 * Was the generator itself good enough? Pure: facts in, reasons out.
 *
 * A run whose generator was late, shed load, lost samples or ran out of
 * something measured the generator, not the server. Such a run is invalid: it
 * can be NO-GO or INCONCLUSIVE, never GO. Thresholds: one table in validity.c.
 */
#ifndef GUST_VALIDITY_H
#define GUST_VALIDITY_H

#include "base/base.h"

#include <stdbool.h>

/* Sums and maxima over the measured window, all workers. */
struct generator {
    int64_t window_ns;
    uint64_t scheduled, sent, shed;
    uint64_t client_errors; /* outcome client_resource */
    uint64_t samples_lost;
    int64_t lag_us_p50, lag_us_p99, lag_us_max;
    int64_t ttft_us_p50; /* 0 unknown */
    int64_t stall_us_max;
    double cpu_share_max;  /* of a core, busiest worker, over the window */
    double runq_share_max; /* share of time runnable but not running */
    double throttled_share;
    int64_t clock_drift_ns; /* of the wall clock: drift.h */
    uint32_t in_flight_max, connections_max;
    uint64_t connects;
    uint64_t stamps_kernel, stamps_loop;
    uint32_t ports;
    bool is_spinning; /* --pace spin: a full core is meant */
    bool is_paced;    /* --respect-limits: the server's limit may hold requests back */
};

struct objection {
    const char *code;     /* "lag", in files */
    const char *resource; /* what was short: "cpu", "ports" */
    bool is_fatal;        /* makes the run invalid; else a warning */
    char text[160];
    const char *advice;
};

#define OBJECTIONS_MAX 14

/* Returns the number of reasons; the fatal ones come first. */
size_t validity_objections(const struct generator *g,
                           struct objection out[OBJECTIONS_MAX]);

bool validity_holds(const struct objection *objections, size_t n);

#endif
