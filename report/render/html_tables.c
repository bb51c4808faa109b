/* Tables of what was measured; see html_tables.h. */
#include "render/html_tables.h"

#include "judge/finding.h"
#include "render/markup.h"
#include "render/page.h"
#include "render/quantity.h"

#include <inttypes.h>
#include <math.h>

static const enum tone verdict_tones[] = {
    [SLO_MET] = TONE_GOOD,
    [SLO_MISSED] = TONE_BAD,
    [SLO_NO_DATA] = TONE_WARNING,
};

void html_reasons(const struct reasons *reasons, struct buf *out)
{
    if (reasons->count == 0)
        return;
    buf_puts(out, "<ul>\n");
    for (size_t i = 0; i < reasons->count; i++) {
        const struct reason *r = &reasons->items[i];
        buf_puts(out, "<li>");
        markup_text(out, r->text);
        if (r->advice[0] != '\0')
            buf_puts(out, " <span class=\"d\">&mdash; ");
        markup_text(out, r->advice);
        buf_puts(out, r->advice[0] != '\0' ? "</span></li>\n" : "</li>\n");
    }
    buf_puts(out, "</ul>\n");
}

/* "812 ms", or a share: what an SLO is about. */
static void put_measured(const struct slo_result *row, struct buf *out)
{
    char text[QUANTILE_TEXT];
    if (row->slo.kind == SLO_LATENCY)
        markup_text(out, quantile_format(text, &row->quantile));
    else if (row->n > 0)
        buf_printf(out, "%.4g %%", row->share * 100);
    else
        buf_puts(out, "n/a");
}

/* Requests within the limit of a latency SLO, or that fulfil a share. */
static void put_within(const struct slo_result *row, struct buf *out)
{
    if (row->n == 0)
        buf_puts(out, "n/a");
    else
        buf_printf(out, "%.4g %%", row->share * 100);
}

void html_slos(const struct summary *s, struct buf *out)
{
    char n[UNITS_TEXT], needed[UNITS_TEXT];
    if (s->slo_count == 0)
        return;
    buf_puts(out,
             "<h2>SLOs</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th "
             "scope=\"col\">SLO</th><th scope=\"col\">verdict</th><th scope=\"col\" "
             "class=\"n\">measured</th><th scope=\"col\" class=\"n x\">within</th>"
             "<th scope=\"col\" class=\"n x\">requests</th><th scope=\"col\" "
             "class=\"n x\">needed</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < s->slo_count; i++) {
        const struct slo_result *row = &s->slos[i];
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, row->text);
        buf_printf(
            out, "</th><td><span class=\"tag %s\">%s</span></td><td class=\"n\">",
            tone_names[verdict_tones[row->verdict]], slo_verdict_words[row->verdict]);
        put_measured(row, out);
        buf_puts(out, "</td><td class=\"n x\">");
        put_within(row, out);
        buf_printf(
            out, "</td><td class=\"n x\">%s</td><td class=\"n x\">%s</td></tr>\n",
            units_format_count(n, row->n), units_format_count(needed, row->needed));
    }
    buf_puts(out, "</tbody></table></div>\n");
}

/* Columns that a phone has no room for carry the class "x". */
static const char *spare_class(size_t percentile_column)
{
    return percentile_rows[percentile_column].percentile == 90 ? " x" : "";
}

static void put_latency_row(const struct latency *l, size_t metric, struct buf *out)
{
    char text[QUANTILE_TEXT], value[UNITS_TEXT];
    buf_puts(out, "<tr><th scope=\"row\">");
    markup_text(out, metric_rows[metric].name);
    buf_puts(out, "</th>");
    for (size_t i = 0; i < PERCENTILE_ROWS; i++) {
        struct quantile q = latency_quantile(l, percentile_rows[i].percentile);
        bool is_value = q.state == QUANTILE_VALUE || q.beyond_us > 0;
        buf_printf(out, "<td class=\"n%s%s\">", is_value ? "" : " d", spare_class(i));
        markup_text(out, quantile_format(text, &q));
        buf_puts(out, "</td>");
    }
    buf_printf(out, "<td class=\"n x\">%s</td>",
               latency_text(value, (double)latency_max_us(l)));
    buf_printf(out, "<td class=\"n x\">%s</td>",
               latency_text(value, latency_mean_us(l)));
    buf_printf(out, "<td class=\"n x\">%s</td></tr>\n",
               units_format_count(value, latency_count(l)));
}

