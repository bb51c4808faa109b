/*
 * What own hardware costs: arithmetic over a measured run, pure.
 *
 *   an hour        replicas x (gpus x gpu_hour x (1 + overhead share) + overhead)
 *   tokens         the price of a token in and out, split: one output token costs
 *                  as much as `split` prompt tokens (4 by default, as GKE's
 *                  recommender and the MLPerf tables do), both at full use
 *   requests       an hour / what it serves within the SLOs (goodput), not / what
 *                  it answers
 *   utilisation    the same at a mean use below 1; the difference is the tax
 *   break-even     the least rate from which on an API costs more per hour, with as
 *                  many replicas as the rate needs, and spare ones
 */
#ifndef GUST_SELFHOST_H
#define GUST_SELFHOST_H

#include "base/base.h"

#include <stdbool.h>

struct selfhost {
    double gpu_hour;       /* of one GPU, >= 0 */
    double gpus, replicas; /* of one replica; that ran */
    double overhead_share; /* of the GPUs' price: node, power, people */
    double overhead_hour;  /* of a replica */
    double split;          /* > 0 */
    double utilisation;    /* mean use in production, 0 < u <= 1 */
    double spare;          /* replicas kept for a failure: 1 is N+1 */
};

/* What a run showed, per second of its measured window. */
struct selfhost_load {
    double requests, good, prompt_tokens, output_tokens;
};

struct selfhost_cost {
    double hour, hour_replica;
    double output_million, prompt_million; /* with the split */
    double output_alone_million;           /* all of the cost on the output tokens */
    double request_1000, good_1000;
    double good_1000_used;   /* at the utilisation */
    double tax_1000;         /* good_1000_used - good_1000 */
    double good_per_replica; /* requests per second within the SLOs */
};

/* NAN where the load has none. */
void selfhost_cost(const struct selfhost *s, const struct selfhost_load *load,
                   struct selfhost_cost *out);

/* Replicas for a rate, spare ones included, and what they cost an hour. */
double selfhost_replicas(const struct selfhost *s, const struct selfhost_cost *c,
                         double rate_per_s);
double selfhost_hour_at(const struct selfhost *s, const struct selfhost_cost *c,
                        double rate_per_s);

/* Rate from which on the API, at api_request each, never costs less; INFINITY: there
 * is none, a replica costs more than the API for all it serves. */
double selfhost_break_even(const struct selfhost *s, const struct selfhost_cost *c,
                           double api_request);

#endif
