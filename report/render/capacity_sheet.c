/* What a capacity search found, as tables; see capacity_sheet.h. */
#include "render/capacity_sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    enum tone tone;
} verdict_rows[CAPACITY_VERDICTS] = {
    [CAPACITY_FOUND] = {"FOUND", TONE_GOOD},
    [CAPACITY_AT_LEAST] = {"AT LEAST", TONE_GOOD},
    [CAPACITY_NEVER] = {"NEVER", TONE_BAD},
    [CAPACITY_GENERATOR] = {"GENERATOR", TONE_WARNING},
    [CAPACITY_INCOMPLETE] = {"INCOMPLETE", TONE_WARNING},
};

const char *capacity_word(enum capacity_verdict v)
{
    return verdict_rows[v].word;
}

enum tone capacity_tone(enum capacity_verdict v)
{
    return verdict_rows[v].tone;
}

const char *capacity_unit(enum capacity_axis axis)
{
    return axis == CAPACITY_USERS ? " users" : "/s";
}

/* --- the verdict in one line ------------------------------------------------------------ */

static const char *binding_of(const struct capacity *c)
{
    for (size_t i = 0; i < c->slo_count; i++)
        if (c->is_binding[i])
            return c->slos[i];
    return NULL;
}

static void put_finding(const struct capacity *c, struct sheet *s)
{
    const char *unit = capacity_unit(c->axis), *binding = binding_of(c);
    char limit[80] = "", above[80] = "";
    if (binding != NULL)
        (void)snprintf(limit, sizeof limit, ", bound by %.60s", binding);
    if (isfinite(c->infeasible_min))
        (void)snprintf(above, sizeof above, ", %.4g%s is not", c->infeasible_min, unit);
    switch (c->verdict) {
    case CAPACITY_FOUND:
        sheet_finding(s, "%.4g%s is served within the objectives%s%s", c->feasible_max,
                      unit, above, limit);
        break;
    case CAPACITY_AT_LEAST:
        sheet_finding(s,
                      "at least %.4g%s is served within the objectives; no more was "
                      "tried",
                      c->feasible_max, unit);
        break;
    case CAPACITY_NEVER:
        sheet_finding(s, "the objectives are missed at the least load%s", limit);
        break;
    case CAPACITY_GENERATOR:
    case CAPACITY_INCOMPLETE:
    case CAPACITY_VERDICTS:
        if (isfinite(c->feasible_max))
            sheet_finding(s, "%s; %.4g%s was served within the objectives%s", c->end,
                          c->feasible_max, unit, above);
        else
            sheet_finding(s, "%s; no load is known to hold", c->end);
        break;
    }
}

/* --- tables ------------------------------------------------------------------------------- */

/* One cell in the only column; nothing when it is not known. */
static void put_fact(struct sheet *s, const char *key, const char *label, double value,
                     const char *unit)
{
    if (isnan(value))
        return;
    sheet_row(s, key, label);
    sheet_put_number(s, 0, value, unit);
}

static void put_result(const struct capacity *c, struct sheet *s)
{
    const char *unit = c->axis == CAPACITY_USERS ? "users" : "/s";
    sheet_table(s, "result", "Result");
    (void)sheet_column(s, "value");
    put_fact(s, "feasible_max", "served within all objectives", c->feasible_max, unit);
    put_fact(s, "infeasible_min", "least load that is not", c->infeasible_min, unit);
    if (!isnan(c->confidence)) {
        sheet_row(s, "confidence", "confidence of the former");
        sheet_put_share(s, 0, c->confidence);
    }
    put_fact(s, "knee", "knee: recommended operating point", c->knee, unit);
    put_fact(s, "replicas", "replicas behind the target", c->replicas, "");
    put_fact(s, "headroom", "safe with one replica gone", c->headroom, unit);
    for (size_t i = 0; i < c->slo_count; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "objective_%zu", i + 1);
        sheet_row(s, key, c->is_binding[i] ? "objective, missed first" : "objective");
        sheet_put_text(s, 0, c->slos[i]);
    }
    if (!isnan(c->recovery_s)) {
        sheet_row(s, "recovery_s", "back within them after an overload");
        if (isinf(c->recovery_s))
            sheet_put_text(s, 0, "never");
        else
            sheet_put_seconds(s, 0, c->recovery_s);
    }
    if (!isnan(c->elapsed_s)) {
        sheet_row(s, "elapsed_s", "time the search took");
        sheet_put_seconds(s, 0, c->elapsed_s);
    }
    sheet_row(s, "end", "why it ended");
    sheet_put_text(s, 0, c->end);
}

/* The unloaded trial has one user, whatever the axis: it is the least. */
static double load_of(const struct capacity_point *p)
{
    return p->phase == CAPACITY_UNLOADED ? 0.0 : p->load;
}

static int by_load(const void *a, const void *b)
{
    const struct capacity_point *x = *(const struct capacity_point *const *)a;
    const struct capacity_point *y = *(const struct capacity_point *const *)b;
    int by = (load_of(x) > load_of(y)) - (load_of(x) < load_of(y));
    return by != 0 ? by : strcmp(x->trial, y->trial);
}

