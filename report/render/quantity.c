/* The numbers of a report as a table; see quantity.h. */
#include "render/quantity.h"

#include "base/money.h"

#include <math.h>
#include <stdio.h>

const char *const quantity_group_names[] = {
    [GROUP_REQUESTS] = "Requests", [GROUP_RATES] = "Rates",
    [GROUP_TOKENS] = "Tokens",     [GROUP_COST] = "Cost",
    [GROUP_LOAD] = "Load",         [GROUP_HEALTH] = "Generator health",
};

const struct percentile_row percentile_rows[] = {
    {"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"p99.9", 99.9},
};

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

static double mean_prompt(const struct summary *s)
{
    return ratio((double)s->window.prompt_tokens, (double)s->window.succeeded);
}

static double mean_output(const struct summary *s)
{
    return ratio((double)s->window.output_tokens, (double)s->window.succeeded);
}

static double prompt_of_asked(const struct summary *s)
{
    return ratio((double)s->window.prompt_tokens, (double)s->window.prompt_asked);
}

static double output_of_asked(const struct summary *s)
{
    return ratio((double)s->window.output_tokens, (double)s->window.output_asked);
}

static double cached_share(const struct summary *s)
{
    return ratio((double)s->window.cached_tokens, (double)s->window.prompt_tokens);
}

/* SLI M7: what was withheld, and what a moderation found. */
static double flagged_share(const struct summary *s)
{
    double hits = 0, asked = 0;
    for (size_t i = 0; i < s->class_count; i++) {
        const struct class_summary *c = &s->classes[i];
        hits += c->is_moderation ? (double)c->window.flagged : 0;
        asked += c->is_moderation ? (double)c->window.succeeded : 0;
    }
    return ratio(hits, asked);
}

static double refused_share(const struct summary *s)
{
    return ratio((double)s->window.refused, (double)s->window.sent);
}

static double filtered_share(const struct summary *s)
{
    return ratio((double)s->window.filtered, (double)s->window.sent);
}

/* SLI M8; of several classes the slowest. NAN where one has no such percentile. */
static double embedding_us(const struct summary *s, double percentile)
{
    double slowest = (double)NAN;
    for (size_t i = 0; i < s->class_count; i++) {
        const struct class_summary *c = &s->classes[i];
        if (!c->is_embedding)
            continue;
        struct quantile q = latency_quantile(&c->latency[METRIC_E2E], percentile);
        if (q.state != QUANTILE_VALUE)
            return (double)NAN;
        slowest = fmax(slowest, (double)q.us);
    }
    return slowest;
}

static double embedding_p50_us(const struct summary *s)
{
    return embedding_us(s, 50);
}

static double embedding_p95_us(const struct summary *s)
{
    return embedding_us(s, 95);
}

/* Tokens per content event: 1 when each event carries one token. */
static double tokens_per_event(const struct summary *s)
{
    return ratio((double)s->whole.output_tokens, (double)s->whole.content_events);
}

/* Content events per read of a socket: those of one read share its time. */
static double events_per_read(const struct summary *s)
{
    return ratio((double)s->whole.content_events, (double)s->whole.content_reads);
}

/* Of the measured window, in whole units; NAN without prices. */
static double window_cost(const struct summary *s)
{
    return s->currency[0] != '\0' ? (double)s->window.cost_pico / (double)MONEY_UNIT
                                  : (double)NAN;
}

static double cost_whole(const struct summary *s)
{
    return s->currency[0] != '\0' ? (double)s->whole.cost_pico / (double)MONEY_UNIT
                                  : (double)NAN;
}

static double cost_scheduled(const struct summary *s)
{
    return ratio(1000 * window_cost(s), (double)s->window.scheduled);
}

static double cost_successful(const struct summary *s)
{
    return ratio(1000 * window_cost(s), (double)s->window.succeeded);
}

static double cost_good(const struct summary *s)
{
    return ratio(1000 * window_cost(s), (double)s->window.good);
}

static double cost_hour(const struct summary *s)
{
    return ratio(3600 * window_cost(s), s->window_s);
}

static double spend_hour_max(const struct summary *s)
{
    return s->spent_per_h_max;
}

static double kernel_stamps(const struct summary *s)
{
    double all = s->health.stamps_kernel + s->health.stamps_loop;
    return s->health.stamps_kernel < 0 ? (double)NAN
                                       : ratio(s->health.stamps_kernel, all);
}

#define AT(field) offsetof(struct summary, field)

const struct quantity quantities[] = {
    {"requests_scheduled", "scheduled", "requests", "due inside the measured window",
     GROUP_REQUESTS, FORM_COUNT, SOURCE_COUNT, AT(window.scheduled), NULL},
    {"requests_sent", "sent", "requests", "of these, put on the wire", GROUP_REQUESTS,
     FORM_COUNT, SOURCE_COUNT, AT(window.sent), NULL},
    {"requests_not_sent", "not sent", "requests",
     "of the scheduled, shed by the in-flight cap, a breaker or a budget",
     GROUP_REQUESTS, FORM_COUNT, SOURCE_COUNT, AT(window.not_sent), NULL},
    {"requests_succeeded", "succeeded", "requests",
     "complete, with content, a finish reason, the end marker and no error inside",
     GROUP_REQUESTS, FORM_COUNT, SOURCE_COUNT, AT(window.succeeded), NULL},
    {"requests_failed", "failed", "requests",
     "of the sent, by any of the error classes", GROUP_REQUESTS, FORM_COUNT,
     SOURCE_COUNT, AT(window.failed), NULL},
    {"requests_censored", "censored", "requests", "in flight when the run ended",
     GROUP_REQUESTS, FORM_COUNT, SOURCE_COUNT, AT(window.censored), NULL},
    {"requests_good", "good", "requests", "succeeded and met every SLO limit",
     GROUP_REQUESTS, FORM_COUNT, SOURCE_COUNT, AT(window.good), NULL},
    {"success_share", "success", "", "succeeded / scheduled", GROUP_REQUESTS,
     FORM_SHARE, SOURCE_DERIVED, 0, summary_success_share},
    {"good_share", "good fraction", "",
     "good / scheduled: errors, shed and censored requests count against it",
     GROUP_REQUESTS, FORM_SHARE, SOURCE_DERIVED, 0, summary_good_share},
    {"embedding_p50_us", "embedding latency p50", "",
     "due time to last byte of the embedding classes; of several, the slowest (M8)",
     GROUP_REQUESTS, FORM_MICROS, SOURCE_DERIVED, 0, embedding_p50_us},
    {"embedding_p95_us", "embedding latency p95", "", "the same, 95th percentile (M8)",
     GROUP_REQUESTS, FORM_MICROS, SOURCE_DERIVED, 0, embedding_p95_us},
    {"items", "results", "",
     "embeddings, moderation or classification results, or pages, of the succeeded",
     GROUP_REQUESTS, FORM_COUNT, SOURCE_COUNT, AT(window.items), NULL},
    {"flagged", "moderation hits", "requests",
     "succeeded, with a category that hit (M7)", GROUP_REQUESTS, FORM_COUNT,
     SOURCE_COUNT, AT(window.flagged), NULL},
    {"flagged_share", "hit share", "",
     "moderation hits / succeeded of the classes that moderate (M7)", GROUP_REQUESTS,
     FORM_SHARE, SOURCE_DERIVED, 0, flagged_share},
    {"refused", "refusals", "requests", "sent, and the model refused to answer (M7)",
     GROUP_REQUESTS, FORM_COUNT, SOURCE_COUNT, AT(window.refused), NULL},
    {"refused_share", "refusal share", "", "refusals / sent (M7)", GROUP_REQUESTS,
     FORM_SHARE, SOURCE_DERIVED, 0, refused_share},
    {"filtered", "content filter", "requests",
     "sent, and ended with finish reason content_filter (M7)", GROUP_REQUESTS,
     FORM_COUNT, SOURCE_COUNT, AT(window.filtered), NULL},
    {"filtered_share", "filter share", "", "content filter / sent (M7)", GROUP_REQUESTS,
     FORM_SHARE, SOURCE_DERIVED, 0, filtered_share},
    {"offered_per_s", "offered", "requests/s", "requests that became due, per second",
     GROUP_RATES, FORM_RATE, SOURCE_PER_S, AT(window.scheduled), NULL},
    {"started_per_s", "started", "requests/s", "requests put on the wire, per second",
     GROUP_RATES, FORM_RATE, SOURCE_PER_S, AT(activity.sent), NULL},
    {"completed_per_s", "completed", "requests/s",
     "requests that succeeded, per second", GROUP_RATES, FORM_RATE, SOURCE_PER_S,
     AT(activity.ok), NULL},
    {"goodput_per_s", "goodput", "requests/s",
     "good requests due in the window / its length", GROUP_RATES, FORM_RATE,
     SOURCE_PER_S, AT(window.good), NULL},
    {"output_tokens_per_s", "output tokens", "tokens/s",
     "output tokens of requests completed in the window / its length", GROUP_TOKENS,
     FORM_RATE, SOURCE_PER_S, AT(activity.output_tokens), NULL},
    {"prompt_tokens_per_s", "prompt tokens", "tokens/s",
     "prompt tokens of requests completed in the window / its length", GROUP_TOKENS,
     FORM_RATE, SOURCE_PER_S, AT(activity.prompt_tokens), NULL},
    {"prompt_tokens_mean", "mean prompt", "tokens", "as the server counted it",
     GROUP_TOKENS, FORM_RATE, SOURCE_DERIVED, 0, mean_prompt},
    {"output_tokens_mean", "mean output", "tokens", "as the server counted it",
     GROUP_TOKENS, FORM_RATE, SOURCE_DERIVED, 0, mean_output},
    {"prompt_of_asked", "prompt of asked", "",
     "prompt tokens reported / prompt tokens asked for", GROUP_TOKENS, FORM_SHARE,
     SOURCE_DERIVED, 0, prompt_of_asked},
    {"output_of_asked", "output of asked", "",
     "output tokens reported / output tokens asked for", GROUP_TOKENS, FORM_SHARE,
     SOURCE_DERIVED, 0, output_of_asked},
    {"cached_share", "cached", "", "prompt tokens that the server took from its cache",
     GROUP_TOKENS, FORM_SHARE, SOURCE_DERIVED, 0, cached_share},
    {"tokens_per_event", "tokens per event", "",
     "output tokens / content events: above 1, gaps are not times per token",
     GROUP_TOKENS, FORM_RATE, SOURCE_DERIVED, 0, tokens_per_event},
    {"events_per_read", "events per read", "",
     "content events / reads: above 1, gaps are those of the network", GROUP_TOKENS,
     FORM_RATE, SOURCE_DERIVED, 0, events_per_read},
    {"cost", "spent", "", "charged for all requests of the whole run, failed ones too",
     GROUP_COST, FORM_MONEY, SOURCE_DERIVED, 0, cost_whole},
    {"cost_per_hour", "an hour", "",
     "charged for requests due in the window / its length (M10)", GROUP_COST,
     FORM_MONEY, SOURCE_DERIVED, 0, cost_hour},
    {"spend_per_hour_max", "an hour, most", "",
     "largest rate of spending over a minute, whole run, all arms (M10)", GROUP_COST,
     FORM_MONEY, SOURCE_DERIVED, 0, spend_hour_max},
    {"cost_per_1000_scheduled", "1,000 scheduled", "",
     "charged in the window / requests due in it (M6)", GROUP_COST, FORM_MONEY,
     SOURCE_DERIVED, 0, cost_scheduled},
    {"cost_per_1000_successful", "1,000 successful", "",
     "the same / those that succeeded (M6)", GROUP_COST, FORM_MONEY, SOURCE_DERIVED, 0,
     cost_successful},
    {"cost_per_1000_good", "1,000 good", "",
     "the same / those within every SLO limit (M6)", GROUP_COST, FORM_MONEY,
     SOURCE_DERIVED, 0, cost_good},
    {"in_flight_mean", "in flight", "requests", "mean at the end of each second",
     GROUP_LOAD, FORM_RATE, SOURCE_NUMBER, AT(in_flight_mean), NULL},
    {"in_flight_max", "in flight, most", "requests", "whole run", GROUP_LOAD,
     FORM_COUNT, SOURCE_NUMBER, AT(health.in_flight_max), NULL},
    {"connections_max", "connections, most", "", "whole run", GROUP_LOAD, FORM_COUNT,
     SOURCE_NUMBER, AT(health.connections_max), NULL},
    {"little_in_flight", "expected in flight", "requests",
     "Little's law: rate x mean time from wire start", GROUP_LOAD, FORM_RATE,
     SOURCE_DERIVED, 0, summary_little_in_flight},
    {"little_residual", "residual", "", "(in flight - expected) / in flight",
     GROUP_LOAD, FORM_SHARE, SOURCE_DERIVED, 0, summary_little_residual},
    {"lag_p50_us", "lag p50", "", "wire start - due: what the generator itself added",
     GROUP_HEALTH, FORM_MICROS, SOURCE_NUMBER, AT(health.lag_p50_us), NULL},
    {"lag_p99_us", "lag p99", "", "the same, 99th percentile", GROUP_HEALTH,
     FORM_MICROS, SOURCE_NUMBER, AT(health.lag_p99_us), NULL},
    {"lag_max_us", "lag, most", "", "the same, largest", GROUP_HEALTH, FORM_MICROS,
     SOURCE_NUMBER, AT(health.lag_max_us), NULL},
    {"stall_max_us", "loop stall, most", "",
     "longest time between two looks at the sockets", GROUP_HEALTH, FORM_MICROS,
     SOURCE_NUMBER, AT(health.stall_max_us), NULL},
    {"kernel_stamps_share", "kernel stamps", "",
     "reads stamped by the kernel; the others carry the loop's time", GROUP_HEALTH,
     FORM_SHARE, SOURCE_DERIVED, 0, kernel_stamps},
    {"workers", "workers", "", "threads that sent requests", GROUP_HEALTH, FORM_COUNT,
     SOURCE_NUMBER, AT(health.workers), NULL},
    {"core_idle_min", "idle, least", "", "of the busiest worker's core", GROUP_HEALTH,
     FORM_SHARE, SOURCE_NUMBER, AT(health.core_idle_min), NULL},
    {"runq_share_max", "run-queue wait, most", "", "time runnable but not running",
     GROUP_HEALTH, FORM_SHARE, SOURCE_NUMBER, AT(health.runq_share_max), NULL},
    {"throttled_share", "throttled", "", "of the time, by the cgroup's CPU quota",
     GROUP_HEALTH, FORM_SHARE, SOURCE_NUMBER, AT(health.throttled_share), NULL},
    {"floor_ttft_p99_us", "own floor", "",
     "what this host adds to TTFT p99 at this load, by gust doctor", GROUP_HEALTH,
     FORM_MICROS, SOURCE_NUMBER, AT(health.floor_ttft_p99_us), NULL},
};

const size_t quantity_count = ARRAY_LEN(quantities);

double quantity_value(const struct quantity *q, const struct summary *s)
{
    const void *field = (const char *)s + q->offset;
    double number = 0;
    switch (q->source) {
    case SOURCE_COUNT:
        return (double)*(const uint64_t *)field;
    case SOURCE_PER_S:
        return summary_per_s(s, *(const uint64_t *)field);
    case SOURCE_NUMBER:
        number = *(const double *)field;
        return number < 0 ? (double)NAN : number;
    case SOURCE_DERIVED:
        return q->derive(s);
    }
    bug("quantity_source");
}

const char *quantity_text(char text[UNITS_TEXT], const struct quantity *q,
                          const struct summary *s)
{
    double value = quantity_value(q, s);
    char money[MONEY_TEXT];
    if (!isfinite(value)) {
        (void)snprintf(text, UNITS_TEXT, "n/a");
        return text;
    }
    switch (q->form) {
    case FORM_COUNT:
        return units_format_count(text, (uint64_t)llround(value));
    case FORM_RATE:
        return units_format_rate(text, value);
    case FORM_SHARE:
        (void)snprintf(text, UNITS_TEXT, "%.3g %%", value * 100);
        return text;
    case FORM_MICROS:
        return latency_text(text, value);
    case FORM_MONEY:
        (void)snprintf(text, UNITS_TEXT, "%.31s",
                       money_format_units(money, value, s->currency));
        return text;
    }
    bug("quantity_form");
}

bool latency_is_shown(const struct summary *s, size_t metric)
{
    bool is_wanted = metric_rows[metric].is_headline || metric == METRIC_TTFT_SENT ||
                     metric == METRIC_TTFT_ANSWER || metric == METRIC_E2E_SENT ||
                     metric == METRIC_QUEUE;
    return is_wanted && latency_count(&s->latency[metric]) > 0;
}

const char *latency_text(char text[UNITS_TEXT], double us)
{
    if (us >= 0 && us < 1e15) /* 31 years */
        return units_format_ns(text, (int64_t)llround(us * 1e3));
    (void)snprintf(text, UNITS_TEXT, "n/a");
    return text;
}
