/* Pictures of a capacity search; see capacity_plots.h. */
#include "render/capacity_plots.h"

#include "render/axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Shape, not colour, tells what a trial was. */
static const struct {
    const char *mark;
    unsigned ink;
} state_rows[CAPACITY_STATES] = {
    [CAPACITY_PASS] = {"\xe2\x97\x8f", INK_3},    /* disc */
    [CAPACITY_FAIL] = {"\xe2\x9c\x95", INK_BAD},  /* cross */
    [CAPACITY_UNSURE] = {"\xe2\x96\xb3", INK_2},  /* triangle */
    [CAPACITY_INVALID] = {"\xe2\x96\xa1", INK_5}, /* square */
};
#define MARKS                                                                                \
    "a mark per trial: \xe2\x97\x8f passed, \xe2\x9c\x95 failed, \xe2\x96\xb3 too close to " \
    "say, \xe2\x96\xa1 invalid"

/* The latency that trials are marked at: the binding one, else the first. */
struct marked {
    const char *name;
    double percentile;
    double limit_s; /* NAN: none */
};

/* A trial that was decided too early for its percentile is marked at p50. */
static double at_percentile(const struct capacity_latency *l, double percentile)
{
    double wanted = percentile < 70 ? l->p50 : percentile < 97 ? l->p95 : l->p99;
    return isfinite(wanted) ? wanted : l->p50;
}

static const struct capacity_latency *latency_of(const struct capacity_point *p,
                                                 const char *name)
{
    return strcmp(name, "e2e") == 0    ? &p->e2e_s
           : strcmp(name, "tpot") == 0 ? &p->tpot_s
                                       : &p->ttft_s;
}

static struct marked marked_of(const struct capacity *c)
{
    struct marked m = {"ttft", 95, (double)NAN};
    bool is_binding = false;
    for (size_t i = 0; i < c->slo_count && !is_binding; i++) {
        struct slo slo;
        struct err ignored = {0}; /* a text that is no objective draws no line */
        if (slo_parse(c->slos[i], &slo, &ignored) < 0 || slo.kind != SLO_LATENCY ||
            (!isnan(m.limit_s) && !c->is_binding[i]))
            continue;
        const char *name = slo.metric == METRIC_E2E    ? "e2e"
                           : slo.metric == METRIC_TPOT ? "tpot"
                           : slo.metric == METRIC_TTFT ? "ttft"
                                                       : NULL;
        if (name == NULL)
            continue;
        m = (struct marked){name, slo.percentile, (double)slo.limit_ns / 1e9};
        is_binding = c->is_binding[i];
    }
    return m;
}

/* The unloaded trial has one user, whatever the axis. */
static double load_of(const struct capacity_point *p)
{
    return p->phase == CAPACITY_UNLOADED ? p->rate : p->load;
}

static int by_load(const void *a, const void *b)
{
    const struct capacity_point *x = *(const struct capacity_point *const *)a;
    const struct capacity_point *y = *(const struct capacity_point *const *)b;
    return (load_of(x) > load_of(y)) - (load_of(x) < load_of(y));
}

/* Numbers for gnuplot; what is not one is missing. */
static void put_number(double x, struct buf *out)
{
    if (isfinite(x))
        buf_printf(out, " %.9g", x);
    else
        buf_puts(out, " NaN");
}

static double x_of(const struct capacity *c, const struct capacity_point *p)
{
    return c->axis == CAPACITY_RATE ? load_of(p) : p->load;
}

/* Valid trials by load: load, p50, p95, p99 of the marked latency, rate, goodput, in
 * flight. Then a block per state: x, marked latency, rate, goodput, in flight. */
