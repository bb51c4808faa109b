/*
 * The page of a run: what was found and the headline, made of the parts in page.h.
 * Tables and set-up follow in html_tables.c and html_setup.c.
 */
#include "render/html.h"

#include "judge/finding.h"
#include "render/html_setup.h"
#include "render/html_tables.h"
#include "render/page.h"
#include "render/quantity.h"
#include "render/resilience_sheet.h"
#include "render/server_tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct page_link links[] = {
    {"#latency", "Latency"}, {"#pictures", "Pictures"}, {"#errors", "Errors"},
    {"#numbers", "Numbers"}, {"#setup", "Set-up"},      {NULL, NULL},
};

static const char *const files[] = {"summary.json", "summary.md", "junit.xml",
                                    "metrics.om", NULL};

static void put_verdict(const struct summary *s, struct buf *out)
{
    const struct finding_row *row = &finding_rows[s->state];
    page_banner(tone_names[row->tone], row->word, s->sentence, out);
    bool is_said = s->problems.count == 1 && s->problems.items[0].advice[0] == '\0';
    if (!is_said)
        html_reasons(&s->problems, out);
    page_end_banner(out);
}

static void put_run(const struct summary *s, struct buf *out)
{
    char text[256], rate[UNITS_TEXT];
    bool has_title = s->profile_title[0] != '\0';
    buf_puts(out, "<dl class=\"run\">\n");
    page_fact("Profile", has_title ? s->profile_title : s->profile_name, out);
    page_fact("Target", s->url, out);
    (void)snprintf(text, sizeof text, "%s%s%s", s->dialect,
                   s->model[0] != '\0' ? ", " : "", s->model);
    page_fact("Dialect and model", text, out);
    if (isfinite(s->rate_per_s))
        (void)snprintf(text, sizeof text, "%s, %s requests/s", s->load_kind,
                       units_format_rate(rate, s->rate_per_s));
    else
        (void)snprintf(text, sizeof text, "%s, %g users", s->load_kind, s->users);
    page_fact("Load", text, out);
    (void)snprintf(text, sizeof text, "%.4g s of %.4g s", s->window_s, s->elapsed_s);
    page_fact("Measured", text, out);
    page_fact("Started", s->started, out);
    if (s->arm_count > 1)
        page_fact("Arm shown", s->arm, out);
    buf_puts(out, "</dl>\n");
}

/* The p95 that users feel, with the median and the p99 beside it. */
static void put_latency_tile(const struct summary *s, enum metric metric,
                             const char *name, struct buf *out)
{
    const struct latency *l = &s->latency[metric];
    char value[QUANTILE_TEXT], p50[QUANTILE_TEXT], p99[QUANTILE_TEXT];
    char more[2 * QUANTILE_TEXT + 16];
    struct quantile q50 = latency_quantile(l, 50), q95 = latency_quantile(l, 95);
    struct quantile q99 = latency_quantile(l, 99);
    (void)snprintf(more, sizeof more, "p50 %s, p99 %s", quantile_format(p50, &q50),
                   q99.state == QUANTILE_VALUE ? quantile_format(p99, &q99) : "n/a");
    page_tile("", name, quantile_format(value, &q95), more, out);
}

static const struct quantity *find_quantity(const char *key)
{
    for (size_t i = 0; i < quantity_count; i++)
        if (strcmp(quantities[i].key, key) == 0)
            return &quantities[i];
    bug("no such quantity");
}

/* A single number, another beside it. */
static const struct {
    const char *name, *key, *before, *other, *after;
} tile_rows[] = {
    {"Success", "success_share", "good ", "good_share", ""},
    {"Requests/s", "completed_per_s", "of ", "offered_per_s", " offered"},
    {"Output tokens/s", "output_tokens_per_s", "goodput ", "goodput_per_s", " req/s"},
};

static void put_tiles(const struct summary *s, struct buf *out)
{
    buf_puts(out, "<section class=\"tiles\" aria-label=\"Headline numbers\">\n");
    put_latency_tile(s, METRIC_TTFT, "First token, p95", out);
    put_latency_tile(s, METRIC_TPOT, "Time per token, p95", out);
    put_latency_tile(s, METRIC_E2E, "End to end, p95", out);
    for (size_t i = 0; i < ARRAY_LEN(tile_rows); i++) {
        char value[UNITS_TEXT], other[UNITS_TEXT], more[128];
        (void)snprintf(more, sizeof more, "%s%s%s", tile_rows[i].before,
                       quantity_text(other, find_quantity(tile_rows[i].other), s),
                       tile_rows[i].after);
        page_tile("", tile_rows[i].name,
                  quantity_text(value, find_quantity(tile_rows[i].key), s), more, out);
    }
    buf_puts(out, "</section>\n");
}

static void put_policy(const struct summary *s, struct buf *out)
{
    struct sheet sheet;
    if (resilience_sheet(s, &sheet))
        sheet_html_part(&sheet, "policy", out);
    sheet_release(&sheet);
}

void summary_html(const struct summary *s, const struct pictures *pictures,
                  struct buf *out)
{
    char title[512];
    (void)snprintf(title, sizeof title, "%s: %s", finding_rows[s->state].word, s->name);
    page_begin(title, out);
    page_top("gust report", s->name, links, out);
    put_verdict(s, out);
    put_run(s, out);
    put_tiles(s, out);
    html_slos(s, out);
    html_latency(s, out);
    page_pictures(pictures, out);
    html_errors(s, out);
    put_policy(s, out);
    server_tables_html(s, out);
    html_classes(s, out);
    html_numbers(s, out);
    html_accounting(s, out);
    html_notes(s, out);
    html_setup(s, out);
    html_failures(s, out);
    page_end(s->tool, files, out);
}
