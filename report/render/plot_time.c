/*
 * Pictures over time; see plot_time.h. A picture has at most POINTS points: more
 * do not fit on a page and only make it heavy.
 */
#include "render/plot_time.h"

#include "render/axis.h"
#include "render/plot.h"

#include <math.h>

#define POINTS 150
#define BAND_POINTS 75
#define BAND_REQUESTS 30 /* a point should stand for so many, on average */
#define ERROR_BARS 60
#define ERROR_CLASSES 5 /* shown by name, the rest as "other" */

/* Fewest observations of a point of each line: below, it would be an extreme, not
 * a percentile. */
static const struct {
    const char *name;
    double percentile;
    uint64_t enough;
    unsigned ink;
    double width;
} line_rows[] = {
    {"p50", 50, 4, INK_1, 2.5},
    {"p95", 95, 20, INK_2, 1.5},
    {"p99", 99, 100, INK_4, 1.5},
};

static size_t merge_for(const struct summary *s, size_t points)
{
    size_t merge = (s->timeline.count + points - 1) / points;
    return merge > 0 ? merge : 1;
}

static double middle_of(const struct timeline *t, size_t i)
{
    return ((double)i + 0.5) * (double)t->width_s;
}

bool time_is_empty(const struct summary *s)
{
    return s->activity_whole.due == 0;
}

void rates_data(const struct summary *s, struct buf *out)
{
    struct timeline t;
    timeline_coarsen(&s->timeline, merge_for(s, POINTS), &t);
    buf_puts(out, "$rates << EOD\n");
    for (size_t i = 0; i < t.count; i++) {
        const struct activity *a = &t.moments[i].activity;
        buf_printf(out, "%.6g %.6g %.6g %.6g\n", middle_of(&t, i),
                   (double)t.moments[i].scheduled / t.width_s,
                   (double)a->sent / t.width_s, (double)a->ok / t.width_s);
    }
    buf_puts(out, "EOD\n");
    timeline_release(&t);
}

void rates_draw(const struct summary *s, struct buf *out)
{
    axis_time(s, out);
    buf_printf(
        out,
        "unset logscale y\nset yrange [0:*]\nset ytics autofreq\n"
        "plot $rates using 1:2 with lines lw 4 lc rgb \"#%02x%02x%02x\" title "
        "\"offered\", $rates using 1:3 with lines lw 1.5 lc rgb \"#%02x%02x%02x\" "
        "title \"started\", $rates using 1:4 with lines lw 2 lc rgb "
        "\"#%02x%02x%02x\" title \"succeeded\"\n",
        INK_5, INK_5, INK_5, INK_2, INK_2, INK_2, INK_1, INK_1, INK_1);
}

/* Moments merged so that a point stands for BAND_REQUESTS, but at least ten
 * points remain. */
static void band_timeline(const struct summary *s, enum band band, struct timeline *out)
{
    uint64_t all = 0;
    for (size_t i = 0; i < s->timeline.count; i++)
        all += moment_count(&s->timeline.moments[i], band);
    double points = fmin(fmax((double)all / BAND_REQUESTS, 10), BAND_POINTS);
    timeline_coarsen(&s->timeline, merge_for(s, (size_t)points), out);
}

static double line_at(const struct moment *m, enum band band, size_t line)
{
    int64_t us =
        moment_quantile_us(m, band, line_rows[line].percentile, line_rows[line].enough);
    return us < 0 ? (double)NAN : fmax((double)us, 1) / 1e6;
}

/* Time, p50, p95, p99. */
static void put_lines(const struct timeline *t, enum band band, struct buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        buf_printf(out, "%.6g", middle_of(t, i));
        for (size_t line = 0; line < ARRAY_LEN(line_rows); line++)
            buf_printf(out, " %.6g", line_at(&t->moments[i], band, line));
        buf_putc(out, '\n');
    }
}

/* Time, p50, p95 where both are; an empty line where not: another area begins. */
static void put_area(const struct timeline *t, enum band band, struct buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        double p50 = line_at(&t->moments[i], band, 0);
        double p95 = line_at(&t->moments[i], band, 1);
        if (isnan(p50 + p95))
            buf_putc(out, '\n');
        else
            buf_printf(out, "%.6g %.6g %.6g\n", middle_of(t, i), p50, p95);
    }
}

