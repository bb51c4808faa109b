/*
 * A run directory of a canary: the requests of a fake run (fake_run.h) with the
 * service changed by known factors, so that its true ratio to the baseline is known.
 * Both have the same schedule; noise is drawn anew.
 */
#ifndef GUST_FAKE_CANARY_H
#define GUST_FAKE_CANARY_H

#include "fake_run.h"

struct fake_change {
    uint64_t noise_seed;
    double ttft, tpot;       /* factors; 0: 1 */
    double noise;            /* sd of the logarithm of each latency */
    double failures;         /* share of requests that fail with HTTP 500 */
    double failures_until_s; /* and only before that time; 0: always */
};

static inline double fake_factor(double x)
{
    return x > 0 ? x : 1;
}

static inline void fake_change_one(const struct fake_change *c, struct sample *s)
{
    struct rng r;
    rng_init(&r, c->noise_seed, RNG_JITTER, s->number);
    double noise = exp(c->noise * rng_normal(&r)), at = rng_unit(&r);
    bool is_time =
        c->failures_until_s <= 0 || (double)s->due_ns < c->failures_until_s * 1e9;
    if (s->outcome != OUTCOME_OK)
        return;
    if (at < c->failures && is_time) {
        for (size_t m = 0; m < METRIC_COUNT; m++)
            s->value_ns[m] = SAMPLE_UNDEFINED;
        s->value_ns[METRIC_LAG] = 20000;
        s->outcome = OUTCOME_SERVER_500;
        s->is_good = false;
        s->end_ns = s->due_ns + 1000000;
        return;
    }
    double ttft = (double)s->value_ns[METRIC_TTFT] * fake_factor(c->ttft) * noise;
    double decode = (double)s->decode_ns * fake_factor(c->tpot) * noise;
    s->value_ns[METRIC_TTFT] = (int64_t)ttft;
    s->value_ns[METRIC_E2E] = (int64_t)(ttft + decode);
    s->value_ns[METRIC_TTFT_SENT] = (int64_t)ttft;
    s->value_ns[METRIC_E2E_SENT] = (int64_t)(ttft + decode);
    s->decode_ns = (int64_t)decode;
    if (s->output_tokens > 1)
        s->value_ns[METRIC_TPOT] = (int64_t)(decode / (double)(s->output_tokens - 1));
    s->end_ns = s->due_ns + s->value_ns[METRIC_E2E];
}

/* Writes the directory, which must not exist. */
static inline int fake_canary(const struct fake_spec *spec, const struct fake_change *c,
                              struct err *e)
{
    struct fake_truth truth;
    fake_draw(spec, &truth);
    for (size_t i = 0; i < truth.count; i++)
        fake_change_one(c, &truth.requests[i]);
    struct rundir *d = rundir_create(spec->path, "fake", 0, false, e);
    struct fold *f = fold_new(&fake_names);
    struct buf manifest;
    buf_init(&manifest, 1 << 20);
    int rc = d == NULL ? -1 : fake_write_seconds(spec, &truth, f, d, e);
    fake_manifest(spec, f, &manifest);
    if (rc == 0)
        rc = rundir_manifest(d, manifest.data, manifest.len, e);
    buf_release(&manifest);
    fold_free(f);
    rundir_close(d);
    free(truth.requests);
    return rc;
}

#endif
