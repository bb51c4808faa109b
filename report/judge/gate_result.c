/*
 * Judges gates; see gate_result.h. A row per kind of gate; each fills the same
 * result from its own test.
 */
#include "judge/gate_result.h"

#include "judge/repeats.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

#define Z_95 1.6448536269514722
#define GRAIN 1e-12

const char *const gate_state_names[] = {
    [GATE_PASS] = "PASS",
    [GATE_FAIL] = "FAIL",
    [GATE_UNCERTAIN] = "UNCERTAIN",
    [GATE_NO_DATA] = "NO_DATA",
};

/* ---- quantiles */

/* Weights of prompt lengths, unless both arms were asked the same. */
static const struct strata *strata_for(struct pairing *p, enum metric m,
                                       struct strata *storage)
{
    if (p->is_same_schedule || !metric_rows[m].has_strata)
        return NULL;
    strata_init(storage, pairing_series(p, SIDE_BASELINE, m),
                pairing_series(p, SIDE_CANARY, m));
    return storage;
}

static struct arm *whole_arm(struct pairing *p, enum side side, enum metric m,
                             const struct strata *strata)
{
    const struct slices *series = pairing_series(p, side, m);
    return arm_new(series, 0, slices_count(series), strata);
}

static void count_quantile(const struct pairing *p, const struct arm *const arms[SIDES],
                           struct gate_result *out)
{
    const struct gate *g = out->gate;
    out->is_eligible = true;
    for (unsigned i = 0; i < SIDES; i++) {
        double n = (double)arm_requests(arms[i]);
        out->n[i] = arm_requests(arms[i]);
        out->exceed[i] = n * (1 - g->p);
        out->is_eligible &=
            out->n[i] >= g->requests_min &&
            out->exceed[i] + GRAIN * n >= p->policy->limits.exceedances_min;
    }
}

static struct quantile_gate quantile_gate_of(const struct pairing *p,
                                             const struct gate *g, struct noise noise)
{
    return (struct quantile_gate){
        .p = g->p,
        .margin = g->margin,
        .floor_us = g->floor_us,
        .kappa = noise.kappa,
        .tau = p->is_aligned ? 0 : noise.tau,
        .is_aligned = p->is_aligned,
    };
}

static void judge_quantile(struct pairing *p, struct gate_result *out)
{
    const struct gate *g = out->gate;
    struct strata storage;
    const struct strata *strata = strata_for(p, g->metric, &storage);
    struct arm *b = whole_arm(p, SIDE_BASELINE, g->metric, strata);
    struct arm *c = whole_arm(p, SIDE_CANARY, g->metric, strata);
    struct quantile_gate test = quantile_gate_of(p, g, out->noise);
    struct quantile_result r;
    quantile_compare(b, c, &test, &r);
    count_quantile(p, (const struct arm *const[SIDES]){b, c}, out);
    out->is_applicable =
        pairing_has(p, SIDE_BASELINE, g->metric) || p->sides[SIDE_BASELINE].sum.ok == 0;
    out->is_latency = true;
    out->is_defined = r.is_defined;
    out->baseline = r.baseline_us;
    out->canary = r.canary_us;
    out->estimate = r.log_ratio;
    out->low = r.log_low;
    out->high = r.log_high;
    out->margin = r.is_defined ? r.log_margin : log1p(g->margin);
    out->se = r.se_high;
    out->p_go = r.p_go;
    out->p_nogo = r.p_nogo;
    out->p_beyond = r.p_beyond;
    out->is_beyond = r.is_defined && r.log_ratio > r.log_margin;
    out->deff = r.deff;
    out->lag1 = r.lag1;
    out->nu = r.nu;
    repeats_quantile(p, strata, out);
    arm_free(b);
    arm_free(c);
}

/* ---- failures */

static void judge_failures(struct pairing *p, struct gate_result *out)
{
    const struct gate *g = out->gate;
    enum failures set = g->measure->failures;
    const struct pairing_side *b = &p->sides[SIDE_BASELINE],
                              *c = &p->sides[SIDE_CANARY];
    uint64_t least =
        b->sum.requests < c->sum.requests ? b->sum.requests : c->sum.requests;
    struct proportion_gate test = {
        .margin = least < g->few ? g->margin_few : g->margin,
        .is_aligned = p->is_aligned,
    };
    struct proportion_result r;
    proportion_compare(b->blocks[set], b->block_count, c->blocks[set], c->block_count,
                       &test, &r);
    out->n[SIDE_BASELINE] = b->sum.requests;
    out->n[SIDE_CANARY] = c->sum.requests;
    out->exceed[SIDE_BASELINE] = b->sum.failed[set];
    out->exceed[SIDE_CANARY] = c->sum.failed[set];
    out->is_defined = least > 0;
    out->is_eligible = least >= g->requests_min && least > 0;
    out->is_share = true;
    out->baseline = r.baseline;
    out->canary = r.canary;
    out->estimate = r.difference;
    out->low = r.low;
    out->high = r.high;
    out->margin = test.margin;
    out->se = (r.high - r.difference) / Z_95;
    out->p_go = r.p_go;
    out->p_nogo = r.p_nogo;
    out->p_beyond = fmax(r.p_nogo, 1 - r.p_go);
    out->is_beyond = r.difference > g->harm;
    out->deff = r.deflation;
    out->p_requests = r.p_requests;
    out->p_blocks = r.p_blocks;
    out->bad_blocks = r.bad_blocks;
    out->nu = (unsigned)c->block_count;
}

/* ---- ratios */

