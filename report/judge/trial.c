/* One trial, from its run directory; see trial.h. */
#include "judge/trial.h"

#include "base/units.h"
#include "judge/summary.h"
#include "measure/rundir.h"
#include "stats/backlog.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ALPHA 0.05 /* of a sealed trial */
#define TEXT_BYTES 256
#define RECOVERED_S 10

uint32_t trial_metrics(const struct trial_ask *ask)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < ask->slo_count; i++)
        if (ask->slos[i].kind == SLO_LATENCY)
            mask |= UINT32_C(1) << ask->slos[i].metric;
    return mask;
}

/* --- counting --------------------------------------------------------------------------- */

/* Seconds from..until of w, as trials. */
struct stretch {
    const struct witness *w;
    size_t from, count;
    struct trials *seconds;
};

static bool holds_second(const struct stretch *s, size_t second)
{
    return second >= s->from && second - s->from < s->count;
}

static void count_latency(struct stretch *s, const struct slo *slo)
{
    const struct observations *values = &s->w->values[slo->metric];
    int64_t limit_us = slo->limit_ns / NS_PER_US;
    for (size_t i = 0; i < values->count; i++) {
        const struct observation *o = &values->items[i];
        if (!holds_second(s, o->second))
            continue;
        struct trials *t = &s->seconds[o->second - s->from];
        t->requests += o->count;
        t->failures += hist_slot_low(o->slot) > limit_us ? o->count : 0;
    }
    for (size_t i = 0; i < s->w->loss_count; i++) {
        const struct loss *l = &s->w->losses[i];
        if (!holds_second(s, l->second) ||
            !witness_loses(s->w, l->class_index, slo->metric))
            continue;
        s->seconds[l->second - s->from].requests += l->count;
        s->seconds[l->second - s->from].failures += l->count;
    }
    for (size_t i = 0; i < s->count; i++) {
        const struct ledger_row *row = &s->w->rows[s->from + i];
        s->seconds[i].requests += row->quota;
        s->seconds[i].failures += row->quota;
    }
}

static void count_share(struct stretch *s, bool is_goodput)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct ledger_row *row = &s->w->rows[s->from + i];
        uint64_t all = (uint64_t)row->requests + row->quota;
        uint64_t within = is_goodput ? row->good : row->ok;
        s->seconds[i].requests = all;
        s->seconds[i].failures = all > within ? all - within : 0;
    }
}

static uint64_t requests_of(const struct stretch *s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum += s->w->rows[s->from + i].requests;
    return sum;
}

static void count_slo(struct stretch *s, const struct slo *slo)
{
    for (size_t i = 0; i < s->count; i++)
        s->seconds[i] = (struct trials){0};
    switch (slo->kind) {
    case SLO_LATENCY:
        count_latency(s, slo);
        return;
    case SLO_SUCCESS:
        count_share(s, false);
        return;
    case SLO_GOODPUT:
        count_share(s, true);
        return;
    }
    bug("slo kind");
}

/* --- judging ---------------------------------------------------------------------------- */

size_t trial_worst(const struct trial_ask *ask, const struct capacity_count *counts)
{
    double most = -1;
    size_t worst = 0;
    for (size_t i = 0; i < ask->slo_count; i++) {
        double allowed = 1 - attainment_target(&ask->slos[i]);
        double missed =
            counts[i].n > 0 ? 1 - (double)counts[i].within / (double)counts[i].n : 0;
        double used = missed / fmax(allowed, 1e-6);
        /* what failed is within no latency either: then it is the failures */
        bool is_cause = ask->slos[i].kind == SLO_SUCCESS && used >= most;
        worst = used > most || is_cause ? i : worst;
        most = fmax(most, used);
    }
    return worst;
}

/* The gravest of the objectives' states. */
static enum capacity_state judge_counts(const struct trial_ask *ask,
                                        const struct capacity_count *counts,
                                        double alpha)
{
    enum capacity_state state = CAPACITY_PASS;
    for (size_t i = 0; i < ask->slo_count; i++) {
        enum capacity_state one =
            attainment_judge(&counts[i], attainment_target(&ask->slos[i]), alpha);
        if (one == CAPACITY_FAIL || state == CAPACITY_FAIL)
            state = CAPACITY_FAIL;
        else if (one == CAPACITY_UNSURE)
            state = CAPACITY_UNSURE;
    }
    return state;
}