static void put_definitions(const struct summary *s, struct buf *out)
{
    buf_puts(
        out,
        "<p class=\"note\">Percentiles are over all sent requests; one that "
        "failed or was cut off counts as longer than every measured value, so a "
        "percentile may not exist. Largest and mean are of the measured "
        "ones.</p>\n<details open><summary>Definitions</summary>\n<table><tbody>\n");
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        if (!latency_is_shown(s, m))
            continue;
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, metric_rows[m].name);
        buf_puts(out, "</th><td>");
        markup_text(out, metric_rows[m].label);
        buf_puts(out, "</td><td class=\"d\">");
        markup_text(out, metric_rows[m].definition);
        buf_puts(out, "</td></tr>\n");
    }
    buf_puts(out, "</tbody></table></details>\n");
}

void html_latency(const struct summary *s, struct buf *out)
{
    buf_puts(out,
             "<h2 id=\"latency\">Latency</h2>\n<div class=\"scroll\"><table>\n<thead>"
             "<tr><th scope=\"col\">metric</th>");
    for (size_t i = 0; i < PERCENTILE_ROWS; i++)
        buf_printf(out, "<th scope=\"col\" class=\"n%s\">%s</th>", spare_class(i),
                   percentile_rows[i].name);
    buf_puts(
        out,
        "<th scope=\"col\" class=\"n x\">largest</th><th scope=\"col\" "
        "class=\"n x\">mean</th><th scope=\"col\" class=\"n x\">count</th></tr></thead>\n<tbody>\n");
    for (size_t m = 0; m < METRIC_COUNT; m++)
        if (latency_is_shown(s, m))
            put_latency_row(&s->latency[m], m, out);
    buf_puts(out, "</tbody></table></div>\n");
    put_definitions(s, out);
}

/* A row with a bar; the most frequent error has the longest. */
static void put_error(const struct summary *s, enum outcome error, uint64_t most,
                      struct buf *out)
{
    char text[UNITS_TEXT];
    uint64_t n = s->window.outcomes[error];
    buf_printf(out, "<tr><th scope=\"row\">%s <span class=\"d hint\">",
               outcome_rows[error].name);
    markup_text(out, outcome_rows[error].hint);
    buf_printf(out, "</span><span class=\"bar\" style=\"width:%.3g%%\"></span></th>",
               (double)n / (double)most * 100);
    buf_printf(out, "<td class=\"n\">%s</td><td class=\"n\">%.3g %%</td></tr>\n",
               units_format_count(text, n),
               (double)n / (double)s->window.scheduled * 100);
}

