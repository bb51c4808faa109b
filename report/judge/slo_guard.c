/* SLOs of one arm; see slo_guard.h. */
#include "judge/slo_guard.h"

#include "stats/quantile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SHARE_SAMPLES_LEAST 11
#define P_BROKEN 0.01 /* what proportion_at_least proves */

const char *const guard_state_names[] = {
    [GUARD_KEPT] = "KEPT",
    [GUARD_MISSED] = "MISSED",
    [GUARD_BROKEN] = "BROKEN",
    [GUARD_NO_DATA] = "NO_DATA",
};

static void judge_latency(struct pairing *p, double kappa, struct guard_result *out)
{
    enum metric m = out->slo.metric;
    int64_t limit_us = out->slo.limit_ns / NS_PER_US;
    struct quantile_limit limit = {
        .p = fmin(out->slo.percentile / 100, 1 - 1e-9),
        .limit_us = (double)limit_us,
        .kappa = kappa,
    };
    struct quantile_guard sides[SIDES];
    bool has_values =
        pairing_has(p, SIDE_BASELINE, m) || pairing_has(p, SIDE_CANARY, m);
    if (!has_values || !(limit.limit_us > 0))
        return;
    for (unsigned i = 0; i < SIDES; i++) {
        const struct slices *s = pairing_series(p, (enum side)i, m);
        struct arm *a = arm_new(s, 0, slices_count(s), NULL);
        quantile_guard(a, &limit, &sides[i]);
        out->n = arm_requests(a);
        arm_free(a);
    }
    out->wanted = limit.p;
    out->baseline = sides[SIDE_BASELINE].share;
    out->canary = sides[SIDE_CANARY].share;
    out->p_broken = sides[SIDE_CANARY].p_exceeded;
    out->p_kept = sides[SIDE_CANARY].p_kept;
    out->low = sides[SIDE_CANARY].low;
    out->high = sides[SIDE_CANARY].high;
    out->state = sides[SIDE_CANARY].is_exceeded ? GUARD_MISSED : GUARD_KEPT;
}

/* Requests that did not succeed, or were not good. */
static struct trials bad_of(const struct ledger_row *row, enum slo_kind kind)
{
    uint32_t bad =
        kind == SLO_GOODPUT ? row->requests - row->good : row->failed[FAILURES_ALL];
    return (struct trials){row->requests, bad <= row->requests ? bad : row->requests};
}

static double kept_share(struct trials t)
{
    return t.requests > 0 ? 1 - (double)t.failures / (double)t.requests : 0;
}

static void judge_share(struct pairing *p, struct guard_result *out)
{
    const struct pairing_side *c = &p->sides[SIDE_CANARY];
    struct trials *t = xcalloc(c->count, sizeof t[0]);
    for (size_t s = 0; s < c->count; s++)
        t[s] = bad_of(&c->rows[s], out->slo.kind);
    size_t n = trials_fold(t, c->count, PROPORTION_BLOCK, t);
    out->n = c->sum.requests;
    out->wanted = out->slo.share;
    out->canary = kept_share(trials_sum(t, n));
    out->baseline = kept_share(bad_of(&p->sides[SIDE_BASELINE].sum, out->slo.kind));
    if (out->n > 0) {
        bool is_proven = proportion_at_least(t, n) > 1 - out->wanted;
        out->p_broken = is_proven ? P_BROKEN : 1;
        out->state = out->canary < out->wanted ? GUARD_MISSED : GUARD_KEPT;
    }
    free(t);
}

static uint64_t samples_needed(const struct slo *slo)
{
    if (slo->kind == SLO_LATENCY)
        return hist_samples_needed(fmin(slo->percentile, 99.99));
    double rest = 1 - slo->share;
    return rest > 1e-9 ? (uint64_t)fmax(ceil(1 / rest), SHARE_SAMPLES_LEAST)
                       : SHARE_SAMPLES_LEAST;
}

void guard_judge(struct pairing *p, const struct slo *slo, double kappa, double alpha,
                 bool is_strict, struct guard_result *out)
{
    struct buf text;
    buf_init(&text, 256);
    slo_format(slo, &text);
    *out = (struct guard_result){
        .slo = *slo, .state = GUARD_NO_DATA, .p_broken = 1, .p_kept = 1, .high = 1};
    (void)snprintf(out->text, sizeof out->text, "%s", text.data); /* cut at worst */
    buf_release(&text);
    /* Gaps are no requests: contracts of the latency metrics do not hold for them. */
    if (slo->kind == SLO_LATENCY && slo->metric != METRIC_GAP)
        judge_latency(p, kappa, out);
    else if (slo->kind != SLO_LATENCY)
        judge_share(p, out);
    bool is_proven =
        out->p_broken <= alpha || (is_strict && out->n >= samples_needed(slo));
    if (out->state == GUARD_MISSED && is_proven)
        out->state = GUARD_BROKEN;
}