void trial_judge(const struct trial_ask *ask, const struct witness *w, size_t from,
                 size_t until, const double *in_flight, size_t n, double alpha,
                 struct trial_view *out)
{
    size_t end = until < w->row_count ? until : w->row_count;
    struct stretch s = {.w = w, .from = from, .count = end > from ? end - from : 0};
    *out = (struct trial_view){.state = CAPACITY_UNSURE};
    s.seconds = xcalloc(s.count + 1, sizeof *s.seconds);
    for (size_t i = 0; i < ask->slo_count; i++) {
        count_slo(&s, &ask->slos[i]);
        out->counts[i] = attainment_count(s.seconds, s.count);
    }
    free(s.seconds);
    out->state = judge_counts(ask, out->counts, alpha);
    out->slo = trial_worst(ask, out->counts);
    double arrivals =
        n > 0 && s.count > 0 ? (double)requests_of(&s) / (double)s.count : 0;
    struct backlog b =
        backlog_of(in_flight, in_flight != NULL ? n : 0, arrivals * (double)n);
    if (ask->is_closed || !b.is_growing || out->state == CAPACITY_FAIL)
        return;
    out->state = CAPACITY_FAIL;
    out->grows = true;
    out->before = fmax(b.before, 0);
    out->after = b.after;
}

/* --- in flight -------------------------------------------------------------------------- */

struct gauge {
    size_t from, until, count;
    double *values;
};

static bool take_health(void *context, const json_t *object)
{
    struct gauge *g = context;
    const char *kind = json_string_value(json_object_get(object, "kind"));
    double t = json_number_value(json_object_get(object, "t"));
    if (kind == NULL || kind[0] != 'h' || t < (double)g->from || t >= (double)g->until)
        return true;
    g->values = xrealloc_array(g->values, g->count + 1, sizeof g->values[0]);
    g->values[g->count++] = json_number_value(json_object_get(object, "in_flight"));
    return true;
}

int trial_in_flight(const char *run_path, size_t from, size_t until, double **out,
                    size_t *n, struct err *e)
{
    struct gauge g = {.from = from, .until = until};
    struct runread *r = runread_open(run_path, e);
    *out = NULL;
    *n = 0;
    if (r == NULL)
        return -1;
    int rc = runread_lines(r, rundir_file_names[RUNDIR_INTERVALS], take_health, &g, e);
    runread_close(r);
    if (rc < 0) {
        free(g.values);
        return -1;
    }
    *out = g.values;
    *n = g.count;
    return 0;
}

/* --- a sealed trial --------------------------------------------------------------------- */

/* Seconds; INFINITY where the rank falls among failures. */
static double seconds_at(const struct latency *l, double percentile)
{
    struct quantile q = latency_quantile(l, percentile);
    switch (q.state) {
    case QUANTILE_NONE:
    case QUANTILE_FEW:
        return (double)NAN;
    case QUANTILE_VALUE:
        return (double)q.us / 1e6;
    case QUANTILE_BEYOND:
        return (double)INFINITY;
    }
    bug("quantile state");
}

static struct capacity_latency latency_at(const struct latency *l)
{
    return (struct capacity_latency){seconds_at(l, 50), seconds_at(l, 95),
                                     seconds_at(l, 99)};
}

