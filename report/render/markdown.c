/*
 * A summary as Markdown; see markdown.h. Texts that come from a server or a file
 * are escaped: they must neither break a table nor become a link or HTML.
 */
#include "render/markdown.h"

#include "judge/finding.h"
#include "render/markup.h"
#include "render/quantity.h"
#include "render/resilience_sheet.h"
#include "render/server_tables.h"

#include <math.h>

static void put_head(const struct summary *s, struct buf *out)
{
    buf_printf(out, "# %s: ", finding_rows[s->state].word);
    markup_markdown(out, s->name);
    buf_puts(out, "\n\n");
    markup_markdown(out, s->sentence);
    buf_puts(out, ".\n\n");
    markup_markdown(out, s->profile_name);
    buf_puts(out, " at ");
    markup_markdown(out, s->url);
    buf_printf(out, ", %.4g s measured, seed ", s->window_s);
    markup_markdown(out, s->seed);
    buf_puts(out, "\n");
}

static void put_reasons(const char *heading, const struct reasons *reasons,
                        struct buf *out)
{
    if (reasons->count == 0)
        return;
    buf_printf(out, "\n## %s\n\n", heading);
    for (size_t i = 0; i < reasons->count; i++) {
        const struct reason *r = &reasons->items[i];
        buf_puts(out, "- ");
        markup_markdown(out, r->text);
        buf_puts(out, r->advice[0] != '\0' ? ": " : "");
        markup_markdown(out, r->advice);
        buf_putc(out, '\n');
    }
}

static void put_slos(const struct summary *s, struct buf *out)
{
    char text[QUANTILE_TEXT], count[UNITS_TEXT];
    if (s->slo_count == 0)
        return;
    buf_puts(out, "\n## SLOs\n\n| SLO | verdict | measured | requests |\n"
                  "| --- | --- | ---: | ---: |\n");
    for (size_t i = 0; i < s->slo_count; i++) {
        const struct slo_result *row = &s->slos[i];
        buf_puts(out, "| ");
        markup_markdown(out, row->text);
        buf_printf(out, " | %s | ", slo_verdict_words[row->verdict]);
        if (row->slo.kind == SLO_LATENCY)
            buf_puts(out, quantile_format(text, &row->quantile));
        else
            buf_printf(out, "%.4g %%", row->share * 100);
        buf_printf(out, " | %s |\n", units_format_count(count, row->n));
    }
}

static void put_latencies(const struct summary *s, struct buf *out)
{
    char text[QUANTILE_TEXT], value[UNITS_TEXT];
    buf_puts(out, "\n## Latency\n\n| metric |");
    for (size_t i = 0; i < PERCENTILE_ROWS; i++)
        buf_printf(out, " %s |", percentile_rows[i].name);
    buf_puts(out, " max | definition |\n| --- |");
    for (size_t i = 0; i < PERCENTILE_ROWS + 1; i++)
        buf_puts(out, " ---: |");
    buf_puts(out, " --- |\n");
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        const struct latency *l = &s->latency[m];
        if (!latency_is_shown(s, m))
            continue;
        buf_puts(out, "| ");
        markup_markdown(out, metric_rows[m].name);
        for (size_t i = 0; i < PERCENTILE_ROWS; i++) {
            struct quantile q = latency_quantile(l, percentile_rows[i].percentile);
            buf_printf(out, " | %s", quantile_format(text, &q));
        }
        buf_printf(out, " | %s | ", latency_text(value, (double)latency_max_us(l)));
        markup_markdown(out, metric_rows[m].definition);
        buf_puts(out, " |\n");
    }
    buf_puts(out, "\nFailed requests count as longer than every measured value.\n");
}

static void put_numbers(const struct summary *s, struct buf *out)
{
    buf_puts(out, "\n## Numbers\n\n| number | value | unit | definition |\n"
                  "| --- | ---: | --- | --- |\n");
    for (size_t i = 0; i < quantity_count; i++) {
        const struct quantity *q = &quantities[i];
        char text[UNITS_TEXT];
        if (!isfinite(quantity_value(q, s)))
            continue;
        buf_printf(out, "| %s | %s | %s | ", q->label, quantity_text(text, q, s),
                   q->unit);
        markup_markdown(out, q->definition);
        buf_puts(out, " |\n");
    }
}

static void put_errors(const struct summary *s, struct buf *out)
{
    enum outcome errors[OUTCOME_COUNT];
    size_t count = summary_errors(&s->window, errors);
    if (count == 0)
        return;
    buf_puts(out, "\n## Errors\n\n| class | requests | share | hint |\n"
                  "| --- | ---: | ---: | --- |\n");
    for (size_t i = 0; i < count; i++) {
        const struct outcome_row *row = &outcome_rows[errors[i]];
        uint64_t n = s->window.outcomes[errors[i]];
        char text[UNITS_TEXT];
        buf_puts(out, "| ");
        markup_markdown(out, row->name);
        buf_printf(out, " | %s | %.3g %% | ", units_format_count(text, n),
                   (double)n / (double)s->window.scheduled * 100);
        markup_markdown(out, row->hint);
        buf_puts(out, " |\n");
    }
}

static void put_network(const struct summary *s, struct buf *out)
{
    if (s->network.count + s->quirks.count > 0)
        buf_puts(out, "\n## Network\n\n");
    for (size_t i = 0; i < s->network.count; i++) {
        buf_puts(out, "- ");
        markup_markdown(out, s->network.items[i].name);
        buf_puts(out, ": ");
        markup_markdown(out, s->network.items[i].value);
        buf_putc(out, '\n');
    }
    for (size_t i = 0; i < s->quirks.count; i++) {
        buf_puts(out, "- known quirk: ");
        markup_markdown(out, s->quirks.items[i].name);
        buf_putc(out, '\n');
    }
}

static void put_policy(const struct summary *s, struct buf *out)
{
    struct sheet sheet;
    if (resilience_sheet(s, &sheet))
        sheet_markdown_part(&sheet, out);
    sheet_release(&sheet);
}

void summary_markdown(const struct summary *s, struct buf *out)
{
    put_head(s, out);
    put_reasons("Problems", &s->problems, out);
    put_slos(s, out);
    put_latencies(s, out);
    put_errors(s, out);
    put_policy(s, out);
    server_tables_markdown(s, out);
    put_numbers(s, out);
    put_reasons("Notes", &s->notes, out);
    put_network(s, out);
}