void html_errors(const struct summary *s, struct buf *out)
{
    enum outcome errors[OUTCOME_COUNT];
    size_t count = summary_errors(&s->window, errors);
    buf_puts(out, "<h2 id=\"errors\">Error classes</h2>\n");
    if (count == 0) {
        buf_puts(out, s->window.scheduled > 0
                          ? "<p>Every request of the measured window succeeded.</p>\n"
                          : "<p>No request was due in the measured window.</p>\n");
        return;
    }
    buf_puts(out, "<table>\n<thead><tr><th scope=\"col\">class</th><th scope=\"col\" "
                  "class=\"n\">requests</th><th scope=\"col\" class=\"n\">of scheduled"
                  "</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < count; i++)
        put_error(s, errors[i], s->window.outcomes[errors[0]], out);
    buf_puts(out, "</tbody></table>\n");
}

static void put_class_cell(const struct latency *l, double percentile, struct buf *out)
{
    char text[QUANTILE_TEXT];
    struct quantile q = latency_quantile(l, percentile);
    buf_puts(out, "<td class=\"n\">");
    markup_text(out, q.state == QUANTILE_VALUE ? quantile_format(text, &q) : "n/a");
    buf_puts(out, "</td>");
}

void html_classes(const struct summary *s, struct buf *out)
{
    static const enum metric shown[] = {METRIC_TTFT, METRIC_TPOT, METRIC_E2E};
    char text[UNITS_TEXT];
    if (s->class_count < 2)
        return;
    buf_puts(out,
             "<h2>Request classes</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
             "<th scope=\"col\">class</th><th scope=\"col\" class=\"n\">scheduled</th>"
             "<th scope=\"col\" class=\"n\">succeeded</th>");
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        buf_printf(out,
                   "<th scope=\"col\" class=\"n\">%s p50</th><th scope=\"col\" "
                   "class=\"n\">%s p95</th>",
                   metric_rows[shown[i]].name, metric_rows[shown[i]].name);
    buf_puts(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < s->class_count; i++) {
        const struct class_summary *c = &s->classes[i];
        double share = (double)c->window.succeeded / (double)c->window.scheduled * 100;
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, c->name);
        buf_printf(out, "</th><td class=\"n\">%s</td>",
                   units_format_count(text, c->window.scheduled));
        buf_printf(out, "<td class=\"n\">%.4g %%</td>", isnan(share) ? 0 : share);
        for (size_t k = 0; k < ARRAY_LEN(shown); k++) {
            put_class_cell(&c->latency[shown[k]], 50, out);
            put_class_cell(&c->latency[shown[k]], 95, out);
        }
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n");
}

static void put_group(const struct summary *s, enum quantity_group group,
                      struct buf *out)
{
    buf_printf(out, "<section><h3>%s</h3>\n<table><tbody>\n",
               quantity_group_names[group]);
    for (size_t i = 0; i < quantity_count; i++) {
        const struct quantity *q = &quantities[i];
        char text[UNITS_TEXT];
        if (q->group != group || !isfinite(quantity_value(q, s)))
            continue;
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, q->label);
        buf_printf(out,
                   "</th><td class=\"n\">%s%s<span class=\"d\">%s</span></td>"
                   "<td class=\"d\">",
                   quantity_text(text, q, s), q->unit[0] != '\0' ? " " : "", q->unit);
        markup_text(out, q->definition);
        buf_puts(out, "</td></tr>\n");
    }
    buf_puts(out, "</tbody></table><br></section>\n");
}

void html_numbers(const struct summary *s, struct buf *out)
{
    buf_puts(out, "<h2 id=\"numbers\">Numbers and what they mean</h2>\n"
                  "<div class=\"two\">\n");
    for (size_t group = 0; group < GROUP_COUNT; group++)
        put_group(s, (enum quantity_group)group, out);
    buf_puts(out, "</div>\n");
}

void html_accounting(const struct summary *s, struct buf *out)
{
    const struct totals *t = &s->whole;
    buf_puts(out, "<h2>Accounting</h2>\n<div class=\"sums\">\n");
    buf_printf(out,
               "<div><b>%" PRIu64 "</b> scheduled = <b>%" PRIu64
               "</b> sent + <b>%" PRIu64 "</b> not sent</div>\n",
               t->scheduled, t->sent, t->not_sent);
    buf_printf(out,
               "<div><b>%" PRIu64 "</b> sent = <b>%" PRIu64
               "</b> succeeded + <b>%" PRIu64 "</b> failed + <b>%" PRIu64
               "</b> censored</div>\n",
               t->sent, t->succeeded, t->failed, t->censored);
    buf_printf(out,
               "<div><b>%" PRIu64 "</b> attempts on the wire = <b>%" PRIu64
               "</b> sent + <b>%" PRIu64 "</b> retries + <b>%" PRIu64
               "</b> hedges + <b>%" PRIu64 "</b> hidden</div>\n",
               t->attempts, t->sent, t->retries, t->hedges, t->hidden);
    buf_printf(out,
               "</div>\n<p class=\"note\">Whole run, warm-up included. The identity "
               "%s%s.</p>\n",
               totals_hold(t) ? "holds" : "does not hold",
               s->status == RUN_RUNNING
                   ? "; the run was not sealed, so these are the sums of its logs"
                   : ", and the logs were added up to the same totals");
}

void html_notes(const struct summary *s, struct buf *out)
{
    if (s->notes.count == 0)
        return;
    buf_puts(out, "<h2>Notes</h2>\n");
    html_reasons(&s->notes, out);
}
