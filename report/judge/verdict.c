/*
 * Combines gates, guards and caveats; see verdict.h.
 *
 * The order of reasons: is the comparison fair, do the errors gate, do the
 * latencies, does everything pass. NO-GO is Holm's step-down over the gating gates
 * and an estimate beyond the margin; GO is that every gating gate refutes "worse by
 * the margin" (intersection-union, no correction). Early looks replace each p-value
 * by an always-valid test at a level of its own, and the end pays for them. What an
 * unfair comparison would prove is withdrawn at the end, so that no gate of it reads
 * as proven; of a late generator's, failures that are not its doing stay.
 */
#include "judge/verdict.h"

#include "judge/comparability.h"
#include "judge/lateness.h"
#include "judge/sentence.h"
#include "judge/steadiness.h"
#include "stats/extra.h"
#include "stats/holm.h"
#include "stats/longrun.h"
#include "stats/sequential.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EARLY_SHARE 0.2 /* of alpha.nogo that looks may spend */
#define GUARD_ALPHA 0.01
#define EPISODES_FEW 3

const struct call_row call_rows[] = {
    [CALL_GO] = {"GO", "GO", 100},
    [CALL_NO_GO] = {"NO_GO", "NO-GO", 0},
    [CALL_INCONCLUSIVE] = {"INCONCLUSIVE", "INCONCLUSIVE", 50},
};

struct trial {
    struct pairing *pairing;
    const struct policy *policy;
    const struct verdict_options *options;
    struct verdict *v;
};

/* ---- gates */

static void judge_gates(const struct trial *t)
{
    struct verdict *v = t->v;
    for (size_t i = 0; i < t->policy->gate_count; i++) {
        struct gate_result *r = &v->results[v->result_count++];
        v->gates[i] = t->policy->gates[i];
        struct noise noise =
            calibration_noise(t->options->calibration, &v->gates[i], t->policy);
        gate_judge(t->pairing, &v->gates[i], noise, r);
        r->is_gating &= r->is_applicable;
    }
}

static struct gate_result *result_named(struct verdict *v, const char *name)
{
    for (size_t i = 0; i < v->result_count; i++)
        if (strcmp(v->results[i].gate->name, name) == 0)
            return &v->results[i];
    return NULL;
}

/* Longer answers take longer: then e2e says nothing about speed. */
static void excuse_e2e(const struct trial *t)
{
    struct gate_result *length = result_named(t->v, "output_tokens_mean");
    if (length == NULL || !length->is_defined || !length->is_beyond ||
        length->p_nogo > t->policy->alpha_nogo)
        return;
    for (size_t i = 0; i < t->v->result_count; i++) {
        struct gate_result *r = &t->v->results[i];
        bool is_e2e = r->gate->measure == NULL && (r->gate->metric == METRIC_E2E ||
                                                   r->gate->metric == METRIC_E2E_SENT);
        if (!is_e2e || !r->is_gating)
            continue;
        r->is_gating = false;
        caveats_add(&t->v->caveats, CAVEAT_CODE_OUTPUT_LENGTH, r->gate->name,
                    "answers have %.4g tokens on average, the baseline's %.4g",
                    length->canary, length->baseline);
    }
}

static bool is_long_enough(const struct trial *t)
{
    return (double)t->pairing->seconds >= t->policy->limits.seconds_min;
}

/* May this gate prove harm at all? Latencies need their minimum; at a look the
 * always-valid test knows how young the run is. */
static bool may_reject(const struct trial *t, const struct gate_result *r)
{
    bool is_mature = !r->is_latency || is_long_enough(t) || t->options->look_of_s > 0;
    return r->is_defined && r->is_eligible && is_mature;
}

static double nogo_p(const struct trial *t, const struct gate_result *r)
{
    if (!may_reject(t, r))
        return 1;
    return t->policy->nogo == NOGO_PROVEN_MARGIN ? r->p_beyond : r->p_nogo;
}

/* What this judgement may spend: looks a part of alpha.nogo, the end of a run with
 * looks the rest, each of several ends its share. */
