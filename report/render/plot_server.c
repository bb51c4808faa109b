/*
 * The pictures of what the server said over time; see plot_server.h. A point is the
 * mean of the answers of its seconds (of a budget: the least), NaN without any.
 */
#include "render/plot_server.h"

#include "render/axis.h"
#include "render/plot.h"

#include <math.h>

#define POINTS 150

/* A line of a picture: which gauge, and in what words. */
struct gauge_line {
    enum moment_gauge gauge;
    const char *title;
    double factor;
    unsigned ink;
};

static const struct gauge_line load_lines[] = {
    {GAUGE_QUEUE, "waiting", 1, INK_2},
    {GAUGE_RUNNING, "running", 1, INK_1},
};
static const struct gauge_line use_lines[] = {
    {GAUGE_KV_USE, "key-value cache", 100, INK_1},
    {GAUGE_GPU_USE, "GPU busy", 100, INK_2},
    {GAUGE_CACHE_HITS, "prefix cache hits", 100, INK_3},
    {GAUGE_GPU_MEMORY, "GPU memory", 100, INK_4},
};

static void coarse(const struct summary *s, struct timeline *out)
{
    size_t merge = (s->timeline.count + POINTS - 1) / POINTS;
    timeline_coarsen(&s->timeline, merge > 0 ? merge : 1, out);
}

static double middle_of(const struct timeline *t, size_t i)
{
    return ((double)i + 0.5) * (double)t->width_s;
}

static double gauge_at(const struct moment *m, enum moment_gauge gauge)
{
    return m->gauge_count[gauge] > 0
               ? m->gauge_sum[gauge] / (double)m->gauge_count[gauge]
               : (double)NAN;
}

static bool has_gauge(const struct summary *s, enum moment_gauge gauge)
{
    for (size_t i = 0; i < s->timeline.count; i++)
        if (s->timeline.moments[i].gauge_count[gauge] > 0)
            return true;
    return false;
}

static bool gauges_are_empty(const struct summary *s, const struct gauge_line *lines,
                             size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has_gauge(s, lines[i].gauge))
            return false;
    return true;
}

static void gauges_data(const struct summary *s, const char *name,
                        const struct gauge_line *lines, size_t n, struct buf *out)
{
    struct timeline t;
    coarse(s, &t);
    buf_printf(out, "$%s << EOD\n", name);
    for (size_t i = 0; i < t.count; i++) {
        buf_printf(out, "%.6g", middle_of(&t, i));
        for (size_t k = 0; k < n; k++)
            buf_printf(out, " %.6g",
                       gauge_at(&t.moments[i], lines[k].gauge) * lines[k].factor);
        buf_putc(out, '\n');
    }
    buf_puts(out, "EOD\n");
    timeline_release(&t);
}

static void put_line(const char *between, const char *data, size_t column, unsigned ink,
                     const char *title, struct buf *out)
{
    buf_printf(out,
               "%s$%s using 1:%zu with lines lw 2 lc rgb \"#%02x%02x%02x\" title "
               "\"%s\"",
               between, data, column, ink, ink, ink, title);
}

static void gauges_draw(const struct summary *s, const char *name,
                        const struct gauge_line *lines, size_t n, struct buf *out)
{
    const char *between = "plot ";
    for (size_t k = 0; k < n; k++) {
        if (!has_gauge(s, lines[k].gauge))
            continue;
        put_line(between, name, k + 2, lines[k].ink, lines[k].title, out);
        between = ", ";
    }
    buf_putc(out, '\n');
}

bool server_load_is_empty(const struct summary *s)
{
    return gauges_are_empty(s, load_lines, ARRAY_LEN(load_lines));
}

void server_load_data(const struct summary *s, struct buf *out)
{
    gauges_data(s, "server_load", load_lines, ARRAY_LEN(load_lines), out);
}

void server_load_draw(const struct summary *s, struct buf *out)
{
    axis_time(s, out);
    buf_puts(out, "unset logscale y\nset yrange [0:*]\nset ytics autofreq\n");
    gauges_draw(s, "server_load", load_lines, ARRAY_LEN(load_lines), out);
}

static void percent_axis(const struct summary *s, struct buf *out)
{
    axis_time(s, out);
    buf_puts(out, "unset logscale y\nset yrange [0:100]\nset ytics autofreq\n"
                  "set format y \"%g %%\"\n");
}

bool server_use_is_empty(const struct summary *s)
{
    return gauges_are_empty(s, use_lines, ARRAY_LEN(use_lines));
}

void server_use_data(const struct summary *s, struct buf *out)
{
    gauges_data(s, "server_use", use_lines, ARRAY_LEN(use_lines), out);
}

void server_use_draw(const struct summary *s, struct buf *out)
{
    percent_axis(s, out);
    gauges_draw(s, "server_use", use_lines, ARRAY_LEN(use_lines), out);
}

/* ---- budgets ---- */

/* Percent of its limit that was left at the least. */
static double budget_at(const struct summary *s, const struct moment *m, size_t budget)
{
    return m->budget_count[budget] > 0
               ? m->budget_min[budget] / s->server.budgets[budget].limit * 100
               : (double)NAN;
}

static bool has_budget(const struct summary *s, size_t budget)
{
    for (size_t i = 0; i < s->timeline.count; i++)
        if (isfinite(budget_at(s, &s->timeline.moments[i], budget)))
            return true;
    return false;
}

bool budget_is_empty(const struct summary *s)
{
    for (size_t k = 0; k < s->server.budget_count; k++)
        if (has_budget(s, k))
            return false;
    return true;
}

void budget_data(const struct summary *s, struct buf *out)
{
    struct timeline t;
    coarse(s, &t);
    buf_puts(out, "$budget << EOD\n");
    for (size_t i = 0; i < t.count; i++) {
        buf_printf(out, "%.6g", middle_of(&t, i));
        for (size_t k = 0; k < s->server.budget_count; k++)
            buf_printf(out, " %.6g", budget_at(s, &t.moments[i], k));
        buf_putc(out, '\n');
    }
    buf_puts(out, "EOD\n");
    timeline_release(&t);
}

void budget_draw(const struct summary *s, struct buf *out)
{
    static const unsigned inks[] = {INK_1, INK_2, INK_3, INK_4, INK_5};
    const char *between = "plot ";
    percent_axis(s, out);
    for (size_t k = 0; k < s->server.budget_count; k++) {
        const struct budget_summary *b = &s->server.budgets[k];
        struct buf title;
        if (!has_budget(s, k))
            continue;
        buf_init(&title, 64);
        buf_printf(&title, "%s%s", b->of, b->window_s > 0 ? "" : " left");
        if (b->window_s > 0)
            buf_printf(&title, " in %g s", b->window_s);
        put_line(between, "budget", k + 2, inks[k % ARRAY_LEN(inks)], title.data, out);
        buf_release(&title);
        between = ", ";
    }
    buf_putc(out, '\n');
}