static void band_data(const struct summary *s, enum band band, const char *name,
                      struct buf *out)
{
    struct timeline t;
    band_timeline(s, band, &t);
    buf_printf(out, "$%s_time << EOD\n", name);
    put_lines(&t, band, out);
    buf_printf(out, "EOD\n$%s_area << EOD\n", name);
    put_area(&t, band, out);
    buf_puts(out, "EOD\n");
    timeline_release(&t);
}

/* Is there any point of the line? */
static bool has_line(const struct timeline *t, enum band band, size_t line)
{
    for (size_t i = 0; i < t->count; i++)
        if (!isnan(line_at(&t->moments[i], band, line)))
            return true;
    return false;
}

/* The y axis holds every point, and the limits of SLOs on this metric. */
static void band_axis(const struct summary *s, enum band band, enum metric metric,
                      struct buf *out)
{
    double low = 1e9, high = 0;
    struct timeline t;
    band_timeline(s, band, &t);
    for (size_t i = 0; i < t.count; i++) {
        for (size_t line = 0; line < ARRAY_LEN(line_rows); line++) {
            double y = line_at(&t.moments[i], band, line);
            low = isnan(y) ? low : fmin(low, y);
            high = isnan(y) ? high : fmax(high, y);
        }
    }
    timeline_release(&t);
    for (size_t i = 0; i < s->slo_count; i++)
        if (s->slos[i].slo.kind == SLO_LATENCY && s->slos[i].slo.metric == metric)
            high = fmax(high, (double)s->slos[i].slo.limit_ns / 1e9);
    axis_latency(low, high, out);
}

static void band_limits(const struct summary *s, enum metric metric, struct buf *out)
{
    for (size_t i = 0; i < s->slo_count; i++) {
        const struct slo_result *row = &s->slos[i];
        if (row->slo.kind == SLO_LATENCY && row->slo.metric == metric)
            buf_printf(
                out,
                ", %.9g with lines lw 1.5 dt (6,4) lc rgb \"#%02x%02x%02x\" title "
                "\"p%g limit\"",
                (double)row->slo.limit_ns / 1e9, INK_BAD, INK_BAD, INK_BAD,
                row->slo.percentile);
    }
}

static void band_draw(const struct summary *s, enum band band, enum metric metric,
                      struct buf *out)
{
    const char *name = metric_rows[metric].name;
    struct timeline t;
    axis_time(s, out);
    band_axis(s, band, metric, out);
    band_timeline(s, band, &t);
    const char *between = "plot ";
    if (has_line(&t, band, 1)) {
        buf_printf(out,
                   "plot $%s_area using 1:2:3 with filledcurves fillstyle solid 0.18 "
                   "noborder lc rgb \"#%02x%02x%02x\" notitle",
                   name, INK_1, INK_1, INK_1);
        between = ", ";
    }
    for (size_t i = 0; i < ARRAY_LEN(line_rows); i++) {
        unsigned ink = line_rows[i].ink;
        if (!has_line(&t, band, i))
            continue;
        buf_printf(out,
                   "%s$%s_time using 1:%zu with lines lw %g lc rgb \"#%02x%02x%02x\" "
                   "title \"%s\"",
                   between, name, i + 2, line_rows[i].width, ink, ink, ink,
                   line_rows[i].name);
        between = ", ";
    }
    timeline_release(&t);
    band_limits(s, metric, out);
    buf_putc(out, '\n');
}

/* Where there is any line there is a median: it needs the fewest requests. */
static bool band_is_empty(const struct summary *s, enum band band)
{
    struct timeline t;
    band_timeline(s, band, &t);
    bool is_empty = !has_line(&t, band, 0);
    timeline_release(&t);
    return is_empty;
}

bool ttft_is_empty(const struct summary *s)
{
    return band_is_empty(s, BAND_TTFT);
}

void ttft_data(const struct summary *s, struct buf *out)
{
    band_data(s, BAND_TTFT, metric_rows[METRIC_TTFT].name, out);
}

void ttft_draw(const struct summary *s, struct buf *out)
{
    band_draw(s, BAND_TTFT, METRIC_TTFT, out);
}

bool e2e_is_empty(const struct summary *s)
{
    return band_is_empty(s, BAND_E2E);
}

void e2e_data(const struct summary *s, struct buf *out)
{
    band_data(s, BAND_E2E, metric_rows[METRIC_E2E].name, out);
}

void e2e_draw(const struct summary *s, struct buf *out)
{
    band_draw(s, BAND_E2E, METRIC_E2E, out);
}