static void put_data(const struct capacity *c, const struct marked *m, struct buf *out)
{
    const struct capacity_point **all = xcalloc(c->point_count + 1, sizeof *all);
    for (size_t i = 0; i < c->point_count; i++)
        all[i] = &c->points[i];
    qsort(all, c->point_count, sizeof *all, by_load);
    for (int state = -1; state < CAPACITY_STATES; state++) {
        if (state < 0)
            buf_puts(out, "$cap << EOD\n");
        else
            buf_printf(out, "$cap_%s << EOD\n", capacity_states[state]);
        for (size_t i = 0; i < c->point_count; i++) {
            const struct capacity_point *p = all[i];
            const struct capacity_latency *l = latency_of(p, m->name);
            if (state < 0 ? p->state == CAPACITY_INVALID : (int)p->state != state)
                continue;
            const double row[] = {x_of(c, p),
                                  l->p50,
                                  l->p95,
                                  l->p99,
                                  p->rate,
                                  p->goodput,
                                  p->in_flight_mean,
                                  at_percentile(l, m->percentile)};
            for (size_t k = 0; k < ARRAY_LEN(row); k++)
                put_number(row[k], out);
            buf_putc(out, '\n');
        }
        buf_puts(out, "EOD\n");
    }
    free(all);
}

static void put_ink(unsigned ink, struct buf *out)
{
    buf_printf(out, " lc rgb \"#%02x%02x%02x\"", ink, ink, ink);
}

static void put_line(const char *between, int column, const char *title, unsigned ink,
                     const char *dash, struct buf *out)
{
    buf_printf(out, "%s$cap using 1:%d smooth unique with lines lw 2%s", between,
               column, dash);
    put_ink(ink, out);
    buf_printf(out, " title \"%s\"", title);
}

/* The marks of all states that there are, at columns x and y. */
static void put_marks(const struct capacity *c, const char *between, int x, int y,
                      struct buf *out)
{
    for (int state = 0; state < CAPACITY_STATES; state++) {
        size_t n = 0;
        for (size_t i = 0; i < c->point_count; i++)
            n += (int)c->points[i].state == state;
        if (n == 0)
            continue;
        unsigned ink = state_rows[state].ink;
        buf_printf(out,
                   "%s$cap_%s using %d:%d:(\"%s\") with labels textcolor rgb "
                   "\"#%02x%02x%02x\" notitle",
                   between, capacity_states[state], x, y, state_rows[state].mark, ink,
                   ink, ink);
        between = ", ";
    }
}

static double load_most(const struct capacity *c)
{
    double most = 0;
    for (size_t i = 0; i < c->point_count; i++)
        most = fmax(most, x_of(c, &c->points[i]));
    return most > 0 ? most : 1;
}

/* x axis of loads, and a line where the objectives stop to hold. */
static void put_load_axis(const struct capacity *c, struct buf *out)
{
    buf_printf(out,
               "unset logscale\nset xrange [0:%.9g]\nset xtics autofreq\nset format x "
               "\"%%g\"\nset xlabel \"%s\" textcolor rgb \"#%02x%02x%02x\"\n",
               1.05 * load_most(c),
               c->axis == CAPACITY_USERS ? "users" : "arrivals per second", INK_TEXT,
               INK_TEXT, INK_TEXT);
    if (!isfinite(c->feasible_max))
        return;
    buf_printf(out, "set arrow from %.9g, graph 0 to %.9g, graph 1 nohead dt 2",
               c->feasible_max, c->feasible_max);
    put_ink(INK_AXIS, out);
    buf_putc(out, '\n');
}

static void put_latency(const struct capacity *c, const struct marked *m,
                        struct plot *plot)
{
    struct buf *out = &plot->draw;
    double low = HUGE_VAL, high = 0;
    for (size_t i = 0; i < c->point_count; i++) {
        const struct capacity_latency *l = latency_of(&c->points[i], m->name);
        if (isfinite(l->p50) && l->p50 > 0)
            low = fmin(low, l->p50);
        high = fmax(high, isfinite(l->p99) ? l->p99 : isfinite(l->p95) ? l->p95 : 0);
    }
    if (isfinite(m->limit_s))
        high = fmax(high, m->limit_s);
    if (!(high > 0) || !isfinite(low))
        return;
    put_load_axis(c, out);
    axis_latency(low, high, out);
    if (isfinite(m->limit_s)) {
        buf_printf(out,
                   "set arrow from graph 0, first %.9g to graph 1, first %.9g nohead "
                   "lw 2 dt 3",
                   m->limit_s, m->limit_s);
        put_ink(INK_BAD, out);
        buf_putc(out, '\n');
    }
    put_line("plot ", 2, "p50", INK_1, "", out);
    put_line(", ", 3, "p95", INK_1, " dt 4", out);
    put_line(", ", 4, "p99", INK_5, " dt 3", out);
    put_marks(c, ", ", 1, 8, out);
    buf_puts(out, "\nunset arrow\nunset xlabel\n");
}

