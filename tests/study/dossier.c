/*
 * Traces become testimonies as a run directory would have given them: values by
 * second of scheduled start and prompt length, in slots of the histogram; failures
 * as an outcome. The generator is healthy but for the lag that the traffic has.
 *
 * The policy is the built-in one, reduced to the gates of the study, and with the
 * margin of 1 % of failures that the figures of the study assume.
 */
#include "tests/study/dossier.h"

#include "render/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RULING_BYTES_MAX ((size_t)1 << 20)
#define FAILURE_MARGIN 0.01
#define SINGLE_MARGIN 0.10

static const char *const gate_names[GATES] = {
    [GATE_SUCCESS] = "success",   [GATE_TTFT_P50] = "ttft_p50",
    [GATE_TTFT_P95] = "ttft_p95", [GATE_TPOT_P95] = "tpot_p95",
    [GATE_E2E_P95] = "e2e_p95",
};

struct dossier {
    struct traffic traffic;
    struct testimony parties[PARTIES];
};

/* ---- testimonies */

static void tell_facts(struct witness_facts *f, const struct traffic *traffic)
{
    char **const texts[] = {
        &f->tool,   &f->profile_name,  &f->profile_digest, &f->schedule_digest,
        &f->seed,   &f->url,           &f->model,          &f->dialect,
        &f->split,  &f->stop_text,     &f->kernel,         &f->generator_reason,
        &f->run_id, &f->client_policy,
    };
    double *const unknown[] = {&f->users,         &f->cores,        &f->connect_s,
                               &f->ttft_s,        &f->stall_s,      &f->total_s,
                               &f->core_idle_min, &f->clock_drift_s};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = xstrdup("");
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        *unknown[i] = (double)NAN;
    f->load_kind = xstrdup("open");
    free(f->split);
    f->split = xstrdup(traffic->split == PAIRED ? "mirror" : "");
    f->status = RUN_COMPLETE;
    f->is_generator_valid = true;
    f->rate_per_s = traffic->rate_per_s;
    f->planned_s = f->elapsed_s = f->window_end_s = traffic->seconds;
}

static void tell_value(struct witness *w, enum metric metric, size_t second,
                       unsigned stratum, double value_s)
{
    size_t slot = hist_slot((int64_t)(value_s * 1e6 + 0.5));
    struct hist_bin bin = {(uint32_t)slot, 1};
    witness_observe(w, metric, 0, second, stratum, &bin, 1);
}

/* Pairs were asked the same, which makes strata needless, and judging faster. */
static void tell(struct witness *w, enum split split, const struct request *request,
                 const struct reply *reply)
{
    size_t second = (size_t)request->due_s;
    unsigned stratum = split == PAIRED ? 0 : stratum_of(request->prompt_tokens);
    uint32_t lag_us = (uint32_t)(request->lag_s * 1e6);
    struct ledger_row *row = witness_row(w, second);
    row->lag_us_max = lag_us > row->lag_us_max ? lag_us : row->lag_us_max;
    enum outcome outcome = reply->is_failed ? OUTCOME_SERVER_500 : OUTCOME_OK;
    witness_count(w, outcome, 0, second, stratum, 1);
    if (reply->is_failed)
        return;
    tell_value(w, METRIC_TTFT, second, stratum, reply->ttft_s);
    tell_value(w, METRIC_TPOT, second, stratum, reply->tpot_s);
    tell_value(w, METRIC_E2E, second, stratum, reply->e2e_s);
}

static int compare_lags(const void *a, const void *b)
{
    double x = ((const struct request *)a)->lag_s;
    double y = ((const struct request *)b)->lag_s;
    return (x > y) - (x < y);
}

static double lag_p99_s(const struct trace *t)
{
    struct request *sorted = xcalloc(t->n + 1, sizeof sorted[0]);
    memcpy(sorted, t->requests, t->n * sizeof sorted[0]);
    qsort(sorted, t->n, sizeof sorted[0], compare_lags);
    double lag_s = sorted[t->n * 99 / 100].lag_s;
    free(sorted);
    return lag_s;
}

static struct witness *witness_of(const struct traffic *traffic, const struct trace *t,
                                  const char *arm)
{
    struct witness *w = witness_new("study", arm);
    tell_facts(&w->facts, traffic);
    w->facts.lag_us_p99 = lag_p99_s(t) * 1e6;
    (void)witness_class(w, "all", 3); /* the first class is number 0 */
    for (size_t s = 0; s < (size_t)traffic->seconds; s++)
        witness_row(w, s)->is_measured = true;
    for (size_t i = 0; i < t->n; i++)
        tell(w, traffic->split, &t->requests[i], &t->replies[i]);
    return w;
}