static double share_of_nogo(const struct trial *t)
{
    if (t->options->look_of_s > 0)
        return EARLY_SHARE;
    double share = t->options->was_looked_at ? 1 - EARLY_SHARE : 1;
    return share / fmax(t->options->ends, 1);
}

static double share_of_go(const struct trial *t)
{
    return t->options->look_of_s > 0 ? 1 : 1 / fmax(t->options->ends, 1);
}

/* Holm over the gating gates at the end of a run. */
static void reject_at_end(const struct trial *t)
{
    struct gate_result *gating[POLICY_GATES_MAX];
    double p[POLICY_GATES_MAX];
    struct holm decisions[POLICY_GATES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < t->v->result_count; i++) {
        if (!t->v->results[i].is_gating)
            continue;
        gating[n] = &t->v->results[i];
        p[n] = nogo_p(t, gating[n]);
        n++;
    }
    holm(p, n, t->policy->alpha_nogo * share_of_nogo(t), decisions);
    for (size_t i = 0; i < n; i++) {
        gating[i]->threshold = decisions[i].threshold;
        gating[i]->is_worse = decisions[i].is_rejected;
    }
}

static size_t count_gating(const struct verdict *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->result_count; i++)
        n += v->results[i].is_gating;
    return n;
}

static double share_of_plan(const struct trial *t)
{
    return fmin((double)t->pairing->seconds / t->options->look_of_s, 1);
}

static void reject_at_look(const struct trial *t)
{
    size_t n = count_gating(t->v);
    double early = t->policy->alpha_nogo * share_of_nogo(t), v = share_of_plan(t);
    for (size_t i = 0; i < t->v->result_count && v > 0; i++) {
        struct gate_result *r = &t->v->results[i];
        bool is_failures =
            r->gate->measure != NULL && r->gate->measure->kind == MEASURE_FAILURES;
        r->threshold = early / (double)(n > 0 ? n : 1);
        if (!r->is_gating || !may_reject(t, r))
            r->is_worse = false;
        else if (is_failures)
            r->is_worse = pairing_bad_seconds_log_e(
                              t->pairing, r->gate->measure->failures) >= -log(early);
        else
            r->is_worse = mixture_is_proven(nogo_p(t, r), v, r->threshold);
    }
}

static bool is_passed(const struct trial *t, const struct gate_result *r)
{
    double v = t->options->look_of_s > 0 ? share_of_plan(t) : 0;
    double alpha = t->policy->alpha_go * share_of_go(t);
    if (!r->is_defined || !r->is_eligible)
        return false;
    if (t->options->look_of_s > 0)
        return v > 0 && mixture_is_proven(r->p_go, v, alpha);
    return r->p_go <= alpha;
}

static void set_states(const struct trial *t)
{
    for (size_t i = 0; i < t->v->result_count; i++) {
        struct gate_result *r = &t->v->results[i];
        bool is_shown_worse =
            !r->is_gating && may_reject(t, r) && nogo_p(t, r) <= t->policy->alpha_nogo;
        if (!r->is_applicable || !r->is_defined)
            r->state = GATE_NO_DATA;
        else if ((r->is_worse || is_shown_worse) && r->is_beyond)
            r->state = GATE_FAIL;
        else
            r->state = is_passed(t, r) ? GATE_PASS : GATE_UNCERTAIN;
    }
}

/* ---- guards */

static void judge_guards(const struct trial *t)
{
    const struct witness_facts *canary =
        &t->pairing->sides[SIDE_CANARY].testimony->runs[0]->facts;
    const struct slo *lists[] = {t->policy->slos, canary->slos};
    size_t counts[] = {t->policy->slo_count,
                       t->policy->has_run_slos ? canary->slo_count : 0};
    double alpha = t->options->look_of_s > 0
                       ? t->policy->alpha_nogo * share_of_nogo(t) / GUARDS_MAX
                       : GUARD_ALPHA / fmax(t->options->ends, 1);
    for (size_t list = 0; list < ARRAY_LEN(lists); list++)
        for (size_t i = 0; i < counts[list] && t->v->guard_count < GUARDS_MAX; i++) {
            struct guard_result *g = &t->v->guards[t->v->guard_count++];
            guard_judge(t->pairing, &lists[list][i], 1, alpha, t->policy->is_slo_strict,
                        g);
            if (g->state == GUARD_MISSED)
                caveats_add(&t->v->caveats, CAVEAT_CODE_SLO_MISSED, g->text,
                            "%s: %.4g %% within, missed but not proven", g->text,
                            g->canary * 100);
            if (g->state == GUARD_NO_DATA)
                caveats_add(&t->v->caveats, CAVEAT_CODE_GUARD_SKIPPED, g->text,
                            "%s is not judged: nothing was measured for it", g->text);
        }
}

