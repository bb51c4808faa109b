/*
 * One latency, two arms; see verdict_curves.h. Both pictures ask the arms that the
 * gates asked (report/stats/arm.h): failures are slower than everything, and prompt
 * lengths are weighed where the schedules differ.
 */
#include "render/verdict_curves.h"

#include "render/axis.h"
#include "render/curve.h"
#include "render/verdict_plots.h"

#include <math.h>
#include <stdio.h>

#define LOWEST 0.05        /* the share from which the y axis starts */
#define HIGHEST 0.999      /* the share to which it goes */
#define BAND_WIDTH 1.13    /* of an interval: a factor on the percentile axis */
#define OPEN_END 20.0      /* a logarithm that is off every axis */
#define WINDOW_REQUESTS 60 /* a point over time should stand for so many */
#define WINDOWS_MIN 10
#define WINDOWS_MAX 60
#define BLOCK_NAME 48

/* A line over time, and the fewest requests that give a point. */
static const struct {
    const char *name;
    double p;
    uint64_t enough;
    const char *dashes;
} line_rows[] = {{"p50", 0.50, 4, "dt (4,3)"}, {"p95", 0.95, 20, ""}};

#define LATENCY_WORDS(id, name, label, strata, headline, definition)                   \
    [METRIC_##id] = {                                                                  \
        {name "_percentiles", "By percentile: " label,                                 \
         "Each line gives the latency that this share of the requests did not "        \
         "exceed; it ends where failed requests begin. Boxes: where the canary's "     \
         "judged quantile lies (90 % interval). Red: the most that is allowed. "       \
         "Dotted: fewer requests than that percentile needs.",                         \
         "No request had this latency."},                                              \
        {name "_time", "Over time: " label,                                            \
         "By the time a request was due, seconds that were judged only. A gap in a "   \
         "line: too few requests, or too many failed.",                                \
         "No request had this latency."},                                              \
    },
static const struct {
    struct plot_words percentiles, time;
} word_rows[METRIC_COUNT] = {METRIC_LIST(LATENCY_WORDS)};
#undef LATENCY_WORDS

/* Both arms of a metric, and the range of what they measured. */
struct pair {
    enum metric metric;
    struct strata strata;
    const struct slices *series[SIDES];
    struct arm *arms[SIDES];
    double low_s, high_s;
};

static double quantile_s(const struct arm *a, double p)
{
    double us = arm_requests(a) > 0 ? arm_quantile(a, p) : HUGE_VAL;
    return isfinite(us) ? fmax(us, 1) / 1e6 : (double)NAN;
}

static void stretch(struct pair *p, double s)
{
    p->low_s = isnan(s) ? p->low_s : fmin(p->low_s, s);
    p->high_s = isnan(s) ? p->high_s : fmax(p->high_s, s);
}

static void pair_init(struct pair *pair, struct pairing *p, enum metric m)
{
    *pair = (struct pair){.metric = m, .low_s = HUGE_VAL};
    for (unsigned i = 0; i < SIDES; i++)
        pair->series[i] = pairing_series(p, (enum side)i, m);
    if (p->is_same_schedule || !metric_rows[m].has_strata)
        strata_one(&pair->strata);
    else
        strata_init(&pair->strata, pair->series[SIDE_BASELINE],
                    pair->series[SIDE_CANARY]);
    for (unsigned i = 0; i < SIDES; i++)
        pair->arms[i] =
            arm_new(pair->series[i], 0, slices_count(pair->series[i]), &pair->strata);
}

static void pair_release(struct pair *pair)
{
    for (unsigned i = 0; i < SIDES; i++)
        arm_free(pair->arms[i]);
}

/* ---- by percentile */

static double curve_at(const void *context, double percent)
{
    return quantile_s(context, fmax(percent / 100, 1e-9));
}

/* The gates that judge a quantile of the metric. */
static const struct gate_result *next_gate(const struct verdict *v, enum metric m,
                                           size_t *at)
{
    while (*at < v->result_count) {
        const struct gate_result *r = &v->results[(*at)++];
        if (r->gate->measure == NULL && r->gate->metric == m && r->is_defined &&
            isfinite(r->baseline))
            return r;
    }
    return NULL;
}

/* Percentile axis, low and high end of it, canary's interval, most allowed. An open
 * end lies outside of the picture. */
static void put_bands(const struct verdict *v, struct pair *pair, struct buf *out)
{
    const struct gate_result *r = NULL;
    size_t at = 0;
    buf_printf(out, "$%s_bands << EOD\n", metric_rows[pair->metric].name);
    for (r = next_gate(v, pair->metric, &at); r != NULL;
         r = next_gate(v, pair->metric, &at)) {
        double x = 1 / (1 - r->gate->p), base = r->baseline / 1e6;
        double low = base * exp(fmax(r->low, -OPEN_END));
        double high = base * exp(fmin(r->high, OPEN_END));
        double most = base * exp(r->margin);
        stretch(pair, isfinite(r->low) ? low : most);
        stretch(pair, isfinite(r->high) ? high : most);
        stretch(pair, most);
        buf_printf(out, "%.6g %.6g %.6g %.6g %.6g %.6g\n", x, x / BAND_WIDTH,
                   x * BAND_WIDTH, low, high, most);
    }
    buf_puts(out, "EOD\n");
}

