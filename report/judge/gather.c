/*
 * Visitors of the run's files; see gather.h. One table row per kind of line in
 * intervals.jsonl, so that a new kind is one row and one function.
 */
#include "judge/gather.h"

#include "judge/lost.h"
#include "judge/member.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_measured(const json_t *line)
{
    return json_is_true(json_object_get(line, "measured"));
}

/* Negative and absurd times go to the first second. */
static struct moment *moment_at(struct summary *s, double at_s)
{
    return timeline_at(&s->timeline, at_s >= 0 && at_s < 1e9 ? at_s : 0);
}

static struct moment *moment_of(struct summary *s, const json_t *line)
{
    return moment_at(s, member_number(line, "t", 0));
}

static struct class_summary *class_of(struct summary *s, const json_t *line)
{
    const char *name = member_text(line, "class");
    return summary_class(s, name, strlen(name));
}

/* The measured window of a run that nobody sealed: the seconds that are there. */
static void stretch_window(struct summary *s, double t)
{
    if (s->status != RUN_RUNNING)
        return;
    bool is_first = s->window_s <= 0;
    if (is_first || t < s->window_start_s)
        s->window_start_s = t;
    if (is_first || t + 1 > s->window_end_s)
        s->window_end_s = t + 1;
    s->window_s = s->window_end_s - s->window_start_s;
}

static void take_second(struct summary *s, const json_t *line)
{
    struct activity a = {
        .due = member_count(line, "due"),
        .sent = member_count(line, "sent"),
        .attempts = member_count(line, "attempts"),
        .done = member_count(line, "done"),
        .ok = member_count(line, "ok"),
        .failed = member_count(line, "failed"),
        .not_sent = member_count(line, "not_sent"),
        .censored = member_count(line, "censored"),
        .first_contents = member_count(line, "first_contents"),
        .content_events = member_count(line, "content_events"),
        .prompt_tokens = member_count(line, "prompt_tokens"),
        .output_tokens = member_count(line, "output_tokens"),
        .body_bytes = member_count(line, "body_bytes"),
    };
    struct ttft_sums ended = {member_number(line, "ttft_sent_s", 0),
                              member_number(line, "ttft_sent_count", 0)};
    double t = member_number(line, "t", 0);
    client_sums_add(&s->server.client, t, ended);
    activity_add(&moment_of(s, line)->activity, &a);
    activity_add(&s->activity_whole, &a);
    if (is_measured(line)) {
        stretch_window(s, t);
        activity_add(&s->activity, &a);
    }
    if (s->status == RUN_RUNNING && t + 1 > s->elapsed_s)
        s->elapsed_s = t + 1;
}

/* Adds {"reset":2,...} to outcomes and to the moment; returns the sum. */
static uint64_t take_reasons(struct totals *t, struct moment *m, json_t *object)
{
    uint64_t sum = 0;
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        enum outcome o = outcome_find(name);
        uint64_t n = (uint64_t)json_integer_value(value);
        o = o < OUTCOME_COUNT ? o : OUTCOME_OTHER;
        t->outcomes[o] += n;
        m->by[o] += (uint32_t)n;
        sum += n;
    }
    return sum;
}

static struct totals totals_of(const json_t *line, struct moment *m)
{
    struct totals t = {
        .succeeded = member_count(line, "ok"),
        .good = member_count(line, "good"),
        .censored = member_count(line, "censored"),
        .prompt_tokens = member_count(line, "prompt_tokens"),
        .cached_tokens = member_count(line, "cached_tokens"),
        .output_tokens = member_count(line, "output_tokens"),
        .prompt_asked = member_count(line, "prompt_asked"),
        .output_asked = member_count(line, "output_asked"),
        .cost_pico = member_count(line, "cost_pico"),
        .items = member_count(line, "items"),
        .flagged = member_count(line, "flagged"),
        .refused = member_count(line, "refused"),
        .filtered = member_count(line, "filtered"),
    };
    t.failed = take_reasons(&t, m, json_object_get(line, "failed"));
    t.not_sent = take_reasons(&t, m, json_object_get(line, "not_sent"));
    t.outcomes[OUTCOME_OK] = t.succeeded;
    t.outcomes[OUTCOME_CENSORED] = t.censored;
    t.sent = t.succeeded + t.failed + t.censored;
    t.scheduled = t.sent + t.not_sent;
    t.attempts = t.sent;
    m->scheduled += t.scheduled;
    m->lost += t.failed + t.censored;
    m->good += t.good;
    m->by[OUTCOME_CENSORED] += (uint32_t)t.censored;
    return t;
}