static bool is_guard_broken(const struct verdict *v)
{
    for (size_t i = 0; i < v->guard_count; i++)
        if (v->guards[i].state == GUARD_BROKEN)
            return true;
    return false;
}

/* ---- what more there is to say */

/* Does the baseline provably break a success SLO itself? */
static bool breaks_success(const struct trial *t)
{
    const struct pairing_side *b = &t->pairing->sides[SIDE_BASELINE];
    double least = proportion_at_least(b->blocks[FAILURES_ALL], b->block_count);
    for (size_t i = 0; i < t->v->guard_count; i++) {
        const struct slo *slo = &t->v->guards[i].slo;
        if (slo->kind == SLO_SUCCESS && least > 1 - slo->share)
            return true;
    }
    return false;
}

/* A sick baseline proves nothing, unless the canary is proven sicker and breaks a
 * limit of its own. */
static void check_baseline(const struct trial *t)
{
    const struct ledger_row *b = &t->pairing->sides[SIDE_BASELINE].sum;
    const struct gate_result *success = result_named(t->v, "success");
    double share = b->requests > 0 ? b->failed[FAILURES_ALL] / (double)b->requests : 0;
    bool is_sick = share > t->policy->limits.baseline_failures || breaks_success(t);
    bool is_canary_sicker = success != NULL && success->is_worse &&
                            success->is_beyond && is_guard_broken(t->v);
    if (is_sick && !is_canary_sicker)
        caveats_add(&t->v->caveats, CAVEAT_CODE_BASELINE_UNHEALTHY, "",
                    "%.3g %% of the baseline's requests failed", share * 100);
}

static void check_samples(const struct trial *t)
{
    double least = t->policy->limits.seconds_min;
    if (!is_long_enough(t))
        caveats_add(&t->v->caveats, CAVEAT_CODE_TOO_SHORT, "",
                    "%zu usable seconds; a GO needs %g", t->pairing->seconds, least);
    for (size_t i = 0; i < t->v->result_count; i++) {
        const struct gate_result *r = &t->v->results[i];
        bool is_short = r->is_applicable && (!r->is_eligible || !r->is_defined);
        if (!is_short)
            continue;
        enum caveat_code code =
            r->is_gating ? CAVEAT_CODE_TOO_FEW : CAVEAT_CODE_FEW_SAMPLES;
        if (r->is_latency && r->is_eligible)
            caveats_add(&t->v->caveats, code, r->gate->name,
                        "%s: lies among the failures in both arms", r->gate->name);
        else if (r->is_latency)
            caveats_add(&t->v->caveats, code, r->gate->name,
                        "%s: %.3g and %.3g requests are expected beyond it, of %ju and "
                        "%ju",
                        r->gate->name, r->exceed[0], r->exceed[1], (uintmax_t)r->n[0],
                        (uintmax_t)r->n[1]);
        else
            caveats_add(&t->v->caveats, code, r->gate->name,
                        "%s: %ju and %ju requests are too few", r->gate->name,
                        (uintmax_t)r->n[0], (uintmax_t)r->n[1]);
    }
}

static void note_results(const struct trial *t)
{
    for (size_t i = 0; i < t->v->result_count; i++) {
        const struct gate_result *r = &t->v->results[i];
        double low = r->is_down_worse ? -r->high : r->low;
        if (r->is_gating && r->state == GATE_PASS && low > 0 && !r->is_share)
            caveats_add(&t->v->caveats, CAVEAT_CODE_SMALL_REGRESSION, r->gate->name,
                        "%s is proven worse, by less than its margin", r->gate->name);
        if (r->is_gating && r->is_beyond && r->state != GATE_FAIL &&
            r->p_requests <= t->policy->alpha_nogo && r->p_blocks > r->threshold)
            caveats_add(
                &t->v->caveats, CAVEAT_CODE_EPISODES, r->gate->name,
                "%s: the canary's failures come from at most %zu episodes of 10 "
                "s",
                r->gate->name, r->bad_blocks);
    }
}

