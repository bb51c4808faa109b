/*
 * A party is made in four steps, each with random streams of its own: a schedule
 * (Poisson arrivals, lengths), the endpoint's weather, the queue, and at last the
 * effects. Times start a warm-up before the usable part.
 *
 * A pair shares the schedule, two concurrent parties the shared drift, stored runs
 * share nothing.
 */
#include "tests/study/traffic.h"

#include "base/base.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

#define WARMUP_S 60
#define DRAIN_S 60

/* Numbers of the random streams: a party's own, or one for both. */
static uint64_t stream_of(enum party party, bool is_shared)
{
    return is_shared ? 0 : 1 + (uint64_t)party;
}

/* Arrivals of warm-up and usable time. */
static void schedule(const struct traffic *plan, const struct effect *effect,
                     enum party party, uint64_t seed, struct trace *t)
{
    double rate = plan->rate_per_s, end = WARMUP_S + plan->seconds;
    size_t room = (size_t)(rate * end + 10 * sqrt(rate * end) + 10);
    uint64_t stream = stream_of(party, plan->split == PAIRED);
    struct rng arrivals, lengths;
    rng_init(&arrivals, seed, RNG_ARRIVAL, stream);
    rng_init(&lengths, seed, RNG_LENGTHS, stream);
    t->requests = xcalloc(room, sizeof t->requests[0]);
    double due = rng_exponential(&arrivals) / rate;
    for (; due < end; due += rng_exponential(&arrivals) / rate) {
        assert(t->n < room);
        t->requests[t->n].due_s = due;
        request_draw_lengths(&t->requests[t->n], 1 + effect->prompt_rise, &lengths);
        t->n++;
    }
}

/* The client's own pauses: one client, so the same for both parties. */
static void delay(const struct traffic *plan, uint64_t seed, struct trace *t)
{
    struct rng rng;
    double begin = 0, end = 0;
    rng_init(&rng, seed, RNG_THINK, 0);
    for (size_t i = 0; i < t->n && plan->lates_per_s > 0; i++) {
        while (end <= t->requests[i].due_s) {
            begin = end + rng_exponential(&rng) / plan->lates_per_s;
            end = begin + rng_exponential(&rng) * plan->late_s;
        }
        if (t->requests[i].due_s >= begin)
            t->requests[i].lag_s = end - t->requests[i].due_s;
    }
}

static void serve(const struct traffic *plan, enum party party, uint64_t seed,
                  struct trace *t)
{
    struct environment *environment = environment_new(
        plan->noise, WARMUP_S + plan->seconds + DRAIN_S, seed, stream_of(party, false),
        stream_of(party, plan->split != STORED));
    struct rng rng;
    rng_init(&rng, seed, RNG_SERVICE, stream_of(party, false));
    t->replies = xcalloc(t->n, sizeof t->replies[0]);
    endpoint_serve(endpoint_slots(plan->rate_per_s, plan->utilisation), environment,
                   t->requests, t->n, &rng, t->replies);
    environment_free(environment);
}

/* Keeps what is due in the usable time, which becomes 0..seconds, and of that the
 * party's share, drawn at random. */
static void keep_observed(const struct traffic *plan, enum party party, uint64_t seed,
                          struct trace *t)
{
    double share = party == CANARY ? plan->canary_share : 1 - plan->canary_share;
    struct rng rng;
    size_t kept = 0;
    rng_init(&rng, seed, RNG_ARM, stream_of(party, false));
    for (size_t i = 0; i < t->n; i++) {
        bool is_mine = !(plan->canary_share > 0) || rng_unit(&rng) < share;
        if (!is_mine || t->requests[i].due_s < WARMUP_S)
            continue;
        t->requests[kept] = t->requests[i];
        t->requests[kept].due_s -= WARMUP_S;
        t->replies[kept++] = t->replies[i];
    }
    t->n = kept;
}

static void multiply(struct trace *t, double ttft, double tpot, double e2e)
{
    for (size_t i = 0; i < t->n; i++) {
        t->replies[i].ttft_s *= ttft;
        t->replies[i].tpot_s *= tpot;
        t->replies[i].e2e_s *= e2e;
    }
}

static void stretch_tail(struct trace *t, const struct effect *effect, struct rng *rng)
{
    for (size_t i = 0; i < t->n; i++) {
        if (rng_unit(rng) >= effect->tail_share)
            continue;
        t->replies[i].ttft_s += effect->tail_s;
        t->replies[i].e2e_s += effect->tail_s;
    }
}

static void fail_some(struct trace *t, const struct effect *effect, struct rng *rng)
{
    for (size_t i = 0; i < t->n; i++) {
        bool is_long = effect->fails_over_tokens > 0 &&
                       t->requests[i].prompt_tokens > effect->fails_over_tokens;
        bool is_late = t->requests[i].lag_s > 0;
        double rate = is_late ? effect->late_failure_rate : 0;
        rate = fmax(rate, effect->failure_rate);
        if (rng_unit(rng) < rate || is_long)
            t->replies[i].is_failed = true;
    }
}

/* An outage may have begun before the usable time. */
static void fail_outages(struct trace *t, const struct effect *effect, double seconds,
                         struct rng *rng)
{
    double begin = -effect->outage_s;
    while (effect->outages_per_s > 0) {
        begin += rng_exponential(rng) / effect->outages_per_s;
        if (begin >= seconds)
            return;
        for (size_t i = 0; i < t->n; i++) {
            double since = t->requests[i].due_s - begin;
            if (since >= 0 && since < effect->outage_s)
                t->replies[i].is_failed = true;
        }
    }
}

static void apply(const struct traffic *plan, const struct effect *effect,
                  enum party party, uint64_t seed, struct trace *t)
{
    struct rng rng;
    rng_init(&rng, seed, RNG_FAULT, stream_of(party, false));
    double run = rng_exp(plan->run_sd * rng_normal(&rng));
    multiply(t, run * (1 + effect->ttft_rise), run * (1 + effect->tpot_rise),
             run * (1 + effect->e2e_rise));
    stretch_tail(t, effect, &rng);
    fail_some(t, effect, &rng);
    fail_outages(t, effect, plan->seconds, &rng);
}

void traffic_run(const struct traffic *plan, const struct effect *effects,
                 uint64_t seed, struct trace *out)
{
    for (int party = 0; party < PARTIES; party++) {
        out[party] = (struct trace){0};
        schedule(plan, &effects[party], (enum party)party, seed, &out[party]);
        delay(plan, seed, &out[party]);
        serve(plan, (enum party)party, seed, &out[party]);
        keep_observed(plan, (enum party)party, seed, &out[party]);
        apply(plan, &effects[party], (enum party)party, seed, &out[party]);
    }
}

void traffic_release(struct trace *out)
{
    for (int party = 0; party < PARTIES; party++) {
        free(out[party].requests);
        free(out[party].replies);
        out[party] = (struct trace){0};
    }
}
