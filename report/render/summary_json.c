/* A summary as JSON; see summary_json.h. One function per member. */
#include "render/summary_json.h"

#include "base/jout.h"
#include "judge/finding.h"
#include "render/quantity.h"
#include "render/resilience_sheet.h"

#include <math.h>
#include <stdio.h>

#define US_PER_S 1e6

static const char *const quantile_state_names[] = {
    [QUANTILE_NONE] = "none",
    [QUANTILE_FEW] = "too_few",
    [QUANTILE_VALUE] = "value",
    [QUANTILE_BEYOND] = "lost",
};

static void put_reasons(struct jout *j, const char *key, const struct reasons *reasons)
{
    jout_array(j, key);
    for (size_t i = 0; i < reasons->count; i++) {
        jout_object(j, NULL);
        jout_str(j, "code", reasons->items[i].code);
        jout_str(j, "text", reasons->items[i].text);
        jout_str(j, "advice", reasons->items[i].advice);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void put_finding(struct jout *j, const struct summary *s)
{
    const struct finding_row *row = &finding_rows[s->state];
    jout_object(j, "finding");
    jout_str(j, "state", row->name);
    jout_i64(j, "exit_code", row->exit_code);
    jout_str(j, "sentence", s->sentence);
    put_reasons(j, "problems", &s->problems);
    put_reasons(j, "notes", &s->notes);
    jout_end_object(j);
}

static void put_run(struct jout *j, const struct summary *s)
{
    jout_object(j, "run");
    jout_str(j, "name", s->name);
    jout_str(j, "tool", s->tool);
    jout_str(j, "status", run_status_names[s->status]);
    jout_str(j, "started", s->started);
    jout_str(j, "profile", s->profile_name);
    jout_str(j, "profile_digest", s->profile_digest);
    jout_str(j, "url", s->url);
    jout_str(j, "dialect", s->dialect);
    jout_str(j, "model", s->model);
    jout_str(j, "arm", s->arm);
    if (s->currency[0] != '\0')
        jout_str(j, "currency", s->currency);
    else
        jout_null(j, "currency");
    jout_str(j, "seed", s->seed);
    jout_str(j, "schedule_digest", s->schedule_digest);
    jout_str(j, "load_kind", s->load_kind);
    jout_num(j, "rate_per_s", s->rate_per_s);
    jout_num(j, "users", s->users);
    jout_num(j, "planned_s", s->planned_s);
    jout_num(j, "elapsed_s", s->elapsed_s);
    jout_num(j, "window_start_s", s->window_start_s);
    jout_num(j, "window_end_s", s->window_end_s);
    jout_num(j, "window_s", s->window_s);
    jout_end_object(j);
}

static void put_quantile(struct jout *j, const char *key, const struct quantile *q)
{
    double none = (double)NAN;
    jout_object(j, key);
    jout_str(j, "state", quantile_state_names[q->state]);
    jout_num(j, "s", q->state == QUANTILE_VALUE ? (double)q->us / US_PER_S : none);
    jout_num(j, "beyond_s",
             q->state == QUANTILE_BEYOND && q->beyond_us > 0
                 ? (double)q->beyond_us / US_PER_S
                 : none);
    jout_u64(j, "needed", q->needed);
    jout_end_object(j);
}

static void put_latency(struct jout *j, const char *key, const struct latency *l)
{
    uint64_t n = latency_count(l);
    jout_object(j, key);
    jout_u64(j, "count", n);
    jout_u64(j, "lost", l->lost);
    jout_num(j, "mean_s", latency_mean_us(l) / US_PER_S);
    jout_num(j, "max_s",
             n > l->lost ? (double)latency_max_us(l) / US_PER_S : (double)NAN);
    for (size_t i = 0; i < PERCENTILE_ROWS; i++) {
        struct quantile q = latency_quantile(l, percentile_rows[i].percentile);
        put_quantile(j, percentile_rows[i].name, &q);
    }
    jout_end_object(j);
}

static void put_latencies(struct jout *j, const struct latency *latency,
                          bool is_headline_only)
{
    jout_object(j, "latency");
    for (size_t m = 0; m < METRIC_COUNT; m++)
        if (latency_count(&latency[m]) > 0 &&
            (metric_rows[m].is_headline || !is_headline_only))
            put_latency(j, metric_rows[m].name, &latency[m]);
    jout_end_object(j);
}

static void put_quantities(struct jout *j, const struct summary *s)
{
    jout_object(j, "numbers");
    for (size_t i = 0; i < quantity_count; i++)
        jout_num(j, quantities[i].key, quantity_value(&quantities[i], s));
    jout_end_object(j);
}

static void put_outcomes(struct jout *j, const struct totals *t)
{
    jout_object(j, "outcomes");
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        if (t->outcomes[o] > 0)
            jout_u64(j, outcome_rows[o].name, t->outcomes[o]);
    jout_end_object(j);
}

static void put_totals(struct jout *j, const char *key, const struct totals *t)
{
    jout_object(j, key);
    jout_u64(j, "scheduled", t->scheduled);
    jout_u64(j, "sent", t->sent);
    jout_u64(j, "not_sent", t->not_sent);
    jout_u64(j, "succeeded", t->succeeded);
    jout_u64(j, "failed", t->failed);
    jout_u64(j, "censored", t->censored);
    jout_u64(j, "attempts", t->attempts);
    jout_u64(j, "retries", t->retries);
    jout_u64(j, "hedges", t->hedges);
    jout_u64(j, "hidden", t->hidden);
    jout_u64(j, "good", t->good);
    jout_u64(j, "prompt_tokens", t->prompt_tokens);
    jout_u64(j, "cached_tokens", t->cached_tokens);
    jout_u64(j, "output_tokens", t->output_tokens);
    jout_u64(j, "prompt_asked", t->prompt_asked);
    jout_u64(j, "output_asked", t->output_asked);
    put_outcomes(j, t);
    jout_end_object(j);
}

static void put_classes(struct jout *j, const struct summary *s)
{
    jout_array(j, "classes");
    for (size_t i = 0; i < s->class_count; i++) {
        jout_object(j, NULL);
        jout_str(j, "name", s->classes[i].name);
        put_totals(j, "window", &s->classes[i].window);
        put_latencies(j, s->classes[i].latency, true);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void put_slos(struct jout *j, const struct summary *s)
{
    jout_array(j, "slos");
    for (size_t i = 0; i < s->slo_count; i++) {
        const struct slo_result *row = &s->slos[i];
        jout_object(j, NULL);
        jout_str(j, "text", row->text);
        jout_str(j, "verdict", slo_verdict_names[row->verdict]);
        if (row->slo.kind == SLO_LATENCY)
            put_quantile(j, "measured", &row->quantile);
        jout_num(j, "share", row->share);
        jout_u64(j, "count", row->n);
        jout_u64(j, "needed", row->needed);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void put_strata(struct jout *j, const struct summary *s)
{
    jout_array(j, "prompt_strata");
    for (size_t i = 0; i < STRATUM_COUNT; i++) {
        const struct stratum_summary *row = &s->strata[i];
        char name[8];
        if (row->sent == 0)
            continue;
        (void)snprintf(name, sizeof name, "p%zu", i); /* fits */
        jout_object(j, NULL);
        jout_str(j, "stratum", name);
        jout_u64(j, "sent", row->sent);
        jout_u64(j, "succeeded", row->ok);
        jout_u64(j, "prompt_asked", row->prompt_asked);
        jout_u64(j, "prompt_tokens", row->prompt_tokens);
        jout_u64(j, "output_asked", row->output_asked);
        jout_u64(j, "output_tokens", row->output_tokens);
        jout_end_object(j);
    }
    jout_end_array(j);
}

/* Rows that have any; "from" is the fewest tokens that stratum_of files there. */
static void put_lengths(struct jout *j, const struct summary *s)
{
    jout_array(j, "lengths");
    for (size_t i = 0; i < STRATUM_COUNT; i++) {
        uint64_t any = 0;
        for (size_t k = 0; k < LENGTH_COUNT; k++)
            any += s->whole.lengths[k][i];
        if (any == 0)
            continue;
        jout_object(j, NULL);
        jout_num(j, "from", ceil(pow(2, (double)i / 2)));
        for (size_t k = 0; k < LENGTH_COUNT; k++)
            jout_u64(j, length_names[k], s->whole.lengths[k][i]);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void put_limits(struct jout *j, const struct summary *s)
{
    jout_array(j, "limits");
    for (size_t i = 0; i < s->server.budget_count; i++) {
        const struct budget_summary *b = &s->server.budgets[i];
        jout_object(j, NULL);
        jout_str(j, "of", b->of);
        jout_num(j, "window_s", b->window_s);
        jout_num(j, "limit", b->limit);
        jout_num(j, "remaining_min", b->remaining_min);
        jout_end_object(j);
    }
    jout_end_array(j);
}

static void put_source(struct jout *j, const struct server_source *source)
{
    jout_object(j, NULL);
    jout_str(j, "source", source->name);
    jout_str(j, "family", source->family[0] ? source->family : NULL);
    jout_u64(j, "answers", source->answers);
    jout_u64(j, "failed", source->failed);
    jout_num(j, "first_failed_s", source->failed_at_s);
    jout_num(j, "silent_since_s", source->silent_at_s);
    jout_str(j, "error", source->why[0] ? source->why : NULL);
    jout_bool(j, "restarted", source->is_restarted);
    for (int m = 0; m < SERVER_METRICS; m++) {
        bool is_known = (source->known >> m & 1) != 0;
        bool is_counter = server_metric_rows[m].is_counter;
        if (is_known)
            jout_num(j, server_metric_rows[m].name,
                     is_counter ? server_source_since(source, (enum server_metric)m)
                                : server_source_mean(source, (enum server_metric)m));
    }
    jout_end_object(j);
}

/* Counters are what they grew by in the window, gauges their means. */
static void put_server(struct jout *j, const struct summary *s)
{
    struct time_split t = summary_time_split(s);
    jout_array(j, "server");
    for (size_t i = 0; i < s->server.source_count; i++)
        put_source(j, &s->server.sources[i]);
    jout_end_array(j);
    jout_object(j, "ttft_split");
    jout_num(j, "client_s", t.client);
    jout_num(j, "server_s", t.server);
    jout_num(j, "queue_s", t.queue);
    jout_num(j, "prefill_s", t.prefill);
    jout_num(j, "rest_s", t.rest);
    jout_num(j, "rest_doubt_s", t.doubt);
    jout_num(j, "client_count", t.client_count);
    jout_num(j, "server_count", t.server_count);
    jout_end_object(j);
}

static void put_cold_start(struct jout *j, const struct summary *s)
{
    struct cold_start c = summary_cold_start(s);
    jout_object(j, "cold_start");
    jout_u64(j, "requests", c.requests);
    jout_num(j, "until_s", c.until_s);
    jout_num(j, "ttft_p50_s", c.first_s);
    jout_num(j, "window_ttft_p50_s", c.window_s);
    jout_end_object(j);
}

static void put_network(struct jout *j, const struct summary *s)
{
    jout_array(j, "network");
    for (size_t i = 0; i < s->network.count; i++) {
        jout_object(j, NULL);
        jout_str(j, "name", s->network.items[i].name);
        jout_str(j, "value", s->network.items[i].value);
        jout_end_object(j);
    }
    jout_end_array(j);
    jout_array(j, "quirks");
    for (size_t i = 0; i < s->quirks.count; i++)
        jout_str(j, NULL, s->quirks.items[i].name);
    jout_end_array(j);
}

/* null: each request was sent once. */
static void put_policy(struct jout *j, const struct summary *s)
{
    struct sheet sheet;
    if (resilience_sheet(s, &sheet)) {
        jout_object(j, "policy");
        sheet_json_part(&sheet, j);
        jout_end_object(j);
    } else {
        jout_null(j, "policy");
    }
    sheet_release(&sheet);
}

void summary_json(const struct summary *s, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_i64(&j, "schema", SUMMARY_JSON_SCHEMA);
    put_finding(&j, s);
    put_run(&j, s);
    put_slos(&j, s);
    put_latencies(&j, s->latency, false);
    put_quantities(&j, s);
    put_totals(&j, "window", &s->window);
    put_totals(&j, "whole", &s->whole);
    put_classes(&j, s);
    put_strata(&j, s);
    put_lengths(&j, s);
    put_limits(&j, s);
    put_server(&j, s);
    put_cold_start(&j, s);
    put_network(&j, s);
    put_policy(&j, s);
    jout_end_object(&j);
    buf_putc(out, '\n');
}
