/*
 * Arms whose truth is known, made in memory: requests with log-normal latencies at
 * a constant rate, changed by known factors and failures. No files, no clock.
 */
#ifndef GUST_FAKE_ARMS_H
#define GUST_FAKE_ARMS_H

#include "base/rng.h"
#include "judge/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_WARMUP_S 5

struct fake_arm {
    size_t seconds;    /* measured; 0: 300 */
    unsigned per_s;    /* 0: 10 */
    uint64_t seed;     /* of the requests' lengths and the noise */
    double sigma;      /* of a latency's logarithm; 0: 0.4; negative: none */
    double ttft, tpot; /* factors; 0: 1 */
    double output;     /* factor of the output length; 0: 1 */
    double prompt;     /* factor of the prompt length; 0: 1 */
    double trend;      /* growth of latency over the run */
    double step;       /* factor of latency in the second half; 0: 1 */
    double failures;   /* share of requests ... */
    enum outcome as;   /* ... that end so; OUTCOME_OK: server_500 */
    size_t outage_from, outage_to; /* measured seconds in which all fail */
    size_t hole_from, hole_to;     /* measured seconds without a request */
    size_t late_from, late_to;     /* measured seconds with a late generator */
    double cold;       /* factor of TTFT before the measured part; 0: idle */
    double cached;     /* share of prompt tokens; 0: 0.25 */
    bool is_coalesced; /* all events of an answer at once: TPOT 0 */
    bool is_bimodal;   /* every second request is ten times slower */
};

static inline double fake_or(double x, double otherwise)
{
    return fabs(x) > 0 ? x : otherwise;
}

static inline void fake_facts(struct witness_facts *f)
{
    char **texts[] = {&f->tool,
                      &f->profile_name,
                      &f->profile_digest,
                      &f->model,
                      &f->schedule_digest,
                      &f->seed,
                      &f->url,
                      &f->dialect,
                      &f->load_kind,
                      &f->split,
                      &f->stop_text,
                      &f->kernel,
                      &f->generator_reason,
                      &f->run_id,
                      &f->client_policy};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = xstrdup("");
    free(f->profile_name);
    f->profile_name = xstrdup("assistant");
    f->status = RUN_COMPLETE;
    f->rate_per_s = 20;
    f->users = (double)NAN;
    f->cores = 2;
    f->connect_s = 5;
    f->ttft_s = 10;
    f->stall_s = 30;
    f->total_s = 60;
    f->planned_s = f->elapsed_s = f->window_end_s = 305;
    f->lag_us_p99 = 90;
    f->core_idle_min = 0.8;
    f->clock_drift_s = (double)NAN;
    f->is_generator_valid = true;
    f->slos = xcalloc(4, sizeof f->slos[0]);
}

static inline void fake_observe(struct witness *w, enum metric m, size_t second,
                                unsigned stratum, double us)
{
    struct hist_bin bin = {(uint32_t)hist_slot((int64_t)us), 1};
    witness_observe(w, m, 0, second, stratum, &bin, 1);
}

static inline double fake_noise(const struct fake_arm *a, struct rng *r)
{
    double sigma = a->sigma < 0 ? 0 : fake_or(a->sigma, 0.4);
    return exp(sigma * rng_normal(r));
}

