/*
 * The summary on a terminal; see text.h. Tables are as wide as they must be,
 * single numbers flow in as many columns as fit.
 */
#include "render/text.h"

#include "base/pen.h"
#include "base/wrap.h"
#include "judge/finding.h"
#include "render/quantity.h"
#include "render/resilience_sheet.h"
#include "render/server_tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_COLUMNS 12
#define CELL_COLUMNS 9
#define FLOW_COLUMNS 32
#define INDENT 2

static const char *const tone_codes[] = {
    [TONE_GOOD] = "32",
    [TONE_NEUTRAL] = "36",
    [TONE_BAD] = "31",
    [TONE_WARNING] = "33",
};

static const enum tone verdict_tones[] = {
    [SLO_MET] = TONE_GOOD,
    [SLO_MISSED] = TONE_BAD,
    [SLO_NO_DATA] = TONE_WARNING,
};

static void put_finding(const struct pen *p, const struct summary *s)
{
    const struct finding_row *row = &finding_rows[s->state];
    char code[8];
    (void)snprintf(code, sizeof code, "1;%s", tone_codes[row->tone]); /* fits */
    pen_styled(p, code, row->word);
    buf_puts(p->out, "  ");
    size_t column = strlen(row->word) + 2;
    wrap_text(p->out, s->sentence, column, column, p->width);
}

/* "rate 20/s" or "50 users", as far as the manifest says. */
static void put_load(const struct summary *s, struct buf *line)
{
    char text[UNITS_TEXT];
    buf_puts(line, s->load_kind);
    if (isfinite(s->rate_per_s))
        buf_printf(line, " %s/s", units_format_rate(text, s->rate_per_s));
    if (isfinite(s->users))
        buf_printf(line, ", %g users", s->users);
    buf_printf(line, ", %.4g s measured of %.4g s", s->window_s, s->elapsed_s);
    if (s->seed[0] != '\0')
        buf_printf(line, ", seed %s", s->seed);
}

static void put_identity(const struct pen *p, const struct summary *s)
{
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "%s at %s (%s%s%s)", s->profile_name, s->url, s->dialect,
               s->model[0] != '\0' ? ", " : "", s->model);
    pen_paragraph(p, INDENT, line.data);
    buf_reset(&line);
    put_load(s, &line);
    pen_paragraph(p, INDENT, line.data);
    buf_release(&line);
}

static void put_reasons(const struct pen *p, const char *heading,
                        const struct reasons *reasons)
{
    if (reasons->count == 0)
        return;
    pen_heading(p, heading);
    for (size_t i = 0; i < reasons->count; i++) {
        const struct reason *r = &reasons->items[i];
        struct buf line;
        buf_init(&line, 8192);
        buf_printf(&line, "%s%s%s", r->text, r->advice[0] != '\0' ? ": " : "",
                   r->advice);
        pen_item(p, line.data);
        buf_release(&line);
    }
}

static void put_slos(const struct pen *p, const struct summary *s)
{
    char text[QUANTILE_TEXT], count[UNITS_TEXT];
    if (s->slo_count == 0)
        return;
    pen_heading(p, "SLOs");
    for (size_t i = 0; i < s->slo_count; i++) {
        const struct slo_result *row = &s->slos[i];
        const char *word = slo_verdict_words[row->verdict];
        buf_puts(p->out, "  ");
        pen_styled(p, tone_codes[verdict_tones[row->verdict]], word);
        wrap_indent(p->out, strlen(word) < 16 ? 16 - strlen(word) : 1);
        buf_printf(p->out, "%-22s ", row->text);
        if (row->slo.kind == SLO_LATENCY)
            buf_puts(p->out, quantile_format(text, &row->quantile));
        else if (row->verdict == SLO_NO_DATA)
            buf_printf(p->out, "n/a (needs %s)",
                       units_format_count(count, row->needed));
        else
            buf_printf(p->out, "%.4g %%", row->share * 100);
        buf_putc(p->out, '\n');
    }
}

/* A cell of the latency table: short; why there is no value stands below it. */
static const char *cell_text(char text[UNITS_TEXT], const struct quantile *q)
{
    char beyond[UNITS_TEXT - 4];
    if (q->state == QUANTILE_VALUE)
        return units_format_ns(text, q->us * NS_PER_US);
    bool is_bounded = q->state == QUANTILE_BEYOND && q->beyond_us > 0;
    char value[UNITS_TEXT];
    (void)snprintf(beyond, sizeof beyond, "%s",
                   is_bounded ? units_format_ns(value, q->beyond_us * NS_PER_US) : "");
    (void)snprintf(text, UNITS_TEXT, is_bounded ? "> %s" : "n/a%s", beyond);
    return text;
}

static void put_cell(const struct pen *p, const char *text)
{
    size_t length = strlen(text);
    wrap_indent(p->out, length < CELL_COLUMNS ? CELL_COLUMNS - length : 1);
    buf_puts(p->out, text);
}

/* The p90 column goes first when there is little room. */
static bool is_shown(const struct pen *p, size_t column)
{
    return column != 1 || p->width >= NAME_COLUMNS + 2 + 6 * CELL_COLUMNS;
}

static void put_latency_row(const struct pen *p, const struct latency *l, size_t metric)
{
    char text[UNITS_TEXT];
    buf_printf(p->out, "  %-*s", NAME_COLUMNS, metric_rows[metric].name);
    for (size_t i = 0; i < PERCENTILE_ROWS; i++) {
        struct quantile q = latency_quantile(l, percentile_rows[i].percentile);
        if (is_shown(p, i))
            put_cell(p, cell_text(text, &q));
    }
    put_cell(p, latency_text(text, (double)latency_max_us(l)));
    buf_putc(p->out, '\n');
}

