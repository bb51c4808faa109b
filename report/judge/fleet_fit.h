/*
 * The server of a fleet on paper (fleet.h), fitted to a measured curve, and how far it
 * is from it at every point: what the paper says about loads and fleets that nobody
 * measured is worth no more than that.
 */
#ifndef GUST_FLEET_FIT_H
#define GUST_FLEET_FIT_H

#include "judge/fleet.h"

#define FLEET_POINTS_MAX 24
#define FLEET_POINTS_LEAST 3 /* that hold */

/* A measured load: what all replicas together got and gave. */
struct fleet_point {
    double rate_per_s; /* arrivals; 0: one request at a time */
    double completed_per_s;
    bool is_steady; /* it kept up; else only its pace is compared */
    double weight;  /* of it in the fit, > 0 */
    struct fleet_quantiles metric[FLEET_METRICS]; /* NAN or infinite: not known */
};

/* The paper at a point. */
struct fleet_check {
    struct fleet_quantiles metric[FLEET_METRICS];
    double completed_per_s;
};

struct fleet_fit {
    struct fleet_server server;
    bool
        is_full_seen; /* the curve says how many slots; else they are at least so many */
    struct fleet_check checks[FLEET_POINTS_MAX]; /* one per point */
    double typical, worst; /* |paper / measured - 1| over the latencies of steady
                              points: the median, and the greatest of any p50 or p95 */
    double worst_rate;     /* where that is */
};

/* Fits replicas alike behind round robin to at most FLEET_POINTS_MAX points. False:
 * fewer than FLEET_POINTS_LEAST steady ones, or none says TTFT and TPOT. Takes up to
 * seconds. */
bool fleet_fit(const struct fleet_point *points, size_t count, uint64_t replicas,
               const struct fleet_length *lengths, size_t length_count,
               struct fleet_fit *out);

#endif