/* The calibration, if it is of this environment. */
static const struct calibration *fitting(const struct calibration *c,
                                         const struct witness *w, struct verdict *v)
{
    v->is_calibrated = c != NULL && calibration_fits(c, w);
    if (c != NULL && !v->is_calibrated)
        caveats_add(&v->caveats, CAVEAT_CODE_UNCALIBRATED, "",
                    "the calibration was measured with profile %s at %.4g requests a "
                    "second%s%s, or on another host, and is not used",
                    c->profile, c->rate_per_s, c->split[0] != '\0' ? ", split " : "",
                    c->split);
    return v->is_calibrated ? c : NULL;
}

/* ---- the call */

static bool has_failed_gate(const struct verdict *v)
{
    for (size_t i = 0; i < v->result_count; i++)
        if (v->results[i].is_gating && v->results[i].state == GATE_FAIL)
            return true;
    return false;
}

static bool has_passed_all(const struct verdict *v)
{
    size_t passed = 0;
    for (size_t i = 0; i < v->result_count; i++) {
        if (!v->results[i].is_gating)
            continue;
        if (v->results[i].state != GATE_PASS)
            return false;
        passed++;
    }
    return passed > 0;
}

static enum call call_of(const struct verdict *v)
{
    enum caveat_weight weight = caveats_weight(&v->caveats);
    if (weight == CAVEAT_FORBIDS_ALL)
        return CALL_INCONCLUSIVE;
    if (has_failed_gate(v) || is_guard_broken(v))
        return CALL_NO_GO;
    return weight == CAVEAT_NOTE && has_passed_all(v) ? CALL_GO : CALL_INCONCLUSIVE;
}

/* What the comparison cannot carry is not shown as proven. */
static void doubt(const struct trial *t)
{
    enum caveat_weight weight = caveats_weight(&t->v->caveats);
    size_t gating = count_gating(t->v);
    bool is_look = t->options->look_of_s > 0;
    struct lateness late = {
        .pairing = t->pairing,
        .alpha = t->policy->alpha_nogo * share_of_nogo(t) /
                 (double)(gating > 0 ? gating : 1),
        .is_look = is_look,
    };
    bool is_late = weight == CAVEAT_FORBIDS_TIMES;
    if (weight < CAVEAT_FORBIDS_TIMES)
        return;
    for (size_t i = 0; i < t->v->result_count; i++) {
        struct gate_result *r = &t->v->results[i];
        bool is_claim = r->state == GATE_PASS || r->state == GATE_FAIL;
        bool is_firm =
            is_late && r->state == GATE_FAIL && lateness_leaves_gate(&late, r);
        if (r->is_gating && is_claim && !is_firm)
            r->state = GATE_UNCERTAIN;
    }
    for (size_t i = 0; i < t->v->guard_count; i++) {
        struct guard_result *g = &t->v->guards[i];
        bool is_firm = is_late && lateness_leaves_guard(&late, g);
        if (g->state == GUARD_BROKEN && !is_firm)
            g->state = GUARD_MISSED;
    }
}

/* More time helps what is uncertain, and what is merely short. */
static double extra_of(const struct trial *t)
{
    struct extra_metric open[POLICY_GATES_MAX];
    size_t n = 0;
    double seconds = (double)t->pairing->seconds;
    if (t->v->call != CALL_INCONCLUSIVE ||
        caveats_weight(&t->v->caveats) >= CAVEAT_FORBIDS_TIMES)
        return 0;
    for (size_t i = 0; i < t->v->result_count; i++)
        if (t->v->results[i].is_gating && t->v->results[i].state == GATE_UNCERTAIN)
            open[n++] = gate_extra(&t->v->results[i]);
    double more = extra_seconds(seconds, open, n);
    double missing = ceil((t->policy->limits.seconds_min - seconds) / 30) * 30;
    more = fmax(more, missing);
    double most =
        t->policy->limits.extension * fmax(seconds, t->policy->limits.seconds_min);
    return more <= most ? fmax(more, 0) : HUGE_VAL;
}

