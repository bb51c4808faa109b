/*
 * One run of two endpoints, as a client sees it: who asked what when, and how it
 * went. The truth about the canary is known, because it is put in by hand: times are
 * multiplied exactly, failures are added.
 *
 * Everything is a function of the plan and the seed. Written from the published
 * description of the model; knows nothing of how a verdict is found.
 */
#ifndef GUST_STUDY_TRAFFIC_H
#define GUST_STUDY_TRAFFIC_H

#include "tests/study/endpoint.h"

enum split {
    PAIRED,     /* each request is sent to both endpoints */
    CONCURRENT, /* different requests, same time */
    STORED,     /* two runs at different times */
};

enum party { BASELINE, CANARY, PARTIES };

struct traffic {
    enum split split;
    enum noise_level noise;
    double rate_per_s;   /* that each endpoint serves */
    double seconds;      /* usable: the warm-up comes before it */
    double canary_share; /* of what it serves we see this much, and the rest of the
                            baseline's; 0: all of both */
    double utilisation;
    double run_sd;      /* of the log speed of a whole run */
    double lates_per_s; /* the client stands still, for both parties, */
    double late_s;      /* so long on average, and then sends what was due */
};

/* What is wrong with an endpoint. Zero means nothing; factors are 1 + the rise. */
struct effect {
    double ttft_rise, tpot_rise, e2e_rise; /* 0.1: times 1.1 */
    double tail_share, tail_s; /* this share of requests takes longer by so much */
    double failure_rate;       /* of independent requests */
    double late_failure_rate;  /* of requests that were sent late */
    double outages_per_s;      /* during which everything fails, */
    double outage_s;           /* for so long */
    double prompt_rise; /* its prompts are longer: the question, not the answer */
    unsigned fails_over_tokens; /* prompts longer than this fail at once; 0: none */
};

struct trace {
    size_t n;
    struct request *requests; /* due_s from 0 to the usable seconds */
    struct reply *replies;
};

/* Simulates one run with effects[PARTIES] into out[PARTIES]; release it. */
void traffic_run(const struct traffic *plan, const struct effect *effects,
                 uint64_t seed, struct trace *out);
void traffic_release(struct trace *out);

#endif
