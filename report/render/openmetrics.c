/*
 * A summary as OpenMetrics; see openmetrics.h. Counters have a series for every
 * outcome, at 0 when it never happened, so that a rate never starts from nothing.
 * Bucket edges are a fixed ladder plus the limits of the SLOs, so that "share of
 * requests within the limit" is exact.
 */
#include "render/openmetrics.h"

#include "judge/finding.h"
#include "render/quantity.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const double ladder_s[] = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1,     2.5,    5,     10,   25,    50,   100, 250,
};

#define EDGES_MAX (ARRAY_LEN(ladder_s) + PROFILE_SLOS_MAX)

static void put_type(struct buf *out, const char *name, const char *type,
                     const char *unit, const char *help)
{
    buf_printf(out, "# TYPE gust_%s %s\n", name, type);
    if (unit[0] != '\0')
        buf_printf(out, "# UNIT gust_%s %s\n", name, unit);
    buf_printf(out, "# HELP gust_%s %s\n", name, help);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Ascending bucket edges of a metric, in seconds; returns how many. */
static size_t edges_of(const struct summary *s, size_t metric, double edges[EDGES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(ladder_s); i++)
        edges[n++] = ladder_s[i];
    for (size_t i = 0; i < s->slo_count && n < EDGES_MAX; i++)
        if (s->slos[i].slo.kind == SLO_LATENCY && s->slos[i].slo.metric == metric)
            edges[n++] = (double)s->slos[i].slo.limit_ns / 1e9;
    qsort(edges, n, sizeof *edges, compare_doubles);
    size_t kept = 1;
    for (size_t i = 1; i < n; i++)
        if (edges[i] > edges[kept - 1])
            edges[kept++] = edges[i];
    return kept;
}

static void put_histogram(const struct summary *s, size_t metric, struct buf *out)
{
    const struct latency *l = &s->latency[metric];
    const char *name = metric_rows[metric].name;
    double edges[EDGES_MAX];
    size_t n = edges_of(s, metric, edges);
    buf_printf(out,
               "# TYPE gust_%s_seconds histogram\n# UNIT gust_%s_seconds seconds\n",
               name, name);
    buf_printf(out, "# HELP gust_%s_seconds %s; lost requests are in +Inf only\n", name,
               metric_rows[metric].definition);
    for (size_t i = 0; i < n; i++) {
        double count = l->hist == NULL ? 0 : hist_count_to(l->hist, edges[i] * 1e6);
        buf_printf(out, "gust_%s_seconds_bucket{le=\"%.15g\"} %.0f\n", name, edges[i],
                   floor(count + 1e-9));
    }
    buf_printf(out, "gust_%s_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", name,
               latency_count(l));
}

static void put_outcomes(const struct summary *s, struct buf *out)
{
    put_type(out, "requests", "counter", "",
             "requests of the measured window by what became of them");
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        buf_printf(out, "gust_requests_total{outcome=\"%s\"} %" PRIu64 "\n",
                   outcome_rows[o].name, s->window.outcomes[o]);
}

/* What the amounts below are of. */
static void put_currency(const struct summary *s, struct buf *out)
{
    if (s->currency[0] == '\0')
        return;
    put_type(out, "prices", "info", "", "currency of costs and spending");
    buf_printf(out, "gust_prices_info{currency=\"%s\"} 1\n", s->currency);
}

/* Gauge names carry base units: microseconds become seconds, shares ratios. */
static void put_gauges(const struct summary *s, struct buf *out)
{
    for (size_t i = 0; i < quantity_count; i++) {
        const struct quantity *q = &quantities[i];
        double value = quantity_value(q, s);
        struct buf name;
        if (!isfinite(value) || q->group == GROUP_REQUESTS)
            continue;
        buf_init(&name, 128);
        buf_puts(&name, q->key);
        if (q->form == FORM_MICROS) {
            buf_truncate(&name, name.len - 2);
            buf_puts(&name, "seconds");
            value /= 1e6;
        }
        put_type(out, name.data, "gauge", q->form == FORM_MICROS ? "seconds" : "",
                 q->definition);
        buf_printf(out, "gust_%s %.9g\n", name.data, value);
        buf_release(&name);
    }
}

static void put_slos(const struct summary *s, struct buf *out)
{
    put_type(out, "slo_met", "gauge", "", "1 met, 0 missed, NaN not enough data");
    for (size_t i = 0; i < s->slo_count; i++) {
        static const char *const values[] = {
            [SLO_MET] = "1", [SLO_MISSED] = "0", [SLO_NO_DATA] = "NaN"};
        buf_printf(out, "gust_slo_met{slo=\"%s\"} %s\n", s->slos[i].text,
                   values[s->slos[i].verdict]);
    }
    put_type(out, "run_finding", "stateset", "", "what the run found");
    for (size_t i = 0; i <= FINDING_INVALID; i++)
        buf_printf(out, "gust_run_finding{gust_run_finding=\"%s\"} %d\n",
                   finding_rows[i].name, i == (size_t)s->state);
}

void summary_openmetrics(const struct summary *s, struct buf *out)
{
    put_outcomes(s, out);
    for (size_t m = 0; m < METRIC_COUNT; m++)
        if (metric_rows[m].is_headline)
            put_histogram(s, m, out);
    put_currency(s, out);
    put_gauges(s, out);
    put_slos(s, out);
    buf_puts(out, "# EOF\n");
}
