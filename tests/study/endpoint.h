/*
 * A model server as a queue: requests wait in order for one of its batching slots,
 * keep the slot while prompt and output are worked off, and everything gets slower
 * the more slots are busy.
 */
#ifndef GUST_STUDY_ENDPOINT_H
#define GUST_STUDY_ENDPOINT_H

#include "tests/study/environment.h"

#include <stdbool.h>

struct request {
    double due_s; /* scheduled start */
    unsigned prompt_tokens, output_tokens;
    double lag_s; /* sent so much later: the client's fault */
};

/* What the client sees; times from the scheduled start. */
struct reply {
    double ttft_s, tpot_s, e2e_s;
    bool is_failed; /* then the times mean nothing */
};

/* Draws a request's lengths: log-normal, median 300 (times stretch) and 150. */
struct rng;
void request_draw_lengths(struct request *r, double stretch, struct rng *rng);

/* The slots that are busy to the share utilisation under so many requests/s. */
size_t endpoint_slots(double rate_per_s, double utilisation);

/* Serves n requests, ascending by the time they are sent, into out[n]. Durations vary by draws of
 * rng and with the environment. Nothing fails here. */
void endpoint_serve(size_t slots, const struct environment *environment,
                    const struct request *requests, size_t n, struct rng *rng,
                    struct reply *out);

#endif
