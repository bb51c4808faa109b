/*
 * Replicas of a model server behind a router, on paper: what their users would see.
 *
 * A replica has slots. A request takes one or waits, first come first served; in its
 * slot the prompt is computed, one prompt at a time, then follows a fixed time, then
 * the tokens, all sequences at one pace that falls with every slot taken. Nothing here
 * reads a clock or a file; the same spec gives the same result on every machine.
 *
 * A fleet of more than FLEET_SAMPLE replicas is sampled: so many are simulated, each
 * with what a replica of the whole would get. That is exact for round robin (every
 * R-th arrival of a Poisson stream) and for random routing; the least loaded of the
 * sample is a little busier than that of the whole.
 *
 * LIMIT: no prefix cache, no preemption, no chunked prefill, no failures, no jitter.
 * How far that is true of a server says fleet_fit.h, against what was measured.
 */
#ifndef GUST_FLEET_H
#define GUST_FLEET_H

#include "base/base.h"

#include <stdbool.h>

#define FLEET_SAMPLE 64
#define FLEET_SLOTS_MAX 4096
#define FLEET_WAITING_MAX 100000 /* of all simulated; more are refused */
#define FLEET_REQUESTS_MAX 10000000
#define FLEET_LIMITS_MAX 16

/* One replica. All are >= 0; slots a whole number 1 .. FLEET_SLOTS_MAX. */
struct fleet_server {
    double slots;
    double ttft_s;    /* of every request, waited for by no one else */
    double prefill_s; /* per prompt token, one prompt at a time */
    double tpot_s;    /* per further token of a sequence alone */
    double slope_s;   /* more of it per other slot taken */
};

/* Tokens of one request; output is at least 1. */
struct fleet_length {
    double prompt, output;
};

enum fleet_route { FLEET_ROUND_ROBIN, FLEET_LEAST_LOADED, FLEET_RANDOM, FLEET_ROUTES };
extern const char *const fleet_routes[FLEET_ROUTES];

enum fleet_metric { FLEET_TTFT, FLEET_TPOT, FLEET_E2E, FLEET_METRICS };

struct fleet_limit {
    enum fleet_metric metric;
    double limit_s;
};

struct fleet_spec {
    struct fleet_server server;
    uint64_t replicas;
    enum fleet_route route;
    double rate_per_s;                  /* Poisson arrivals at the whole fleet, > 0 */
    const struct fleet_length *lengths; /* each request draws one; borrowed */
    size_t length_count;
    uint64_t requests, warm_up; /* counted, and not counted before them */
    const struct fleet_limit *limits;
    size_t limit_count;
    uint64_t seed;
};

struct fleet_quantiles {
    double p50, p95, p99; /* seconds; INFINITY: refused; NAN: none */
};

struct fleet_result {
    uint64_t simulated;         /* replicas */
    uint64_t requests, refused; /* counted */
    struct fleet_quantiles metric[FLEET_METRICS];
    uint64_t within[FLEET_LIMITS_MAX], good; /* of the requests; within all limits */
    double completed_per_s;                  /* of one replica */
    double running;                          /* mean slots taken of one replica */
};

void fleet_run(const struct fleet_spec *spec, struct fleet_result *out);

#endif