static struct ratio_slice *slices_of(const struct pairing *p, enum side which,
                                     const struct measure *m)
{
    const struct pairing_side *side = &p->sides[which];
    struct ratio_slice *s = xcalloc(side->count, sizeof s[0]);
    for (size_t i = 0; i < side->count; i++)
        s[i] = m->slice(&side->rows[i], &p->policy->prices);
    return s;
}

static void compare_ratio(const struct pairing *p, const struct gate_result *out,
                          bool is_down_worse, struct ratio_result *r)
{
    const struct gate *g = out->gate;
    struct ratio_gate test = {
        .scale = g->measure->scale,
        .is_down_worse = is_down_worse,
        .is_aligned = p->is_aligned,
        .margin = g->margin,
        .kappa = out->noise.kappa,
        .tau =
            p->is_aligned || g->measure->scale == RATIO_DIFFERENCE ? 0 : out->noise.tau,
    };
    struct ratio_slice *b = slices_of(p, SIDE_BASELINE, g->measure);
    struct ratio_slice *c = slices_of(p, SIDE_CANARY, g->measure);
    ratio_compare(b, p->sides[SIDE_BASELINE].count, c, p->sides[SIDE_CANARY].count,
                  &test, r);
    free(b);
    free(c);
}

/* A change either way is worse: both directions, and twice the lesser p. */
static void compare_both(const struct pairing *p, const struct gate_result *out,
                         struct ratio_result *r)
{
    struct ratio_result up, down;
    compare_ratio(p, out, false, &up);
    compare_ratio(p, out, true, &down);
    *r = down.estimate < 0 ? down : up;
    r->p_go = fmax(up.p_go, down.p_go);
    r->p_nogo = fmin(2 * fmin(up.p_nogo, down.p_nogo), 1);
    r->p_beyond = fmin(2 * fmin(up.p_beyond, down.p_beyond), 1);
}

/* By the policy, or both by the prices that they were run with. */
static bool is_priced(const struct pairing *p)
{
    return p->policy->prices.is_set ||
           (p->sides[SIDE_BASELINE].sum.cost > 0 && p->sides[SIDE_CANARY].sum.cost > 0);
}

static void judge_ratio(struct pairing *p, struct gate_result *out)
{
    const struct gate *g = out->gate;
    struct ratio_result r;
    if (g->measure->is_two_sided)
        compare_both(p, out, &r);
    else
        compare_ratio(p, out, g->measure->is_down_worse, &r);
    for (unsigned i = 0; i < SIDES; i++)
        out->n[i] = p->sides[i].sum.requests;
    uint64_t least = out->n[0] < out->n[1] ? out->n[0] : out->n[1];
    double sign = r.margin < 0 ? -1 : 1;
    out->is_applicable = !g->measure->needs_prices || is_priced(p);
    out->is_defined = r.is_defined;
    out->is_eligible = r.is_defined && least >= g->requests_min;
    out->is_share = g->measure->scale == RATIO_DIFFERENCE;
    out->is_down_worse = sign < 0;
    out->baseline = r.baseline;
    out->canary = r.canary;
    out->estimate = r.estimate;
    out->low = r.low;
    out->high = r.high;
    out->margin = r.margin;
    out->se = r.se;
    out->p_go = r.p_go;
    out->p_nogo = r.p_nogo;
    out->p_beyond = r.p_beyond;
    out->is_beyond =
        r.is_defined && sign * r.estimate > (g->harm > 0 ? g->harm : sign * r.margin);
    out->nu = r.nu;
}

/* LIMIT: of several runs per arm, only quantiles are compared run by run. */
void gate_judge(struct pairing *p, const struct gate *gate, struct noise noise,
                struct gate_result *out)
{
    *out = (struct gate_result){
        .gate = gate,
        .is_gating = gate->is_gating,
        .is_applicable = true,
        .noise = noise,
        .deff = (double)NAN,
        .lag1 = (double)NAN,
        .p_requests = 1,
        .p_blocks = 1,
        .threshold = 0,
        .state = GATE_UNCERTAIN,
    };
    if (gate->measure == NULL)
        judge_quantile(p, out);
    else if (gate->measure->kind == MEASURE_FAILURES)
        judge_failures(p, out);
    else
        judge_ratio(p, out);
}

struct extra_metric gate_extra(const struct gate_result *r)
{
    double sign = r->margin < 0 ? -1 : 1;
    return (struct extra_metric){
        .estimate = sign * r->estimate,
        .margin = sign * r->margin,
        .se = r->is_defined ? r->se : HUGE_VAL,
    };
}

double gate_halves_p(struct pairing *p, enum side side, const struct gate *gate,
                     struct noise noise, double *log_ratio)
{
    const struct slices *series = pairing_series(p, side, gate->metric);
    size_t n = slices_count(series), half = n / 2;
    struct quantile_gate test = quantile_gate_of(p, gate, noise);
    double alike_p = 1;
    *log_ratio = 0;
    if (half == 0)
        return 1;
    test.is_aligned = false;
    test.tau = 0;
    struct arm *first = arm_new(series, 0, half, NULL);
    struct arm *second = arm_new(series, n - half, half, NULL);
    double before = arm_quantile(first, gate->p), after = arm_quantile(second, gate->p);
    if (arm_requests(first) > 0 && arm_requests(second) > 0 &&
        isfinite(fmin(before, after)))
        *log_ratio = log(after) - log(before);
    if (*log_ratio > log1p(gate->margin))
        alike_p = quantile_p_nogo(first, second, &test);
    else if (*log_ratio < -log1p(gate->margin))
        alike_p = quantile_p_nogo(second, first, &test);
    arm_free(first);
    arm_free(second);
    return fmin(2 * alike_p, 1);
}
