/*
 * The page: what was found, the headline, the pictures. Tables and set-up follow in
 * html_tables.c and html_setup.c. Every text that was not written here goes through
 * markup.h.
 */
#include "render/html.h"

#include "judge/finding.h"
#include "render/html_setup.h"
#include "render/html_style.h"
#include "render/html_tables.h"
#include "render/markup.h"
#include "render/quantity.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const tone_names[] = {
    [TONE_GOOD] = "good",
    [TONE_NEUTRAL] = "neutral",
    [TONE_BAD] = "bad",
    [TONE_WARNING] = "warning",
};

static void put_head(const struct summary *s, struct buf *out)
{
    buf_puts(out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    markup_printf(out, "%s: %s", finding_rows[s->state].word, s->name);
    buf_puts(out, "</title>\n<style>\n");
    html_style(out);
    buf_puts(out, "\n</style>\n</head>\n<body>\n<main>\n");
}

static void put_top(const struct summary *s, struct buf *out)
{
    buf_puts(out, "<div class=\"top\"><span>gust report &middot; ");
    markup_text(out, s->name);
    buf_puts(out, "</span><nav aria-label=\"Sections\"><a href=\"#latency\">Latency</a>"
                  "<a href=\"#pictures\">Pictures</a><a href=\"#errors\">Errors</a>"
                  "<a href=\"#numbers\">Numbers</a><a href=\"#setup\">Set-up</a></nav>"
                  "</div>\n");
}

/* One sentence: capital letter, full stop. */
static void put_sentence(const char *sentence, struct buf *out)
{
    char first[2] = {(char)toupper((unsigned char)sentence[0]), '\0'};
    markup_text(out, first);
    markup_text(out, sentence[0] != '\0' ? sentence + 1 : "");
    buf_putc(out, '.');
}

static void put_verdict(const struct summary *s, struct buf *out)
{
    const struct finding_row *row = &finding_rows[s->state];
    buf_printf(out, "<header class=\"verdict %s\">\n<h1>%s</h1>\n<p>",
               tone_names[row->tone], row->word);
    put_sentence(s->sentence, out);
    buf_puts(out, "</p>\n");
    bool is_said = s->problems.count == 1 && s->problems.items[0].advice[0] == '\0';
    if (!is_said)
        html_reasons(&s->problems, out);
    buf_puts(out, "</header>\n");
}

static void put_fact(struct buf *out, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    buf_puts(out, "<div><dt>");
    markup_text(out, name);
    buf_puts(out, "</dt><dd>");
    markup_text(out, value);
    buf_puts(out, "</dd></div>\n");
}

static void put_run(const struct summary *s, struct buf *out)
{
    char text[256], rate[UNITS_TEXT];
    bool has_title = s->profile_title[0] != '\0';
    buf_puts(out, "<dl class=\"run\">\n");
    put_fact(out, "Profile", has_title ? s->profile_title : s->profile_name);
    put_fact(out, "Target", s->url);
    (void)snprintf(text, sizeof text, "%s%s%s", s->dialect,
                   s->model[0] != '\0' ? ", " : "", s->model);
    put_fact(out, "Dialect and model", text);
    if (isfinite(s->rate_per_s))
        (void)snprintf(text, sizeof text, "%s, %s requests/s", s->load_kind,
                       units_format_rate(rate, s->rate_per_s));
    else
        (void)snprintf(text, sizeof text, "%s, %g users", s->load_kind, s->users);
    put_fact(out, "Load", text);
    (void)snprintf(text, sizeof text, "%.4g s of %.4g s", s->window_s, s->elapsed_s);
    put_fact(out, "Measured", text);
    put_fact(out, "Started", s->started);
    if (s->arm_count > 1)
        put_fact(out, "Arm shown", s->arm);
    buf_puts(out, "</dl>\n");
}

static void put_tile(struct buf *out, const char *name, const char *value,
                     const char *more)
{
    bool is_words = strncmp(value, "n/a", 3) == 0 && strlen(value) > 3;
    buf_puts(out, "<div class=\"tile\"><div class=\"name\">");
    markup_text(out, name);
    buf_printf(out, "</div><div class=\"value%s\">", is_words ? " words" : "");
    markup_text(out, value);
    buf_puts(out, "</div><div class=\"more\">");
    markup_text(out, more);
    buf_puts(out, "</div></div>\n");
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
    put_tile(out, name, quantile_format(value, &q95), more);
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
        put_tile(out, tile_rows[i].name,
                 quantity_text(value, find_quantity(tile_rows[i].key), s), more);
    }
    buf_puts(out, "</section>\n");
}

static void put_figure(const struct plot_row *row, const struct picture *picture,
                       struct buf *out)
{
    bool is_drawn =
        picture->svg[PLOT_WIDE] != NULL && picture->svg[PLOT_NARROW] != NULL;
    buf_puts(out, "<figure>\n<figcaption><h3>");
    markup_text(out, row->title);
    buf_puts(out, "</h3><p class=\"d\">");
    markup_text(out, is_drawn ? row->caption : row->empty);
    buf_puts(out, "</p></figcaption>\n");
    for (size_t size = 0; is_drawn && size < PLOT_SIZES; size++)
        buf_puts(out, picture->svg[size]);
    buf_puts(out, "</figure>\n");
}

static void put_pictures(const struct pictures *p, struct buf *out)
{
    buf_puts(out, "<h2 id=\"pictures\">Pictures</h2>\n");
    if (p->missing != NULL) {
        buf_puts(out, "<p class=\"note\">");
        markup_text(out, p->missing);
        buf_puts(out, "</p>\n");
        return;
    }
    buf_puts(out, "<div class=\"plots\">\n");
    for (size_t i = 0; i < plot_count; i++)
        put_figure(&plot_rows[i], &p->items[i], out);
    buf_puts(out, "</div>\n");
}

static void put_foot(const struct summary *s, struct buf *out)
{
    buf_puts(out, "<footer>Written by ");
    markup_text(out, s->tool);
    buf_puts(out,
             ". The same numbers for programs: <a href=\"summary.json\">summary.json"
             "</a>, <a href=\"summary.md\">summary.md</a>, <a href=\"junit.xml\">"
             "junit.xml</a>, <a href=\"metrics.om\">metrics.om</a>.</footer>\n"
             "</main>\n</body>\n</html>\n");
}

void summary_html(const struct summary *s, const struct pictures *pictures,
                  struct buf *out)
{
    put_head(s, out);
    put_top(s, out);
    put_verdict(s, out);
    put_run(s, out);
    put_tiles(s, out);
    html_slos(s, out);
    html_latency(s, out);
    put_pictures(pictures, out);
    html_errors(s, out);
    html_classes(s, out);
    html_numbers(s, out);
    html_accounting(s, out);
    html_notes(s, out);
    html_setup(s, out);
    html_failures(s, out);
    put_foot(s, out);
}