static void put_throughput(const struct capacity *c, struct plot *plot)
{
    struct buf *out = &plot->draw;
    put_load_axis(c, out);
    buf_puts(out, "set yrange [0:*]\nset ytics autofreq\nset format y \"%g\"\n");
    if (c->axis == CAPACITY_RATE) {
        buf_puts(out, "plot x with lines lw 1");
        put_ink(INK_5, out);
        buf_puts(out, " title \"asked for\"");
    }
    put_line(c->axis == CAPACITY_RATE ? ", " : "plot ", 5, "completed", INK_1, "", out);
    put_line(", ", 6, "within every limit", INK_4, " dt 4", out);
    put_marks(c, ", ", 1, 6, out);
    buf_puts(out, "\nunset arrow\nunset xlabel\n");
}

static void put_concurrency(const struct capacity *c, struct plot *plot)
{
    struct buf *out = &plot->draw;
    double most = 0;
    for (size_t i = 0; i < c->point_count; i++)
        if (isfinite(c->points[i].in_flight_mean))
            most = fmax(most, c->points[i].in_flight_mean);
    if (!(most > 0))
        return;
    buf_printf(out,
               "unset logscale\nset xrange [0:%.9g]\nset yrange [0:*]\nset xtics "
               "autofreq\nset ytics autofreq\nset format x \"%%g\"\nset format y "
               "\"%%g\"\nset xlabel \"in flight, mean\" textcolor rgb "
               "\"#%02x%02x%02x\"\n",
               1.05 * most, INK_TEXT, INK_TEXT, INK_TEXT);
    if (!isnan(c->usl.lambda)) {
        buf_printf(out, "plot %.9g*x/(1+%.9g*(x-1)+%.9g*x*(x-1)) with lines lw 2 dt 4",
                   c->usl.lambda, c->usl.sigma, c->usl.kappa);
        put_ink(INK_5, out);
        buf_puts(out, " title \"scalability law, fitted\"");
    }
    put_marks(c, isnan(c->usl.lambda) ? "plot " : ", ", 7, 5, out);
    buf_puts(out, "\nunset xlabel\n");
}

void capacity_plots(const struct capacity *c, struct plots *plots)
{
    static const struct plot_words latency[] = {
        {.name = "capacity_ttft",
         .title = "Time to the first token against load",
         .caption =
             "at the objective's percentile, or at p50 in a trial too short for it, " MARKS
             "; dotted across: the objective; down: what was found",
         .empty = "no trial measured it"},
        {.name = "capacity_tpot",
         .title = "Time per token against load",
         .caption =
             "at the objective's percentile, or at p50 in a trial too short for it, " MARKS
             "; dotted across: the objective; down: what was found",
         .empty = "no trial measured it"},
        {.name = "capacity_e2e",
         .title = "Time to the end against load",
         .caption =
             "at the objective's percentile, or at p50 in a trial too short for it, " MARKS
             "; dotted across: the objective; down: what was found",
         .empty = "no trial measured it"},
    };
    static const struct plot_words throughput = {
        .name = "capacity_goodput",
        .title = "Throughput against load",
        .caption = "requests per second; where good ones part from completed ones, "
                   "limits are missed; " MARKS,
        .empty = "no trial"};
    static const struct plot_words concurrency = {
        .name = "capacity_in_flight",
        .title = "Throughput against what is in flight",
        .caption = "completed requests per second; the fitted law is informative, it "
                   "knows nothing of objectives; " MARKS,
        .empty = "no trial measured it"};
    struct marked m = marked_of(c);
    size_t which = strcmp(m.name, "e2e") == 0 ? 2 : strcmp(m.name, "tpot") == 0 ? 1 : 0;
    struct plot *plot = plots_add(plots, &latency[which]);
    if (c->point_count == 0)
        return;
    put_data(c, &m, &plot->data);
    put_latency(c, &m, plot);
    put_throughput(c, plots_add(plots, &throughput));
    put_concurrency(c, plots_add(plots, &concurrency));
}