static void take_stratum(struct summary *s, const json_t *line, const struct totals *t)
{
    const char *name = member_text(line, "stratum");
    unsigned long stratum =
        name[0] == 'p' ? strtoul(name + 1, NULL, 10) : STRATUM_COUNT;
    if (stratum >= STRATUM_COUNT)
        return;
    struct stratum_summary *row = &s->strata[stratum];
    row->sent += t->sent;
    row->ok += t->succeeded;
    row->prompt_asked += t->prompt_asked;
    row->output_asked += t->output_asked;
    row->prompt_tokens += t->prompt_tokens;
    row->output_tokens += t->output_tokens;
}

static void take_slice(struct summary *s, const json_t *line)
{
    struct totals t = totals_of(line, moment_of(s, line));
    totals_add(&s->logged, &t);
    if (!is_measured(line))
        return;
    totals_add(&s->window, &t);
    totals_add(&class_of(s, line)->window, &t);
    take_stratum(s, line, &t);
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void take_health(struct summary *s, const json_t *line)
{
    struct moment *m = moment_of(s, line);
    uint64_t in_flight = member_count(line, "in_flight");
    uint64_t in_flight_max = member_count(line, "in_flight_max");
    m->in_flight_sum += in_flight;
    m->health_lines++;
    m->in_flight_max = max_u64(m->in_flight_max, max_u64(in_flight, in_flight_max));
    m->connections_max = max_u64(m->connections_max, member_count(line, "connections"));
    m->lag_us_max = max_u64(m->lag_us_max, member_count(line, "lag_us_max"));
    m->stall_us_max = max_u64(m->stall_us_max, member_count(line, "stall_us_max"));
    s->samples_lost += member_count(line, "samples_lost");
}

static void take_limits(struct summary *s, const json_t *line)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(line, "budgets"), i, item)
    {
        const struct budget_summary *b = serverside_budget(&s->server, item);
        const json_t *left = json_object_get(item, "remaining_min");
        if (b != NULL && json_is_number(left))
            moment_budget(moment_of(s, line), (size_t)(b - s->server.budgets),
                          json_number_value(left));
    }
}

static double metric_of(const json_t *line, enum server_metric m)
{
    return member_number(line, server_metric_rows[m].name, (double)NAN);
}

/* The gauges of the pictures in one answer; NAN where it does not say. */
static void read_gauges(struct server_source *source, const json_t *line,
                        double out[GAUGES])
{
    double used = metric_of(line, SERVER_GPU_MEMORY_USED);
    out[GAUGE_QUEUE] = metric_of(line, SERVER_QUEUE);
    out[GAUGE_RUNNING] = metric_of(line, SERVER_RUNNING);
    out[GAUGE_KV_USE] = metric_of(line, SERVER_KV_USE);
    out[GAUGE_CACHE_HITS] = server_source_hits(source, line);
    out[GAUGE_GPU_USE] = metric_of(line, SERVER_GPU_USE);
    out[GAUGE_GPU_MEMORY] = used / (used + metric_of(line, SERVER_GPU_MEMORY_FREE));
}

/* Of GPUs any source tells, of the rest the target. */
static bool is_of_gpu(size_t gauge)
{
    return gauge == GAUGE_GPU_USE || gauge == GAUGE_GPU_MEMORY;
}

static void take_server(struct summary *s, const json_t *line)
{
    const char *name = member_text(line, "source");
    struct server_source *source = serverside_source(&s->server, name);
    struct moment *m = moment_of(s, line);
    if (source == NULL)
        return;
    server_source_take(source, line, s->window_start_s, s->window_end_s,
                       client_sums_at(&s->server.client, member_number(line, "t", 0)));
    double values[GAUGES];
    read_gauges(source, line, values);
    for (size_t i = 0; i < GAUGES; i++) {
        if (isnan(values[i]) || (!is_of_gpu(i) && !summary_is_target(s, name)))
            continue;
        m->gauge_sum[i] += values[i];
        m->gauge_count[i]++;
    }
}

/* Of the second that ended at t, all arms together. */
static void take_spending(struct summary *s, const json_t *line)
{
    double t = member_number(line, "t", 0), none = (double)NAN;
    double per_h = member_number(line, "per_h", none);
    moment_spending(moment_at(s, t > 0.5 ? t - 0.5 : 0),
                    member_number(line, "spent", none), per_h);
    s->spent_per_h_max = fmax(s->spent_per_h_max, per_h); /* of NAN: the other */
}

static const struct {
    const char *kind;
    bool is_per_arm;
    void (*take)(struct summary *s, const json_t *line);
} interval_rows[] = {
    {"second", true, take_second},  {"slice", true, take_slice},
    {"health", false, take_health}, {"limits", true, take_limits},
    {"server", false, take_server}, {"spending", false, take_spending},
};

static bool visit_interval(void *context, const json_t *line)
{
    struct summary *s = context;
    const char *kind = member_text(line, "kind");
    for (size_t i = 0; i < ARRAY_LEN(interval_rows); i++) {
        if (strcmp(kind, interval_rows[i].kind) != 0)
            continue;
        if (!interval_rows[i].is_per_arm ||
            strcmp(member_text(line, "arm"), s->arm) == 0)
            interval_rows[i].take(s, line);
        return true;
    }
    return true;
}

