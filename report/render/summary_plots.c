/*
 * The pictures of a run, one row each; see summary_plots.h. A value that does not
 * exist is written as NaN, which gnuplot leaves out, so a line has a hole where a
 * percentile cannot be told.
 */
#include "render/summary_plots.h"

#include "render/axis.h"
#include "render/curve.h"
#include "render/plot_lengths.h"
#include "render/plot_server.h"
#include "render/plot_spending.h"
#include "render/plot_time.h"

#include <math.h>

static const enum metric curve_metrics[] = {METRIC_TTFT, METRIC_TPOT, METRIC_GAP,
                                            METRIC_E2E};

/* The y axis starts where the fastest share of a metric ends: a few events that came
 * in one read have gaps of almost nothing, and would take most of the picture. */
#define CURVE_FLOOR 5

static bool has_no_latency(const struct summary *s)
{
    for (size_t i = 0; i < ARRAY_LEN(curve_metrics); i++)
        if (s->latency[curve_metrics[i]].hist != NULL)
            return false;
    return true;
}

/* Latency over measured and lost, seconds; NAN among the lost. */
static double curve_at(const void *context, double percent)
{
    const struct latency *l = context;
    int64_t us = hist_percentile_with_us(l->hist, l->lost, percent);
    return us < 0 ? (double)NAN : fmax((double)us, 1) / 1e6;
}

static void curves_data(const struct summary *s, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(curve_metrics); i++) {
        const struct latency *l = &s->latency[curve_metrics[i]];
        if (l->hist == NULL)
            continue;
        buf_printf(out, "$%s << EOD\n", metric_rows[curve_metrics[i]].name);
        curve_put(latency_count(l), curve_at, l, out);
        buf_puts(out, "EOD\n");
    }
}

static void curves_axes(const struct summary *s, struct buf *out)
{
    double low = 1e9, high = 0;
    uint64_t n = latency_count(&s->latency[METRIC_E2E]);
    for (size_t i = 0; i < ARRAY_LEN(curve_metrics); i++) {
        const struct latency *l = &s->latency[curve_metrics[i]];
        if (l->hist == NULL)
            continue;
        low = fmin(low, (double)hist_percentile_us(l->hist, CURVE_FLOOR) / 1e6);
        high = fmax(high, (double)hist_max_us(l->hist) / 1e6);
    }
    axis_percentile(n > CURVE_AXIS_LEAST ? n : CURVE_AXIS_LEAST, out);
    axis_latency(fmax(low, 1e-5), high, out);
}

static void curves_draw(const struct summary *s, struct buf *out)
{
    curves_axes(s, out);
    const char *between = "plot ";
    for (size_t i = 0; i < ARRAY_LEN(curve_metrics); i++) {
        const char *name = metric_rows[curve_metrics[i]].name;
        if (s->latency[curve_metrics[i]].hist == NULL)
            continue;
        curve_draw(between, name, name, INK_1 + (unsigned)i, 2, out);
        between = ", ";
    }
    buf_putc(out, '\n');
}

static const struct {
    struct plot_words words;
    bool (*is_empty)(const struct summary *s);
    void (*data)(const struct summary *s, struct buf *out);
    void (*draw)(const struct summary *s, struct buf *out);
    bool is_left_out; /* when it is empty: few runs have it */
} plot_rows[] = {
    {{"percentiles", "Latency by percentile",
      "Each line gives the latency that this share of the requests (gap: of the events) "
      "did not exceed. The axis stretches towards 100 %, so that the slowest requests have "
      "room. Dotted: fewer requests than that percentile needs. A line ends where failed "
      "requests begin.",
      "No request succeeded, so there is no latency."},
     has_no_latency,
     curves_data,
     curves_draw,
     false},
    {{"rates", "Requests per second",
      "Requests that became due, were put on the wire, and succeeded, in the second it "
      "happened. Shaded: outside the measured window.",
      "No second was recorded."},
     time_is_empty,
     rates_data,
     rates_draw,
     false},
    {{"ttft", "Time to first token over time",
      "By the time a request was due, so that a stall shows where it began. Band: half to "
      "95 % of the requests. A gap in a line: too few requests, or too many failed.",
      "Too few requests had a first token."},
     ttft_is_empty,
     ttft_data,
     ttft_draw,
     false},
    {{"e2e", "End-to-end latency over time",
      "By the time a request was due, over all its attempts. Band: half to 95 % of the "
      "requests.",
      "Too few requests succeeded."},
     e2e_is_empty,
     e2e_data,
     e2e_draw,
     false},
    {{"in_flight", "Requests in flight",
      "Waiting for an answer or receiving one: mean and most. A line that keeps rising "
      "means that the server is past its capacity.",
      "No second was recorded."},
     in_flight_is_empty,
     in_flight_data,
     in_flight_draw,
     false},
    {{"server_load", "The server's queue and batch",
      "Requests waiting and running, as the server's own metrics said once a second.",
      "No server metrics were read."},
     server_load_is_empty,
     server_load_data,
     server_load_draw,
     true},
    {{"server_use", "The server's cache and GPUs",
      "Share of the key-value cache in use, of the prompt tokens found in the prefix "
      "cache, of the time that the GPUs were busy, and of their memory, as metrics said.",
      "No server metrics about these were read."},
     server_use_is_empty,
     server_use_data,
     server_use_draw,
     true},
    {{"budget", "Remaining rate limit",
      "Least that was left of each published limit, in answers that ended in the second. "
      "At 0 the server refuses.",
      "The server published no rate limit."},
     budget_is_empty,
     budget_data,
     budget_draw,
     true},
    {{"spent", "Spent",
      "Charged since the start, preflight, failed requests and all arms included; dashed: "
      "the budget, where it was near.",
      "Nothing was priced."},
     spent_is_empty,
     spent_data,
     spent_draw,
     true},
    {{"spend_rate", "Spending an hour",
      "What the last minute was spent at; known from the tenth second on. Dashed: the rate "
      "that stops the run, where it was near.",
      "Nothing was priced, or the run was too short."},
     spend_rate_is_empty,
     spend_rate_data,
     spend_rate_draw,
     true},
    {{"errors", "Lost requests over time",
      "Failed, cut off and not sent, by the time they were due.",
      "Every request succeeded."},
     errors_are_empty,
     errors_data,
     errors_draw,
     false},
    {{"prompt_lengths", "Prompt lengths, asked and reported",
      "Share of the succeeded requests of the whole run by prompt tokens, in steps of half "
      "an octave: as the schedule asked and as the server counted.",
      "No request succeeded."},
     prompts_are_empty,
     prompts_data,
     prompts_draw,
     false},
    {{"output_lengths", "Output lengths, asked and reported",
      "The same by output tokens. Where a server stops early, its boxes lie left of those "
      "that were asked.",
      "No tokens were generated."},
     outputs_are_empty,
     outputs_data,
     outputs_draw,
     false},
    {{"output_by_prompt", "Output tokens by prompt length",
      "Mean output tokens of succeeded requests, by asked prompt length, measured window.",
      "No tokens were generated."},
     means_are_empty,
     means_data,
     means_draw,
     false},
};

void summary_plots(const struct summary *s, struct plots *out)
{
    for (size_t i = 0; i < ARRAY_LEN(plot_rows); i++) {
        bool is_empty = plot_rows[i].is_empty(s);
        if (is_empty && plot_rows[i].is_left_out)
            continue;
        struct plot *plot = plots_add(out, &plot_rows[i].words);
        if (is_empty)
            continue;
        plot_rows[i].data(s, &plot->data);
        plot_rows[i].draw(s, &plot->draw);
    }
}