/* ---- the whole */

static char *name_of(const struct testimony *t)
{
    struct buf b;
    buf_init(&b, 65536);
    for (size_t i = 0; i < t->count; i++)
        buf_printf(&b, "%s%s", i > 0 ? ", " : "", t->runs[i]->path);
    if (strcmp(t->runs[0]->arm, "target") != 0)
        buf_printf(&b, " (%s)", t->runs[0]->arm);
    char *name = buf_steal(&b);
    buf_release(&b);
    return name;
}

static void describe_arm(const struct pairing_side *side, struct verdict_arm *arm)
{
    const struct testimony *t = side->testimony;
    const struct witness_facts *f = &t->runs[0]->facts;
    arm->name = name_of(t);
    arm->url = xstrdup(f->url);
    arm->model = xstrdup(f->model);
    arm->profile = xstrdup(f->profile_name);
    arm->runs = t->count;
    arm->seconds = (double)side->count;
    arm->sum = side->sum;
    for (size_t i = 0; i < t->count; i++)
        for (size_t o = 0; o < OUTCOME_COUNT; o++)
            arm->outcomes[o] += t->runs[i]->outcomes[o];
}

static void judge(const struct trial *t)
{
    double ratio = t->options->planned_ratio;
    judge_gates(t);
    excuse_e2e(t);
    if (t->options->look_of_s > 0)
        reject_at_look(t);
    else
        reject_at_end(t);
    set_states(t);
    judge_guards(t);
    comparability_check(t->pairing, ratio > 0 ? ratio : 1, t->options->is_live,
                        &t->v->caveats);
    check_baseline(t);
    if (is_long_enough(t))
        steadiness_check(t->pairing, t->v->results, t->v->result_count, &t->v->caveats);
    check_samples(t);
    note_results(t);
    doubt(t);
}

void verdict_options_looks(struct verdict_options *options,
                           const struct witness_facts *facts)
{
    options->was_looked_at = facts->look_planned_s > 0;
    options->ends = facts->ends > 1 ? facts->ends : 1;
    if (!(options->was_looked_at && facts->look_decided_s > 0))
        return;
    options->look_of_s = facts->look_planned_s;
    options->until_s = facts->look_decided_s;
}

struct verdict *verdict_of(const struct testimony *baseline,
                           const struct testimony *canary, const struct policy *policy,
                           const struct verdict_options *options)
{
    struct verdict *v = xcalloc(1, sizeof *v);
    struct verdict_options used = *options;
    used.calibration = fitting(options->calibration, baseline->runs[0], v);
    struct pairing *p =
        pairing_new(baseline, canary, options->mode, options->until_s, policy);
    struct trial t = {.pairing = p, .policy = policy, .options = &used, .v = v};
    v->policy_name = xstrdup(policy->name);
    v->mode = options->mode;
    v->is_look = options->look_of_s > 0;
    v->is_same_schedule = p->is_same_schedule;
    v->alpha_go = policy->alpha_go;
    v->alpha_nogo = policy->alpha_nogo;
    v->seconds = (double)p->seconds;
    v->nu = longrun_nu(p->seconds);
    for (unsigned i = 0; i < SIDES; i++)
        describe_arm(&p->sides[i], &v->arms[i]);
    judge(&t);
    v->call = call_of(v);
    v->extra_s = extra_of(&t);
    v->sentence = sentence_of(v);
    pairing_free(p);
    return v;
}

void verdict_free(struct verdict *v)
{
    if (v == NULL)
        return;
    for (unsigned i = 0; i < SIDES; i++) {
        free(v->arms[i].name);
        free(v->arms[i].url);
        free(v->arms[i].model);
        free(v->arms[i].profile);
    }
    caveats_release(&v->caveats);
    free(v->policy_name);
    free(v->sentence);
    free(v);
}