static uint64_t sum_bins(const struct hist_bin *bins, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += bins[i].count;
    return sum;
}

static bool visit_log(void *context, const struct series_name *name, int64_t start_ns,
                      const struct hist_bin *bins, size_t n)
{
    struct summary *s = context;
    if (strlen(s->arm) != name->arm_length ||
        memcmp(s->arm, name->arm, name->arm_length) != 0)
        return true;
    uint64_t count = sum_bins(bins, n);
    s->log_values[name->metric] += count;
    if (name->metric == METRIC_TTFT || name->metric == METRIC_E2E) {
        enum band band = name->metric == METRIC_TTFT ? BAND_TTFT : BAND_E2E;
        moment_latency(moment_at(s, (double)start_ns / 1e9), band, bins, n);
    }
    if (!name->is_measured)
        return true;
    struct class_summary *c = summary_class(s, name->class_name, name->class_length);
    c->values[name->metric] += count;
    latency_add(&s->latency[name->metric], bins, n);
    if (metric_rows[name->metric].is_headline)
        latency_add(&c->latency[name->metric], bins, n);
    return true;
}

static bool visit_event(void *context, const json_t *line)
{
    struct summary *s = context;
    if (s->event_count == SUMMARY_EVENTS_MAX)
        return false;
    s->events[s->event_count++] = (struct event_summary){
        .at_s = member_number(line, "t", 0),
        .kind = xstrdup(member_text(line, "kind")),
        .text = xstrdup(member_text(line, "text")),
    };
    return true;
}

/* Failures of this outcome that are kept already. */
static size_t kept_of(const struct summary *s, const char *outcome)
{
    size_t n = 0;
    for (size_t i = 0; i < s->failure_count; i++)
        n += strcmp(s->failures[i].outcome, outcome) == 0;
    return n;
}

static bool visit_failure(void *context, const json_t *line)
{
    struct summary *s = context;
    const char *outcome = member_text(line, "outcome");
    if (s->failure_count == SUMMARY_FAILURES_MAX)
        return false;
    if (strcmp(member_text(line, "arm"), s->arm) != 0 ||
        kept_of(s, outcome) >= SUMMARY_FAILURES_EACH)
        return true;
    double due_s = member_number(line, "due", 0);
    s->failures[s->failure_count++] = (struct failure_summary){
        .due_s = due_s,
        .took_s = member_number(line, "end", 0) - due_s,
        .number = member_count(line, "number"),
        .http = (unsigned)member_count(line, "http"),
        .curl = (unsigned)member_count(line, "curl"),
        .class_name = xstrdup(member_text(line, "class")),
        .outcome = xstrdup(outcome),
        .provider_code = xstrdup(member_text(line, "provider_code")),
        .correlation_id = xstrdup(member_text(line, "correlation_id")),
        .snippet = xstrdup(member_text(line, "snippet")),
    };
    return true;
}

/* Mean of what was in flight at the end of each measured second. */
static double in_flight_mean(const struct summary *s)
{
    double sum = 0, lines = 0;
    for (size_t i = 0; i < s->timeline.count; i++) {
        const struct moment *m = &s->timeline.moments[i];
        double middle = ((double)i + 0.5) * (double)s->timeline.width_s;
        if (middle < s->window_start_s || middle > s->window_end_s)
            continue;
        sum += (double)m->in_flight_sum;
        lines += (double)m->health_lines;
    }
    return lines > 0 ? sum / lines : (double)NAN;
}

/* Of a run that nobody sealed the logs know more than the manifest, but for the
 * lengths: only the manifest has them, as of its last minute. */
static void trust_logs(struct summary *s)
{
    struct totals manifest = s->whole;
    s->whole = s->logged;
    memcpy(s->whole.lengths, manifest.lengths, sizeof manifest.lengths);
}

int gather_files(struct summary *s, struct err *e)
{
    const uint32_t all = (UINT32_C(1) << METRIC_COUNT) - 1;
    s->spent_per_h_max = (double)NAN;
    s->events = xcalloc(SUMMARY_EVENTS_MAX, sizeof *s->events);
    s->failures = xcalloc(SUMMARY_FAILURES_MAX, sizeof *s->failures);
    if (runread_lines(s->run, "intervals.jsonl", visit_interval, s, e) < 0 ||
        runread_log(s->run, all, visit_log, s, e) < 0 ||
        runread_lines(s->run, "events.jsonl", visit_event, s, e) < 0 ||
        runread_lines(s->run, "failures.jsonl", visit_failure, s, e) < 0)
        return -1;
    lost_count(s);
    s->in_flight_mean = in_flight_mean(s);
    if (s->status == RUN_RUNNING)
        trust_logs(s);
    return 0;
}