static void put_seconds(struct sheet *s, size_t column, double value)
{
    if (isinf(value))
        sheet_put_text(s, column, "failed");
    else
        sheet_put_seconds(s, column, value);
}

static void name_load(const struct capacity *c, const struct capacity_point *p,
                      char *out, size_t size)
{
    if (p->phase == CAPACITY_UNLOADED)
        (void)snprintf(out, size, "unloaded");
    else
        (void)snprintf(out, size, "%.4g%s", p->load, capacity_unit(c->axis));
}

static void put_curve(const struct capacity *c, struct sheet *s)
{
    static const char *const columns[] = {
        "trial is",    "ttft p50", "ttft p95", "ttft p99",  "tpot p95", "e2e p95",
        "completed/s", "good/s",   "tokens/s", "succeeded", "in flight"};
    const struct capacity_point **all = xcalloc(c->point_count + 1, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < c->point_count; i++)
        if (c->points[i].state != CAPACITY_INVALID)
            all[n++] = &c->points[i];
    qsort(all, n, sizeof *all, by_load);
    sheet_table(s, "curve", "Curve");
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        (void)sheet_column(s, columns[i]);
    for (size_t i = 0; i < n; i++) {
        const struct capacity_point *p = all[i];
        char label[48];
        name_load(c, p, label, sizeof label);
        sheet_row(s, p->trial, label);
        sheet_put_text(s, 0, capacity_states[p->state]);
        put_seconds(s, 1, p->ttft_s.p50);
        put_seconds(s, 2, p->ttft_s.p95);
        put_seconds(s, 3, p->ttft_s.p99);
        put_seconds(s, 4, p->tpot_s.p95);
        put_seconds(s, 5, p->e2e_s.p95);
        sheet_put_number(s, 6, p->rate, "");
        sheet_put_number(s, 7, p->goodput, "");
        sheet_put_number(s, 8, p->output_tokens_per_s, "");
        sheet_put_share(s, 9, p->success);
        sheet_put_number(s, 10, p->in_flight_mean, "");
    }
    free(all);
}

static void put_trials(const struct capacity *c, struct sheet *s)
{
    static const char *const columns[] = {"load",     "for",    "is",   "measured",
                                          "requests", "Little", "idle", "why"};
    sheet_table(s, "trials", "Trials");
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        (void)sheet_column(s, columns[i]);
    for (size_t i = 0; i < c->point_count; i++) {
        const struct capacity_point *p = &c->points[i];
        const char *slash = strrchr(p->trial, '/');
        char load[48];
        name_load(c, p, load, sizeof load);
        sheet_row(s, p->trial, slash != NULL ? slash + 1 : p->trial);
        sheet_put_text(s, 0, load);
        sheet_put_text(s, 1, capacity_phases[p->phase]);
        sheet_put_text(s, 2, capacity_states[p->state]);
        sheet_put_seconds(s, 3, p->seconds);
        sheet_put_count(s, 4, (double)p->requests);
        sheet_put_share(s, 5, p->littles_residual);
        sheet_put_share(s, 6, p->generator_headroom);
        sheet_put_text(s, 7, p->reason);
    }
}

static void put_law(const struct capacity *c, struct sheet *s)
{
    if (isnan(c->usl.lambda))
        return;
    sheet_table(s, "usl", "Universal scalability law (informative)");
    (void)sheet_column(s, "value");
    put_fact(s, "lambda", "lambda: throughput of one in flight", c->usl.lambda, "/s");
    sheet_row(s, "sigma", "sigma: share that must queue");
    sheet_put_share(s, 0, c->usl.sigma);
    sheet_row(s, "kappa", "kappa: share that must agree with each other one");
    sheet_put_share(s, 0, c->usl.kappa);
    if (isfinite(c->usl.peak))
        put_fact(s, "peak", "most throughput with so many in flight", c->usl.peak, "");
}

static void put_notes(const struct capacity *c, struct sheet *s)
{
    sheet_note(s, "a trial passes when every objective is shown to hold, at the "
                  "confidence of a sequential test; unsure counts as missed; invalid "
                  "(the generator was the limit) as nothing");
    sheet_note(s, "latency counts from the time a request was due; a failed request is "
                  "infinitely slow");
    sheet_note(s, "Little: in flight against rate times latency, off by so much; far "
                  "from 0 the load was not steady. idle: of the busiest worker's core");
    if (!isnan(c->knee))
        sheet_note(s,
                   "the knee is where more load buys less throughput than waiting: a "
                   "place to run at, not a capacity");
    if (c->verdict == CAPACITY_FOUND || c->verdict == CAPACITY_AT_LEAST)
        sheet_note(s, "for a rate of your own: gust capacity --plan RATE with this "
                      "directory");
}

void capacity_sheet(const struct capacity *c, struct sheet *s)
{
    sheet_title(s, c->profile, "USD");
    put_finding(c, s);
    put_result(c, s);
    put_curve(c, s);
    put_trials(c, s);
    put_law(c, s);
    put_notes(c, s);
}