static double per(double sum, uint64_t n)
{
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* A member of the manifest's "cost"; NAN where nothing is priced. */
static double cost_of(const struct runread *r, const char *key)
{
    const json_t *value = json_object_get(json_object_get(r->manifest, "cost"), key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void take_numbers(const struct summary *s, struct capacity_point *out)
{
    const struct totals *t = &s->window;
    out->seconds = s->window_s;
    out->requests = t->scheduled;
    out->good = t->good;
    out->rate = summary_per_s(s, s->activity.done);
    out->ttft_s = latency_at(&s->latency[METRIC_TTFT]);
    out->e2e_s = latency_at(&s->latency[METRIC_E2E]);
    out->tpot_s = latency_at(&s->latency[METRIC_TPOT]);
    out->goodput = summary_per_s(s, t->good);
    out->success = summary_success_share(s);
    out->output_tokens_per_s = summary_per_s(s, s->activity.output_tokens);
    out->prompt_tokens_mean = per((double)t->prompt_tokens, t->succeeded);
    out->output_tokens_mean = per((double)t->output_tokens, t->succeeded);
    out->in_flight_mean = s->in_flight_mean;
    out->littles_residual = summary_little_residual(s);
    out->server_running = out->server_waiting = (double)NAN;
    for (size_t i = 0; i < s->server.source_count && isnan(out->server_running); i++) {
        const struct server_source *source = &s->server.sources[i];
        out->server_running = server_source_mean(source, SERVER_RUNNING);
        out->server_waiting = server_source_mean(source, SERVER_QUEUE);
    }
    out->generator_headroom =
        s->health.is_known ? s->health.core_idle_min : (double)NAN;
    out->spent = cost_of(s->run, "requests");
}

static void say_share(char *text, size_t size, const struct slo *slo,
                      const struct capacity_count *c)
{
    const char *sign = attainment_is_met(c, slo->share) ? ">=" : "<";
    (void)snprintf(text, size, "%s %.4g %% %s %.4g %%",
                   slo->kind == SLO_SUCCESS ? "success" : "goodput",
                   c->n > 0 ? 100 * (double)c->within / (double)c->n : 0.0, sign,
                   100 * slo->share);
}

/* Too few requests for the percentile: how many are within, instead. */
static void say_few(char *text, size_t size, const struct slo *slo,
                    const struct capacity_count *c)
{
    char limit[UNITS_TEXT];
    (void)snprintf(text, size, "%" PRIu64 " of %" PRIu64 " with %s <= %s", c->within,
                   c->n, metric_rows[slo->metric].name,
                   units_format_ns(limit, slo->limit_ns));
}

static void say_latency(char *text, size_t size, const struct slo *slo,
                        const struct capacity_count *c, const struct latency *l)
{
    char limit[UNITS_TEXT], value[QUANTILE_TEXT];
    struct quantile q = latency_quantile(l, slo->percentile);
    bool is_met = attainment_is_met(c, slo->percentile / 100);
    if (q.state == QUANTILE_NONE || q.state == QUANTILE_FEW) {
        say_few(text, size, slo, c);
        return;
    }
    (void)snprintf(text, size, "%s p%g %s %s %s", metric_rows[slo->metric].name,
                   slo->percentile, quantile_format(value, &q), is_met ? "<=" : ">",
                   units_format_ns(limit, slo->limit_ns));
}

/* "ttft p95 612 ms > 500 ms": the objective that is worst off. */
static void say_slo(char *text, size_t size, const struct slo *slo,
                    const struct capacity_count *c, const struct summary *s)
{
    if (slo->kind == SLO_LATENCY)
        say_latency(text, size, slo, c, &s->latency[slo->metric]);
    else
        say_share(text, size, slo, c);
}

/* What does not fit is cut. */
static void PRINTF_LIKE(2, 3)
    set_reason(struct capacity_point *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(out->reason, sizeof out->reason, format, args);
    va_end(args);
}

static void say_why(const struct trial_ask *ask, const struct trial_view *v,
                    const struct summary *s, struct capacity_point *out)
{
    const struct slo *slo = &ask->slos[v->slo];
    const struct capacity_count *c = &v->counts[v->slo];
    double needed = attainment_needed(attainment_target(slo), ALPHA);
    char text[TEXT_BYTES];
    say_slo(text, sizeof text, slo, c, s);
    if (v->grows)
        set_reason(out, "in flight grows from %.0f to %.0f: more comes than is served",
                   v->before, v->after);
    else if (v->state != CAPACITY_UNSURE)
        set_reason(out, "%s", text);
    else if ((double)c->n < needed)
        set_reason(out, "%s, but it needs %.0f requests, and these are %.0f", text,
                   needed, (double)c->n);
    else
        set_reason(out, "%s, too close to say", text);
}

/* The first reason why the generator was not good enough. */
static void say_invalid(const struct summary *s, struct capacity_point *out)
{
    const char *text = s->problems.count > 0 ? s->problems.items[0].text
                                             : "the generator was the limit";
    set_reason(out, "%s", text);
}

static int read_sealed(const struct trial_ask *ask, const struct summary *s,
                       struct capacity_point *out, struct err *e)
{
    struct hearing *h = hearing_open(s->path, NULL, trial_metrics(ask), e);
    double *in_flight = NULL;
    size_t n = 0, from = (size_t)fmax(0, s->window_start_s);
    size_t until = (size_t)fmax(0, floor(s->window_end_s));
    struct trial_view v;
    if (h == NULL)
        return -1;
    if (trial_in_flight(s->path, from, until, &in_flight, &n, e) < 0) {
        hearing_close(h);
        return -1;
    }
    trial_judge(ask, hearing_witness(h, 0), from, until, in_flight, n, ALPHA, &v);
    hearing_close(h);
    free(in_flight);
    take_numbers(s, out);
    for (size_t i = 0; i < ask->slo_count; i++)
        out->slos[i] = v.counts[i];
    out->state = v.state;
    if (s->health.is_known && !s->health.is_valid) {
        out->state = CAPACITY_INVALID;
        say_invalid(s, out);
    } else {
        say_why(ask, &v, s, out);
    }
    return 0;
}

int trial_read(const struct trial_ask *ask, const char *run_path,
               struct capacity_point *out, struct err *e)
{
    *out = (struct capacity_point){0};
    struct summary *s = summary_read(run_path, NULL, e);
    if (s == NULL)
        return -1;
    int rc = read_sealed(ask, s, out, e);
    summary_free(s);
    return rc;
}

/* --- after an overload -------------------------------------------------------------------- */

static bool holds_from(const struct trial_ask *ask, const struct witness *w,
                       size_t from, size_t until)
{
    struct trial_view v;
    bool is_met = true;
    trial_judge(ask, w, from, until, NULL, 0, ALPHA, &v);
    for (size_t i = 0; i < ask->slo_count; i++)
        is_met =
            is_met && attainment_is_met(&v.counts[i], attainment_target(&ask->slos[i]));
    return is_met;
}

/* The first second from which on all is well, by halves: a backlog that shrinks makes
 * every later start better than the one before. */
static double first_good(const struct trial_ask *ask, const struct witness *w,
                         size_t from, size_t until)
{
    size_t lo = from, hi = until > from + RECOVERED_S ? until - RECOVERED_S : from;
    if (!holds_from(ask, w, hi, until))
        return (double)INFINITY;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (holds_from(ask, w, middle, until))
            hi = middle;
        else
            lo = middle + 1;
    }
    return (double)(hi - from);
}

int trial_recovery(const struct trial_ask *ask, const char *run_path, double *out_s,
                   struct err *e)
{
    struct hearing *h = hearing_open(run_path, NULL, trial_metrics(ask), e);
    if (h == NULL)
        return -1;
    const struct witness *w = hearing_witness(h, 0);
    double start = w->facts.window_start_s, end = w->facts.window_end_s;
    bool is_known = start >= 0 && end > start && end < WITNESS_SECONDS_MAX;
    if (is_known)
        *out_s = first_good(ask, w, (size_t)start, (size_t)end);
    hearing_close(h);
    return is_known ? 0 : err_set(e, "%s: window: is not known", run_path);
}

/* --- money -------------------------------------------------------------------------------- */

static bool take_spending(void *context, const json_t *object)
{
    const json_t *most = json_object_get(object, "at_most");
    double *spent = context;
    if (json_is_number(most))
        *spent = fmax(*spent, json_number_value(most));
    return true;
}

double trial_spent(const char *run_path)
{
    struct err ignored = {0}; /* no run, no money */
    struct runread *r = runread_open(run_path, &ignored);
    double spent = 0;
    if (r == NULL)
        return 0;
    double sealed = cost_of(r, "requests");
    /* the manifest of a run that was killed is up to a minute old */
    if (isnan(sealed) || r->status != RUN_RUNNING)
        spent = isnan(sealed) ? 0 : sealed;
    else if (runread_lines(r, rundir_file_names[RUNDIR_INTERVALS], take_spending,
                           &spent, &ignored) < 0)
        spent = fmax(spent, sealed);
    runread_close(r);
    return spent;
}
