/*
 * A model server on paper: the service model that `gust mock` documents, written a
 * second time from that description and with nothing of the product in it, so that
 * what the product finds can be held against it.
 *
 * Requests arrive (Poisson, from users who wait for their reply, or when they did once
 * before). One takes a slot or waits, first come first served; a full queue refuses it. In its slot its prompt
 * is computed, one prompt at a time, then follows a fixed time that no one waits for,
 * then token after token, each slower for every other sequence that holds a slot.
 * Fixed time and tokens have a lognormal jitter of mean 1. Every token is an event.
 *
 * LIMIT: streams of one token an event, no prefix cache, no lockstep, no faults.
 */
#ifndef GUST_QUEUEWORLD_H
#define GUST_QUEUEWORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum length_kind { LENGTH_FIXED, LENGTH_UNIFORM, LENGTH_LOGNORMAL, LENGTH_GEOMETRIC };

/* Whole tokens, at least 1. FIXED: a; UNIFORM: a..b; LOGNORMAL: mean a, coefficient of
 * variation b, at most most (0: the mean and 12 standard deviations); GEOMETRIC: mean
 * a. */
struct length {
    enum length_kind kind;
    double a, b, most;
};

/* A request that did come, in order of time; since any moment. */
struct past_arrival {
    double at_s;
    uint64_t prompt, output; /* tokens, at least 1 */
};

struct queueworld {
    uint64_t slots, queue; /* sequences at once; waiting beyond them */
    double ttft_s, prefill_s, tpot_s, slope_s, jitter;
    struct length prompt, output;
    double rate;                     /* Poisson arrivals a second; or, when 0: */
    uint64_t users;                  /* each sends again think_s after its reply */
    double think_s;                  /* in the mean, exponential */
    const struct past_arrival *past; /* or, when not NULL, warm_up + requests of them */
    uint64_t warm_up;                /* first requests that are not counted */
    uint64_t requests;               /* counted */
    uint64_t seed;
};

/* A counted request. Times in seconds; INFINITY: refused; tpot NAN: one token. */
struct visit {
    double ttft, tpot, e2e;
};

/* What a seed has seen. */
struct worldview {
    double in_flight;   /* mean over the counted time */
    double completions; /* per second of it */
    double sojourn;     /* mean time from arrival to end of the requests served */
};

/* Calls see for each counted request when it ends, until it returns false, and then
 * stops; out may be NULL. True: all requests were counted. */
bool queueworld_run(const struct queueworld *w,
                    bool (*see)(void *, const struct visit *), void *context,
                    struct worldview *out);

#endif
