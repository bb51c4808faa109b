/*
 * What a run spent; see plot_spending.h. A point is the most that its seconds told,
 * NaN where none did.
 */
#include "render/plot_spending.h"

#include "render/axis.h"
#include "render/plot.h"

#include <math.h>
#include <string.h>

#define POINTS 150

static double spent_at(const struct moment *m)
{
    return m->spent_count > 0 ? m->spent : (double)NAN;
}

static double rate_at(const struct moment *m)
{
    return m->spent_per_h_count > 0 ? m->spent_per_h : (double)NAN;
}

static bool is_empty(const struct summary *s, double (*at)(const struct moment *m))
{
    for (size_t i = 0; i < s->timeline.count; i++)
        if (isfinite(at(&s->timeline.moments[i])))
            return false;
    return true;
}

static void put_data(const struct summary *s, const char *name,
                     double (*at)(const struct moment *m), struct buf *out)
{
    struct timeline t;
    size_t merge = (s->timeline.count + POINTS - 1) / POINTS;
    timeline_coarsen(&s->timeline, merge > 0 ? merge : 1, &t);
    buf_printf(out, "$%s << EOD\n", name);
    for (size_t i = 0; i < t.count; i++)
        buf_printf(out, "%.6g %.9g\n", (double)(i + 1) * t.width_s, at(&t.moments[i]));
    buf_puts(out, "EOD\n");
    timeline_release(&t);
}

/* "$5/h", "5 EUR/h" */
static void put_format(const struct summary *s, const char *per, struct buf *out)
{
    bool is_usd = strcmp(s->currency, "USD") == 0;
    buf_printf(out, "set format y \"%s%%g%s%s%s\"\n", is_usd ? "$" : "",
               is_usd ? "" : " ", is_usd ? "" : s->currency, per);
}

/* The limit is drawn where what was spent comes near it: far above, it would press the
 * line to the ground. */
static void draw(const struct summary *s, const char *name, const char *title,
                 const char *per, double limit, double most, struct buf *out)
{
    axis_time(s, out);
    buf_puts(out, "unset logscale y\nset yrange [0:*]\nset ytics autofreq\n");
    put_format(s, per, out);
    buf_printf(out,
               "plot $%s using 1:2 with lines lw 2 lc rgb \"#%02x%02x%02x\" title "
               "\"%s\"",
               name, INK_1, INK_1, INK_1, title);
    if (limit > 0 && limit < 4 * most)
        buf_printf(out,
                   ", %.9g with lines lw 1.5 dt (6,4) lc rgb \"#%02x%02x%02x\" title "
                   "\"limit\"",
                   limit, INK_BAD, INK_BAD, INK_BAD);
    buf_putc(out, '\n');
}

static double most_of(const struct summary *s, double (*at)(const struct moment *m))
{
    double most = 0;
    for (size_t i = 0; i < s->timeline.count; i++)
        most = fmax(most, at(&s->timeline.moments[i])); /* of NaN: the other */
    return most;
}

bool spent_is_empty(const struct summary *s)
{
    return is_empty(s, spent_at);
}

void spent_data(const struct summary *s, struct buf *out)
{
    put_data(s, "spent", spent_at, out);
}

void spent_draw(const struct summary *s, struct buf *out)
{
    draw(s, "spent", "spent", "", s->budget, most_of(s, spent_at), out);
}

bool spend_rate_is_empty(const struct summary *s)
{
    return is_empty(s, rate_at);
}

void spend_rate_data(const struct summary *s, struct buf *out)
{
    put_data(s, "spend_rate", rate_at, out);
}

void spend_rate_draw(const struct summary *s, struct buf *out)
{
    draw(s, "spend_rate", "over the last minute", "/h", s->budget_per_h,
         most_of(s, rate_at), out);
}