bool in_flight_is_empty(const struct summary *s)
{
    return isnan(s->in_flight_mean);
}

void in_flight_data(const struct summary *s, struct buf *out)
{
    struct timeline t;
    timeline_coarsen(&s->timeline, merge_for(s, POINTS), &t);
    buf_puts(out, "$flight << EOD\n");
    for (size_t i = 0; i < t.count; i++) {
        const struct moment *m = &t.moments[i];
        double mean = m->health_lines > 0
                          ? (double)m->in_flight_sum / (double)m->health_lines
                          : (double)NAN;
        buf_printf(out, "%.6g %.6g %.6g\n", middle_of(&t, i), mean,
                   (double)m->in_flight_max);
    }
    buf_puts(out, "EOD\n");
    timeline_release(&t);
}

void in_flight_draw(const struct summary *s, struct buf *out)
{
    axis_time(s, out);
    buf_printf(
        out,
        "unset logscale y\nset yrange [0:*]\nset ytics autofreq\n"
        "plot $flight using 1:2 with filledcurves y1=0 fillstyle solid 0.18 noborder "
        "lc rgb \"#%02x%02x%02x\" notitle, $flight using 1:2 with lines lw 2 lc rgb "
        "\"#%02x%02x%02x\" title \"mean\", $flight using 1:3 with lines lw 1 lc rgb "
        "\"#%02x%02x%02x\" title \"most\"\n",
        INK_1, INK_1, INK_1, INK_1, INK_1, INK_1, INK_5, INK_5, INK_5);
}

/* The classes to name: most frequent first; the rest is "other". */
struct error_classes {
    enum outcome outcome[OUTCOME_COUNT];
    size_t count;
    bool has_other;
};

static struct error_classes error_classes(const struct summary *s)
{
    struct error_classes c = {0};
    c.count = summary_errors(&s->logged, c.outcome);
    c.has_other = c.count > ERROR_CLASSES;
    c.count = c.has_other ? ERROR_CLASSES : c.count;
    return c;
}

bool errors_are_empty(const struct summary *s)
{
    return s->logged.scheduled == s->logged.succeeded;
}

static uint64_t sum_by(const struct moment *m)
{
    uint64_t sum = 0;
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        sum += m->by[o];
    return sum;
}

/* Time, then the height of the stack up to each class, "other" on top. */
void errors_data(const struct summary *s, struct buf *out)
{
    struct timeline t;
    struct error_classes c = error_classes(s);
    timeline_coarsen(&s->timeline, merge_for(s, ERROR_BARS), &t);
    buf_puts(out, "$errors << EOD\n");
    for (size_t i = 0; i < t.count; i++) {
        uint64_t height = 0;
        buf_printf(out, "%.6g", middle_of(&t, i));
        for (size_t k = 0; k < c.count; k++) {
            height += t.moments[i].by[c.outcome[k]];
            buf_printf(out, " %.6g", (double)height / t.width_s);
        }
        buf_printf(out, " %.6g\n", (double)sum_by(&t.moments[i]) / t.width_s);
    }
    buf_puts(out, "EOD\n");
    timeline_release(&t);
}

/* Tallest part of the stack first, so that the lower ones are drawn over it. */
void errors_draw(const struct summary *s, struct buf *out)
{
    static const unsigned inks[ERROR_CLASSES + 1] = {INK_BAD, INK_2, INK_1,
                                                     INK_3,   INK_4, INK_5};
    struct error_classes c = error_classes(s);
    size_t merge = merge_for(s, ERROR_BARS);
    axis_time(s, out);
    buf_printf(out,
               "unset logscale y\nset yrange [0:*]\nset ytics autofreq\nset format y "
               "\"%%g/s\"\nset boxwidth %.6g\nplot ",
               0.9 * (double)merge * (double)s->timeline.width_s);
    for (size_t k = c.count + (c.has_other ? 1 : 0); k > 0; k--) {
        const char *name = k > c.count ? "other" : outcome_rows[c.outcome[k - 1]].name;
        unsigned ink = inks[k - 1];
        buf_printf(out,
                   "$errors using 1:%zu with boxes fillstyle solid 1 noborder lc rgb "
                   "\"#%02x%02x%02x\" title \"%s\"%s",
                   k + 1, ink, ink, ink, name, k > 1 ? ", " : "\n");
    }
}
