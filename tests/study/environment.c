/*
 * Drift is drawn on a grid of half seconds with the exact transition of the
 * process, from its stationary distribution; stalls are a Poisson process.
 */
#include "tests/study/environment.h"

#include "base/base.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

#define STEP_S 0.5

struct drift {
    double sd, forget_s;
};

static const struct weather {
    const char *name;
    struct drift own, shared;
    double stalls_per_s, stall_s;
} weathers[] = {
    [NOISE_CALM] = {"calm", {0, 1}, {0, 1}, 0, 0},
    [NOISE_MILD] = {"mild", {0.05, 10}, {0.03, 20}, 0, 0},
    [NOISE_ROUGH] = {"rough", {0.10, 30}, {0.03, 20}, 1.0 / 60, 0.8},
};

struct stall {
    double begin_s, end_s;
};

struct environment {
    size_t steps;
    double *speed;
    size_t stall_count;
    struct stall *stalls; /* ascending, apart */
};

const char *noise_name(enum noise_level noise)
{
    return weathers[noise].name;
}

static void add_drift(struct environment *e, const struct drift *drift, struct rng *rng)
{
    double keep = rng_exp(-STEP_S / drift->forget_s);
    double fresh = drift->sd * sqrt(1 - keep * keep);
    double x = drift->sd * rng_normal(rng);
    for (size_t i = 0; i < e->steps; i++) {
        e->speed[i] *= rng_exp(x);
        x = keep * x + fresh * rng_normal(rng);
    }
}

/* Durations are spread evenly around their mean, by half of it. */
static void add_stalls(struct environment *e, const struct weather *w, double seconds,
                       struct rng *rng)
{
    double at = 0;
    while (w->stalls_per_s > 0) {
        at += rng_exponential(rng) / w->stalls_per_s;
        if (at > seconds)
            return;
        struct stall stall = {at, at + w->stall_s * (0.5 + rng_unit(rng))};
        e->stalls = xrealloc_array(e->stalls, e->stall_count + 1, sizeof e->stalls[0]);
        e->stalls[e->stall_count++] = stall;
        at = stall.end_s;
    }
}

struct environment *environment_new(enum noise_level noise, double seconds,
                                    uint64_t seed, uint64_t own, uint64_t shared)
{
    const struct weather *w = &weathers[noise];
    struct environment *e = xcalloc(1, sizeof *e);
    struct rng rng;
    e->steps = (size_t)(seconds / STEP_S) + 1;
    e->speed = xcalloc(e->steps, sizeof e->speed[0]);
    for (size_t i = 0; i < e->steps; i++)
        e->speed[i] = 1;
    rng_init(&rng, seed, RNG_SPREAD, shared);
    add_drift(e, &w->shared, &rng);
    rng_init(&rng, seed, RNG_JITTER, own);
    add_drift(e, &w->own, &rng);
    add_stalls(e, w, seconds, &rng);
    return e;
}

void environment_free(struct environment *e)
{
    if (e == NULL)
        return;
    free(e->speed);
    free(e->stalls);
    free(e);
}

double environment_speed(const struct environment *e, double at_s)
{
    size_t i = (size_t)(at_s / STEP_S);
    return e->speed[i < e->steps ? i : e->steps - 1];
}

double environment_end(const struct environment *e, double start_s, double work_s)
{
    double end = start_s + work_s;
    for (size_t i = 0; i < e->stall_count && e->stalls[i].begin_s < end; i++)
        if (e->stalls[i].end_s > start_s)
            end += e->stalls[i].end_s - fmax(e->stalls[i].begin_s, start_s);
    return end;
}
