/* The page of a capacity search; see capacity_html.h. */
#include "render/capacity_html.h"

#include "base/units.h"
#include "render/capacity_sheet.h"
#include "render/page.h"

#include <math.h>
#include <stdio.h>

static void put_facts(const struct capacity *c, struct buf *out)
{
    char text[64];
    buf_puts(out, "<dl class=\"run\">\n");
    page_fact("target", c->target, out);
    page_fact("model", c->model, out);
    page_fact("started", c->started, out);
    (void)snprintf(text, sizeof text, "%zu", c->point_count);
    page_fact("trials", text, out);
    if (isfinite(c->elapsed_s))
        page_fact("took", units_format_ns(text, (int64_t)(c->elapsed_s * 1e9)), out);
    page_fact("ended", c->end, out);
    buf_puts(out, "</dl>\n");
}

static void put_tile(const struct capacity *c, const char *tone, const char *name,
                     double load, const char *more, struct buf *out)
{
    char value[64] = "n/a";
    if (isfinite(load))
        (void)snprintf(value, sizeof value, "%.4g%s", load, capacity_unit(c->axis));
    page_tile(tone, name, value, more, out);
}

static void put_tiles(const struct capacity *c, struct buf *out)
{
    char sure[64] = "not confirmed", replicas[64] = "number of replicas not told";
    if (isfinite(c->confidence))
        (void)snprintf(sure, sizeof sure, "within every objective, %.4g %% sure",
                       100 * c->confidence);
    if (isfinite(c->replicas))
        (void)snprintf(replicas, sizeof replicas, "of %.0f replicas, one gone",
                       c->replicas);
    bool is_good = capacity_tone(c->verdict) == TONE_GOOD;
    buf_puts(out, "<section class=\"tiles\" aria-label=\"Headline numbers\">\n");
    put_tile(c, is_good ? "good" : "", "Served", c->feasible_max, sure, out);
    put_tile(c, "", "Not served", c->infeasible_min, "least load above it that failed",
             out);
    put_tile(c, "", "Knee", c->knee, "recommended operating point, not a capacity",
             out);
    put_tile(c, "", "Headroom", c->headroom, replicas, out);
    buf_puts(out, "</section>\n");
}

void capacity_html(const struct capacity *c, const struct sheet *sheet,
                   const struct pictures *pictures, struct buf *out)
{
    static const struct page_link links[] = {
        {"#pictures", "Pictures"}, {"#numbers", "Numbers"}, {NULL, NULL}};
    static const char *const files[] = {"capacity.md", "capacity-report.json", NULL};
    page_begin(sheet->title, out);
    page_top("gust capacity", sheet->title, links, out);
    page_banner(tone_names[capacity_tone(c->verdict)], capacity_word(c->verdict),
                sheet->finding, out);
    put_facts(c, out);
    page_end_banner(out);
    put_tiles(c, out);
    page_pictures(pictures, out);
    buf_puts(out, "<span id=\"numbers\"></span>\n");
    sheet_html_tables(sheet, out);
    page_end("gust", files, out);
}