/* Why cells say n/a: too few observations, or lost requests. */
static void put_latency_notes(const struct pen *p, const struct summary *s)
{
    const struct latency *l = &s->latency[METRIC_E2E];
    char text[UNITS_TEXT], count[UNITS_TEXT];
    for (size_t i = 0; i < PERCENTILE_ROWS; i++) {
        struct quantile q = latency_quantile(l, percentile_rows[i].percentile);
        if (q.state != QUANTILE_FEW)
            continue;
        buf_printf(p->out, "  %s needs %s requests; there are %s\n",
                   percentile_rows[i].name, units_format_count(text, q.needed),
                   units_format_count(count, latency_count(l)));
        break;
    }
    if (l->lost > 0)
        buf_printf(p->out,
                   "  failed requests (%.3g %%) count as longer than any other\n",
                   (double)l->lost / (double)latency_count(l) * 100);
}

static void put_latencies(const struct pen *p, const struct summary *s)
{
    buf_putc(p->out, '\n');
    pen_styled(p, "1", "Latency");
    wrap_indent(p->out, INDENT + NAME_COLUMNS - strlen("Latency"));
    for (size_t i = 0; i < PERCENTILE_ROWS; i++)
        if (is_shown(p, i))
            put_cell(p, percentile_rows[i].name);
    put_cell(p, "max");
    buf_putc(p->out, '\n');
    for (size_t m = 0; m < METRIC_COUNT; m++)
        if (latency_is_shown(s, m))
            put_latency_row(p, &s->latency[m], m);
    put_latency_notes(p, s);
}

/* Not worth a place: unknown, or a count of zero. */
static bool is_silent(const struct quantity *q, double value)
{
    return !isfinite(value) || (q->form == FORM_COUNT && value <= 0);
}

static void put_group(const struct pen *p, const struct summary *s,
                      enum quantity_group group)
{
    size_t column = 0;
    for (size_t i = 0; i < quantity_count; i++) {
        const struct quantity *q = &quantities[i];
        char text[UNITS_TEXT], cell[128];
        if (q->group != group || is_silent(q, quantity_value(q, s)))
            continue;
        const char *unit = strcmp(q->unit, "requests") == 0 ? "" : q->unit;
        int length =
            snprintf(cell, sizeof cell, "%s %s%s%s", q->label,
                     quantity_text(text, q, s), unit[0] != '\0' ? " " : "", unit);
        if (column == 0)
            pen_heading(p, quantity_group_names[group]);
        size_t next =
            (column + FLOW_COLUMNS - 1) / FLOW_COLUMNS * FLOW_COLUMNS + INDENT;
        bool is_new_line = column > 0 && next + (size_t)length > p->width;
        if (is_new_line)
            buf_putc(p->out, '\n');
        if (column == 0 || is_new_line)
            next = INDENT;
        wrap_indent(p->out, is_new_line || column == 0 ? next : next - column);
        buf_puts(p->out, cell);
        column = next + (size_t)length;
    }
    if (column > 0)
        buf_putc(p->out, '\n');
}

static void put_errors(const struct pen *p, const struct summary *s)
{
    enum outcome errors[OUTCOME_COUNT];
    size_t count = summary_errors(&s->window, errors);
    if (count > 0)
        pen_heading(p, "Errors");
    for (size_t i = 0; i < count; i++) {
        const struct outcome_row *row = &outcome_rows[errors[i]];
        uint64_t n = s->window.outcomes[errors[i]];
        char text[UNITS_TEXT], line[256];
        int length = snprintf(line, sizeof line, "  %-22s %8s %6.2g %%  ", row->name,
                              units_format_count(text, n),
                              (double)n / (double)s->window.scheduled * 100);
        buf_puts(p->out, line);
        wrap_text(p->out, row->hint, (size_t)length, (size_t)length, p->width);
    }
}

static void put_table_heading(void *context, const char *title)
{
    pen_heading(context, title);
}

static void put_network(const struct pen *p, const struct summary *s)
{
    if (s->network.count + s->quirks.count > 0)
        pen_heading(p, "Network");
    for (size_t i = 0; i < s->network.count; i++)
        buf_printf(p->out, "  %-20s %s\n", s->network.items[i].name,
                   s->network.items[i].value);
    for (size_t i = 0; i < s->quirks.count; i++)
        pen_item(p, s->quirks.items[i].name);
}

static void put_policy(const struct pen *p, const struct summary *s)
{
    struct sheet sheet;
    if (resilience_sheet(s, &sheet)) {
        buf_putc(p->out, '\n');
        sheet_text(&sheet, p->width, p->is_colour, p->out);
    }
    sheet_release(&sheet);
}

void summary_text(const struct summary *s, size_t width, bool is_colour,
                  struct buf *out)
{
    struct pen pen = pen_make(out, width, is_colour);
    put_finding(&pen, s);
    put_identity(&pen, s);
    put_reasons(&pen, "Problems", &s->problems);
    put_slos(&pen, s);
    put_latencies(&pen, s);
    for (size_t group = 0; group < GROUP_COUNT; group++)
        put_group(&pen, s, (enum quantity_group)group);
    server_tables_text(s, put_table_heading, &pen, out);
    put_errors(&pen, s);
    put_policy(&pen, s);
    put_reasons(&pen, "Notes", &s->notes);
    put_network(&pen, s);
}
