/* Axes for gnuplot; see axis.h. */
#include "render/axis.h"

#include "base/units.h"
#include "render/plot.h"

#include <math.h>
#include <stdio.h>

#define TIME_TICS 6

static void put_tic(struct buf *out, double at, bool *is_first)
{
    char text[UNITS_TEXT];
    double s = at < 1 ? at * 1e3 : at; /* 0.02 -> 20 ms, 0.0005 -> 0.5 ms */
    (void)snprintf(text, sizeof text, "%g %s", s, at < 1 ? "ms" : "s");
    buf_printf(out, "%s\"%s\" %.9g", *is_first ? "" : ", ", text, at);
    *is_first = false;
}

static void put_log_tics(double lowest_s, double highest_s, struct buf *out)
{
    static const double steps[] = {1, 2, 5};
    double decades = log10(highest_s / lowest_s);
    bool is_first = true;
    buf_puts(out, "set ytics (");
    for (int power = (int)floor(log10(lowest_s)); power <= 4; power++) {
        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
            double at = steps[i] * pow(10, power);
            bool is_wanted = decades <= 2 || i == 0;
            if (is_wanted && at >= lowest_s * 0.999 && at <= highest_s * 1.001)
                put_tic(out, at, &is_first);
        }
    }
    buf_puts(out, ")\n");
}

/* The step of 1, 2 or 5 times a power of ten that gives about five tics. */
static double linear_step(double highest)
{
    double rough = highest / 5, power = pow(10, floor(log10(rough)));
    double digit = rough / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

static void put_linear_tics(double highest_s, struct buf *out)
{
    double step = linear_step(highest_s);
    const char *unit = highest_s < 1 ? "ms" : "s";
    double factor = highest_s < 1 ? 1e3 : 1;
    buf_puts(out, "set ytics (\"0\" 0");
    for (int i = 1; step * i <= highest_s * 1.2; i++)
        buf_printf(out, ", \"%.4g %s\" %.9g", step * i * factor, unit, step * i);
    buf_puts(out, ")\n");
}

void axis_latency(double lowest_s, double highest_s, struct buf *out)
{
    double low = fmax(lowest_s, 1e-6), high = fmax(highest_s, low * 1.01);
    if (high / low > 10) {
        double floor_s = pow(10, floor(log10(low) * 3) / 3);
        buf_printf(out, "set logscale y\nset yrange [%.9g:%.9g]\n", floor_s,
                   high * 1.3);
        put_log_tics(floor_s, high * 1.3, out);
        return;
    }
    buf_printf(out, "unset logscale y\nset yrange [0:%.9g]\n", high * 1.1);
    put_linear_tics(high, out);
}

/* The end of the last moment in which anything happened. */
static double end_of(const struct summary *s)
{
    size_t count = s->timeline.count;
    while (count > 1) {
        const struct moment *m = &s->timeline.moments[count - 1];
        if (m->activity.due + m->activity.done + m->in_flight_sum > 0)
            break;
        count--;
    }
    return (double)count * (double)s->timeline.width_s;
}

static void shade(double from_s, double to_s, struct buf *out)
{
    if (to_s - from_s > 0.5)
        buf_printf(out,
                   "set object rectangle from %.9g, graph 0 to %.9g, graph 1 behind "
                   "fillcolor rgb \"#%02x%02x%02x\" fillstyle solid 1 noborder\n",
                   from_s, to_s, INK_SHADE, INK_SHADE, INK_SHADE);
}

/* As people count time; more than TIME_TICS of them would touch on a phone. */
static double time_step(double end_s)
{
    static const double steps[] = {1,     2,     5,     10,    15,    30,   60,
                                   120,   300,   600,   900,   1800,  3600, 7200,
                                   10800, 21600, 43200, 86400, 172800};
    size_t i = 0;
    while (i + 1 < ARRAY_LEN(steps) && end_s > TIME_TICS * steps[i])
        i++;
    return steps[i];
}

void axis_seconds(double end_s, struct buf *out)
{
    const char *kind = end_s <= 180 ? "numeric" : "time";
    const char *format = end_s <= 180 ? "%g s" : end_s <= 7200 ? "%tM:%tS" : "%tH:%tM";
    buf_printf(out,
               "unset logscale x\nset xrange [0:%.9g]\nset xtics %s %g\n"
               "set format x \"%s\"\n",
               end_s, kind, time_step(end_s), format);
}

void axis_time(const struct summary *s, struct buf *out)
{
    double end_s = end_of(s);
    axis_seconds(end_s, out);
    shade(0, s->window_start_s, out);
    shade(s->window_end_s, end_s, out);
}

void axis_percentile(uint64_t n, struct buf *out)
{
    static const char *const names[] = {"50 %%",    "90 %%",     "99 %%",     "99.9 %%",
                                        "99.99 %%", "99.999 %%", "99.9999 %%"};
    double last = fmax((double)n, 20);
    size_t step = last > 2e5 ? 2 : 1; /* more labels would touch on a phone */
    buf_printf(out, "set logscale x\nset xrange [1:%.9g]\nset xtics (\"%s\" 2", last,
               names[0]);
    for (size_t i = 1; i < ARRAY_LEN(names) && pow(10, (double)i) <= last; i += step)
        buf_printf(out, ", \"%s\" %.9g", names[i], pow(10, (double)i));
    buf_puts(out, ")\n");
}

void axis_strata(size_t first, size_t last, struct buf *out)
{
    buf_printf(out, "unset logscale x\nset xrange [%g:%g]\nset xtics (",
               (double)first - 0.7, (double)last + 0.7);
    size_t step = last - first > 16 ? 4 : 2;
    bool is_first = true;
    for (size_t i = (first + step - 1) / step * step; i <= last; i += step) {
        double tokens = pow(2, (double)i / 2);
        buf_printf(out, tokens < 1024 ? "%s\"%g\" %g" : "%s\"%gk\" %g",
                   is_first ? "" : ", ", tokens < 1024 ? tokens : tokens / 1024,
                   (double)i - 0.5);
        is_first = false;
    }
    buf_puts(out, ")\n");
}