/* Chance is drawn for every request, whatever becomes of it. */
static inline void fake_request(struct witness *w, const struct fake_arm *a, size_t s,
                                struct rng *r)
{
    size_t second = s + FAKE_WARMUP_S;
    double part = (double)s / (double)(a->seconds ? a->seconds : 300);
    double prompt = 300 * fake_or(a->prompt, 1) * exp(0.8 * rng_normal(r));
    double output = 2 + round(150 * fake_or(a->output, 1) * exp(0.5 * rng_normal(r)));
    double when = (1 + a->trend * part) * (part >= 0.5 ? fake_or(a->step, 1) : 1);
    double mode = a->is_bimodal && rng_unit(r) < 0.5 ? 10 : 1;
    double ttft = 200e3 * fake_or(a->ttft, 1) * when * mode * fake_noise(a, r);
    double tpot = 15e3 * fake_or(a->tpot, 1) * when * exp(0.2 * rng_normal(r));
    bool is_lost = rng_unit(r) < a->failures;
    tpot = a->is_coalesced ? 0 : a->sigma < 0 ? 15e3 * fake_or(a->tpot, 1) : tpot;
    is_lost |= s >= a->outage_from && s < a->outage_to;
    unsigned stratum = stratum_of((unsigned)fmax(prompt, 1));
    if (is_lost) {
        enum outcome as = a->as == OUTCOME_OK ? OUTCOME_SERVER_500 : a->as;
        witness_count(w, as, 0, second, stratum, 1);
        return;
    }
    witness_count(w, OUTCOME_OK, 0, second, stratum, 1);
    fake_observe(w, METRIC_TTFT, second, stratum, ttft);
    fake_observe(w, METRIC_TPOT, second, stratum, tpot);
    fake_observe(w, METRIC_E2E, second, stratum, ttft + tpot * (output - 1));
    struct ledger_row *row = witness_row(w, second);
    row->good++;
    row->prompt_tokens += prompt;
    row->cached_tokens += prompt * fake_or(a->cached, 0.25);
    row->output_tokens += output;
    row->decode_s += tpot * (output - 1) / 1e6;
}

/* Of the warm-up: a new connection, an empty cache. Half of them fail. */
static inline void fake_cold_request(struct witness *w, size_t second, double cold)
{
    (void)witness_row(w, second);
    witness_count(w, OUTCOME_OK, 0, second, 0, 1);
    fake_observe(w, METRIC_TTFT, second, 0, 200e3 * cold);
    fake_observe(w, METRIC_TPOT, second, 0, 15e3 * cold);
    fake_observe(w, METRIC_E2E, second, 0, 2e6 * cold);
    witness_count(w, OUTCOME_RESET, 0, second, 0, 1);
}

/* The witness of one run; testimony_add or witness_free it. */
static inline struct witness *fake_witness(const struct fake_arm *a)
{
    struct witness *w = witness_new("runs/fake", "target");
    size_t seconds = a->seconds ? a->seconds : 300;
    unsigned per_s = a->per_s ? a->per_s : 10;
    struct rng r;
    rng_init(&r, a->seed, RNG_SERVICE, 0);
    fake_facts(&w->facts);
    (void)witness_class(w, "chat", strlen("chat"));
    for (size_t s = 0; s < FAKE_WARMUP_S && a->cold > 0; s++)
        for (unsigned i = 0; i < per_s; i++)
            fake_cold_request(w, s, a->cold);
    for (size_t s = 0; s < seconds; s++) {
        struct ledger_row *row = witness_row(w, s + FAKE_WARMUP_S);
        row->is_measured = true;
        row->lag_us_max = s >= a->late_from && s < a->late_to ? 50000 : 80;
        for (unsigned i = 0; i < per_s; i++)
            if (!(s >= a->hole_from && s < a->hole_to))
                fake_request(w, a, s, &r);
    }
    return w;
}

/* ---- both arms, judged */

struct fake_world {
    struct fake_arm baseline, canary;
    void (*change)(struct witness *baseline, struct witness *canary);
    enum pairing_mode mode;
    double planned_ratio;
    struct verdict_options options;
};

/* The verdict of the default policy. Arms without a seed get one each. */
static inline struct verdict *fake_verdict(const struct fake_world *world)
{
    struct testimony t[SIDES] = {{0}};
    struct fake_arm arms[SIDES] = {world->baseline, world->canary};
    struct policy *policy = policy_default();
    struct verdict_options options = world->options;
    options.mode = world->mode;
    options.planned_ratio = world->planned_ratio;
    for (unsigned i = 0; i < SIDES; i++) {
        arms[i].seed = arms[i].seed ? arms[i].seed : 7 + i;
        testimony_add(&t[i], fake_witness(&arms[i]));
    }
    if (world->change != NULL)
        world->change(t[0].runs[0], t[1].runs[0]);
    struct verdict *v = verdict_of(&t[0], &t[1], policy, &options);
    testimony_release(&t[0]);
    testimony_release(&t[1]);
    policy_free(policy);
    return v;
}

static inline const struct gate_result *fake_result(const struct verdict *v,
                                                    const char *name)
{
    for (size_t i = 0; i < v->result_count; i++)
        if (strcmp(v->results[i].gate->name, name) == 0)
            return &v->results[i];
    return NULL;
}

#endif