static void draw_bands(const char *name, struct buf *out)
{
    unsigned ink = side_rows[SIDE_CANARY].ink;
    buf_printf(out,
               ", $%s_bands using 1:4:2:3:4:5 with boxxyerror fillstyle transparent "
               "solid 0.35 noborder lc rgb \"#%02x%02x%02x\" title \"interval\", "
               "$%s_bands using 2:6:($3-$2):(0) with vectors nohead lw 3 lc rgb "
               "\"#%02x%02x%02x\" title \"allowed\"\n",
               name, ink, ink, ink, name, INK_BAD, INK_BAD, INK_BAD);
}

static void draw_percentiles(const struct verdict *v, struct pair *pair,
                             struct plot *plot)
{
    const char *name = metric_rows[pair->metric].name;
    uint64_t most = CURVE_AXIS_LEAST;
    for (unsigned i = 0; i < SIDES; i++) {
        uint64_t n = arm_requests(pair->arms[i]);
        buf_printf(&plot->data, "$%s_%s << EOD\n", name, side_rows[i].name);
        curve_put(n, curve_at, pair->arms[i], &plot->data);
        buf_puts(&plot->data, "EOD\n");
        stretch(pair, quantile_s(pair->arms[i], LOWEST));
        stretch(pair, quantile_s(pair->arms[i], HIGHEST));
        most = n > most ? n : most;
    }
    put_bands(v, pair, &plot->data);
    axis_percentile(most, &plot->draw);
    axis_latency(pair->low_s, pair->high_s, &plot->draw);
    for (unsigned i = 0; i < SIDES; i++) {
        char block[BLOCK_NAME];
        (void)snprintf(block, sizeof block, "%s_%s", name,
                       side_rows[i].name); /* fits */
        curve_draw(i == 0 ? "plot " : ", ", block, side_rows[i].name, side_rows[i].ink,
                   side_rows[i].width, &plot->draw);
    }
    draw_bands(name, &plot->draw);
}

/* ---- over time */

static size_t windows_of(const struct arm *a)
{
    double n = (double)arm_requests(a) / WINDOW_REQUESTS;
    return (size_t)fmin(fmax(n, WINDOWS_MIN), WINDOWS_MAX);
}

/* Middle of the window, then a value per line. */
static void put_window(struct pair *pair, enum side side, size_t first, size_t count,
                       struct buf *out)
{
    struct arm *a = arm_new(pair->series[side], first, count, NULL);
    buf_printf(out, "%.6g", (double)first + (double)count / 2);
    for (size_t i = 0; i < ARRAY_LEN(line_rows); i++) {
        bool is_told = arm_requests(a) >= line_rows[i].enough;
        double y = is_told ? quantile_s(a, line_rows[i].p) : (double)NAN;
        stretch(pair, y);
        buf_printf(out, " %.6g", y);
    }
    buf_putc(out, '\n');
    arm_free(a);
}

static void put_windows(struct pair *pair, enum side side, struct buf *out)
{
    size_t seconds = slices_count(pair->series[side]);
    size_t windows = windows_of(pair->arms[side]);
    size_t width = (seconds + windows - 1) / windows;
    buf_printf(out, "$%s_%s_time << EOD\n", metric_rows[pair->metric].name,
               side_rows[side].name);
    for (size_t at = 0; at < seconds; at += width)
        put_window(pair, side, at, seconds - at < width ? seconds - at : width, out);
    buf_puts(out, "EOD\n");
}

static void draw_time(struct pair *pair, struct plot *plot)
{
    const char *between = "plot ";
    size_t seconds = 0;
    pair->low_s = HUGE_VAL;
    pair->high_s = 0;
    for (unsigned i = 0; i < SIDES; i++) {
        size_t n = slices_count(pair->series[i]);
        seconds = n > seconds ? n : seconds;
        put_windows(pair, (enum side)i, &plot->data);
    }
    if (pair->high_s <= 0)
        return; /* nothing was measured often enough */
    axis_seconds((double)seconds, &plot->draw);
    axis_latency(pair->low_s, pair->high_s, &plot->draw);
    for (unsigned i = 0; i < SIDES; i++)
        for (size_t k = 0; k < ARRAY_LEN(line_rows); k++) {
            const struct side_row *side = &side_rows[i];
            buf_printf(&plot->draw,
                       "%s$%s_%s_time using 1:%zu with lines lw %g %s lc rgb "
                       "\"#%02x%02x%02x\" title \"%s %s\"",
                       between, metric_rows[pair->metric].name, side->name, k + 2,
                       side->width, line_rows[k].dashes, side->ink, side->ink,
                       side->ink, side->name, line_rows[k].name);
            between = ", ";
        }
    buf_putc(&plot->draw, '\n');
}

void verdict_curves(const struct verdict *v, struct pairing *p, enum metric m,
                    struct plots *out)
{
    struct pair pair;
    pair_init(&pair, p, m);
    bool is_measured =
        arm_requests(pair.arms[SIDE_BASELINE]) > 0 &&
        arm_requests(pair.arms[SIDE_CANARY]) > 0 &&
        (pairing_has(p, SIDE_BASELINE, m) || pairing_has(p, SIDE_CANARY, m));
    struct plot *plot = plots_add(out, &word_rows[m].percentiles);
    if (is_measured)
        draw_percentiles(v, &pair, plot);
    plot = plots_add(out, &word_rows[m].time);
    if (is_measured)
        draw_time(&pair, plot);
    pair_release(&pair);
}