struct dossier *dossier_new(const struct traffic *traffic, const struct trace *parties)
{
    static const char *const arms[PARTIES] = {"baseline", "canary"};
    struct dossier *d = xcalloc(1, sizeof *d);
    d->traffic = *traffic;
    for (int party = 0; party < PARTIES; party++)
        testimony_add(&d->parties[party],
                      witness_of(traffic, &parties[party], arms[party]));
    return d;
}

void dossier_free(struct dossier *d)
{
    if (d == NULL)
        return;
    for (int party = 0; party < PARTIES; party++)
        testimony_release(&d->parties[party]);
    free(d);
}

/* ---- the policy */

static bool is_wanted(const struct terms *terms, const struct gate *gate)
{
    for (int id = 0; id < GATES; id++)
        if (strcmp(gate->name, gate_names[id]) == 0)
            return !terms->is_single || id == (int)terms->gate;
    return false;
}

static struct policy *policy_of(const struct terms *terms)
{
    struct policy *p = policy_default();
    size_t kept = 0;
    for (size_t i = 0; i < p->gate_count; i++)
        if (is_wanted(terms, &p->gates[i]))
            p->gates[kept++] = p->gates[i];
    p->gate_count = kept;
    p->limits.extension = HUGE_VAL; /* advise however long it takes */
    for (size_t i = 0; i < kept; i++) {
        struct gate *gate = &p->gates[i];
        if (gate->measure != NULL)
            gate->margin = gate->margin_few = FAILURE_MARGIN;
        else if (terms->is_single)
            gate->margin = SINGLE_MARGIN;
    }
    return p;
}

struct calibration *dossiers_calibrate(struct dossier *const *equal, size_t n)
{
    struct terms terms = {0};
    struct policy *policy = policy_of(&terms);
    struct testimony parties[PARTIES] = {{0}}, alone = {0};
    struct err e = {0};
    for (int party = 0; party < PARTIES; party++)
        for (size_t i = 0; i < n; i++)
            testimony_add(&parties[party], equal[i]->parties[party].runs[0]);
    struct calibration *c =
        calibration_measure(&parties[BASELINE], &parties[CANARY], &alone, policy, &e);
    assert(c != NULL);
    for (int party = 0; party < PARTIES; party++)
        free(parties[party].runs); /* the witnesses are not ours */
    policy_free(policy);
    return c;
}

/* ---- judging */

static double planned_ratio(const struct traffic *traffic)
{
    double share = traffic->canary_share;
    return share > 0 ? share / (1 - share) : 1;
}

static struct verdict *judge(const struct dossier *d, const struct terms *terms)
{
    static const enum pairing_mode modes[] = {
        [PAIRED] = PAIRING_MIRROR,
        [CONCURRENT] = PAIRING_CONCURRENT,
        [STORED] = PAIRING_STORED,
    };
    bool is_look = terms->look_s > 0, is_early = terms->look_s < d->traffic.seconds;
    struct verdict_options options = {
        .mode = modes[d->traffic.split],
        .planned_ratio = planned_ratio(&d->traffic),
        .until_s = is_look ? terms->look_s : terms->end_s,
        .ends = terms->end_s > 0 ? 2 : 1,
        .look_of_s = is_look && is_early ? d->traffic.seconds : 0,
        .was_looked_at = is_look,
        .calibration = terms->calibration,
    };
    struct policy *policy = policy_of(terms);
    struct verdict *v =
        verdict_of(&d->parties[BASELINE], &d->parties[CANARY], policy, &options);
    policy_free(policy);
    return v;
}

void dossier_judge(const struct dossier *d, const struct terms *terms,
                   struct ruling *out)
{
    static const enum opinion opinions[] = {
        [CALL_GO] = OPINION_GO,
        [CALL_NO_GO] = OPINION_NOGO,
        [CALL_INCONCLUSIVE] = OPINION_INCONCLUSIVE,
    };
    struct verdict *v = judge(d, terms);
    *out = (struct ruling){.opinion = opinions[v->call], .extra_s = v->extra_s};
    for (size_t i = 0; i < v->result_count; i++)
        for (int id = 0; id < GATES; id++)
            if (strcmp(v->results[i].gate->name, gate_names[id]) == 0)
                out->is_pass[id] = v->results[i].state == GATE_PASS;
    verdict_free(v);
}

char *dossier_ruling_text(const struct dossier *d, const struct terms *terms)
{
    struct verdict *v = judge(d, terms);
    struct buf text;
    buf_init(&text, RULING_BYTES_MAX);
    verdict_json(v, &text);
    verdict_free(v);
    char *stolen = buf_steal(&text);
    buf_release(&text);
    return stolen;
}
