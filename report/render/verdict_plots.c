/*
 * The pictures of a verdict; see verdict_plots.h. Those of latencies are in
 * verdict_curves.c. Time is counted in the seconds that were judged: several runs
 * of an arm follow each other.
 */
#include "render/verdict_plots.h"

#include "render/axis.h"
#include "render/verdict_curves.h"

#include <math.h>

#define FOREST_LEAST (-1.5) /* the axis holds this much at least ... */
#define FOREST_MOST 2.0
#define FOREST_BEYOND 4.0 /* ... and this much at most, either way */
#define TIME_POINTS 60

const struct side_row side_rows[] = {
    [SIDE_BASELINE] = {"baseline", INK_1, 3.5},
    [SIDE_CANARY] = {"canary", INK_2, 2},
};

/* ---- the forest of gates */

static const struct {
    const char *word;
    unsigned ink;
} state_rows[] = {
    [GATE_PASS] = {"pass", INK_3},
    [GATE_FAIL] = {"fail", INK_BAD},
    [GATE_UNCERTAIN] = {"unsure", INK_4},
    [GATE_NO_DATA] = {"", INK_5},
};

static bool is_drawn(const struct gate_result *r)
{
    return r->is_applicable && r->is_defined && r->state != GATE_NO_DATA;
}

/* On the scale on which 0 is no change and 1 the margin, right worse, and within
 * the axis. */
static double scaled(const struct gate_result *r, double change)
{
    double x = change / r->margin;
    return fmin(fmax(x, -FOREST_BEYOND), FOREST_BEYOND);
}

/* Gates from top to bottom: those that gate, then those that are only shown. */
static size_t order_gates(const struct verdict *v,
                          const struct gate_result *rows[POLICY_GATES_MAX])
{
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < v->result_count; i++)
            if (is_drawn(&v->results[i]) && v->results[i].is_gating == (pass == 0))
                rows[n++] = &v->results[i];
    return n;
}

/* Estimate, its row from above, both ends. One block per state, and apart those
 * that are only shown. */
static void put_forest(const struct gate_result *const rows[], size_t n,
                       enum gate_state state, bool is_gating, struct buf *out)
{
    buf_printf(out, "$forest_%d_%d << EOD\n", (int)state, is_gating);
    for (size_t i = 0; i < n; i++) {
        const struct gate_result *r = rows[i];
        if (r->state != state || r->is_gating != is_gating)
            continue;
        double a = scaled(r, r->low), b = scaled(r, r->high);
        buf_printf(out, "%.4g %zu %.4g %.4g\n", scaled(r, r->estimate), n - i,
                   fmin(a, b), fmax(a, b));
    }
    buf_puts(out, "EOD\n");
}

static bool has_row(const struct gate_result *const rows[], size_t n,
                    enum gate_state state, bool is_gating)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i]->state == state && rows[i]->is_gating == is_gating)
            return true;
    return false;
}

static void forest_axes(const struct gate_result *const rows[], size_t n,
                        struct buf *out)
{
    double low = FOREST_LEAST, high = FOREST_MOST;
    for (size_t i = 0; i < n; i++) {
        double a = scaled(rows[i], rows[i]->low), b = scaled(rows[i], rows[i]->high);
        low = fmin(low, fmin(a, b) - 0.2);
        high = fmax(high, fmax(a, b) + 0.2);
    }
    low = fmax(low, -FOREST_BEYOND - 0.1);
    high = fmin(high, FOREST_BEYOND + 0.1);
    buf_printf(out,
               "unset logscale\nset key at screen 0.03,0.97 left top\nset tmargin 3\n"
               "set xrange [%.4g:%.4g]\nset yrange [0.3:%.4g]\n"
               "set xtics numeric 1\nset grid xtics noytics\nset xlabel "
               "\"multiples of the margin\" textcolor rgb "
               "\"#%02x%02x%02x\"\nset ytics (",
               low, high, (double)n + 0.7, INK_AXIS, INK_AXIS, INK_AXIS);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s\"%s\" %zu", i > 0 ? ", " : "", rows[i]->gate->name, n - i);
    buf_printf(out,
               ")\nset arrow from 0, graph 0 to 0, graph 1 nohead lw 1.5 lc rgb "
               "\"#%02x%02x%02x\" back\nset arrow from 1, graph 0 to 1, graph 1 nohead "
               "lw 1.5 dt (4,3) lc rgb \"#%02x%02x%02x\" back\n",
               INK_AXIS, INK_AXIS, INK_AXIS, INK_BAD, INK_BAD, INK_BAD);
}

/* A bar for the interval, and a box for the estimate: full when it gates. */
static void draw_forest(enum gate_state state, bool is_gating, bool is_titled,
                        const char *between, struct buf *out)
{
    unsigned ink = state_rows[state].ink;
    buf_printf(out,
               "%s$forest_%d_%d using 3:2:($4-$3):(0) with vectors nohead lw %s lc rgb "
               "\"#%02x%02x%02x\" notitle, $forest_%d_%d using "
               "1:2:($1-0.05):($1+0.05):($2-0.18):($2+0.18) with boxxyerror fillstyle "
               "%s lc rgb \"#%02x%02x%02x\" ",
               between, (int)state, is_gating, is_gating ? "2" : "1", ink, ink, ink,
               (int)state, is_gating, is_gating ? "solid 1 noborder" : "empty", ink,
               ink, ink);
    if (is_titled)
        buf_printf(out, "title \"%s\"", state_rows[state].word);
    else
        buf_puts(out, "notitle");
}

static const struct plot_words forest_words = {
    .name = "gates",
    .title = "All gates",
    .caption =
        "How much worse the canary is, as a multiple of the margin: 0 is no change, 1 "
        "(dashed) the most that is allowed, left is better. Bars are 90 % intervals; one "
        "that reaches the edge may go on. Full boxes gate, empty ones are only shown.",
    .empty = "There are no numbers to compare.",
};

static void add_forest(const struct verdict *v, struct plots *out)
{
    const struct gate_result *rows[POLICY_GATES_MAX];
    size_t n = order_gates(v, rows);
    struct plot *plot = plots_add(out, &forest_words);
    const char *between = "plot ";
    if (n == 0)
        return;
    forest_axes(rows, n, &plot->draw);
    for (int state = GATE_PASS; state < GATE_NO_DATA; state++)
        for (int gating = 1; gating >= 0; gating--) {
            enum gate_state s = (enum gate_state)state;
            if (!has_row(rows, n, s, gating))
                continue;
            put_forest(rows, n, s, gating, &plot->data);
            bool is_titled = gating || !has_row(rows, n, s, true);
            draw_forest(s, gating, is_titled, between, &plot->draw);
            between = ", ";
        }
    buf_putc(&plot->draw, '\n');
}

/* ---- counts over time */

struct count_plot {
    struct plot_words words;
    double (*value)(const struct ledger_row *sum, double seconds);
    const char *unit; /* of the y axis, in gnuplot's format */
};

static double failed_percent(const struct ledger_row *sum, double seconds)
{
    (void)seconds;
    return sum->requests > 0
               ? (double)sum->failed[FAILURES_ALL] / (double)sum->requests * 100
               : (double)NAN;
}

static double per_second(const struct ledger_row *sum, double seconds)
{
    return (double)sum->requests / seconds;
}

static const struct count_plot failures_plot = {
    {"failures", "Failed requests over time",
     "Share of the requests that were due then. Rate limits, and requests that this "
     "machine could not send, are not the server's failures.",
     "No request failed."},
    failed_percent,
    " %%",
};

static const struct count_plot load_plot = {
    {"load", "Requests per second",
     "By the time they were due. The arms must be sent the same load.",
     "No second was judged."},
    per_second,
    "",
};

static void put_counts(const struct pairing_side *side, const struct count_plot *row,
                       size_t width, struct buf *out)
{
    for (size_t at = 0; at < side->count; at += width) {
        struct ledger_row sum = {0};
        size_t n = side->count - at < width ? side->count - at : width;
        for (size_t i = at; i < at + n; i++) {
            sum.requests += side->rows[i].requests;
            sum.failed[FAILURES_ALL] += side->rows[i].failed[FAILURES_ALL];
        }
        buf_printf(out, "%.6g %.6g\n", (double)at + (double)n / 2,
                   row->value(&sum, (double)n));
    }
}

static void draw_counts(const struct pairing *p, const struct count_plot *row,
                        struct plot *plot)
{
    size_t seconds = 0;
    for (unsigned i = 0; i < SIDES; i++)
        seconds = p->sides[i].count > seconds ? p->sides[i].count : seconds;
    size_t width = (seconds + TIME_POINTS - 1) / TIME_POINTS;
    axis_seconds((double)seconds, &plot->draw);
    buf_printf(&plot->draw,
               "unset logscale y\nset yrange [0:*]\nset ytics autofreq\nset format y "
               "\"%%g%s\"\n",
               row->unit);
    for (unsigned i = 0; i < SIDES; i++) {
        const struct side_row *side = &side_rows[i];
        buf_printf(&plot->data, "$%s_%s << EOD\n", row->words.name, side->name);
        put_counts(&p->sides[i], row, width, &plot->data);
        buf_puts(&plot->data, "EOD\n");
        buf_printf(&plot->draw,
                   "%s$%s_%s using 1:2 with lines lw %g lc rgb \"#%02x%02x%02x\" title "
                   "\"%s\"%s",
                   i == 0 ? "plot " : ", ", row->words.name, side->name, side->width,
                   side->ink, side->ink, side->ink, side->name,
                   i + 1 == SIDES ? "\n" : "");
    }
}

static void add_counts(const struct pairing *p, const struct count_plot *row,
                       bool is_empty, struct plots *out)
{
    struct plot *plot = plots_add(out, &row->words);
    if (!is_empty)
        draw_counts(p, row, plot);
}

/* ---- all of them */

static bool is_judged(const struct verdict *v, enum metric m)
{
    for (size_t i = 0; i < v->result_count; i++) {
        const struct gate_result *r = &v->results[i];
        if (r->gate->measure == NULL && r->gate->metric == m && r->is_applicable)
            return true;
    }
    return false;
}

void verdict_plots(const struct verdict *v, struct pairing *p, struct plots *out)
{
    const struct ledger_row *b = &p->sides[SIDE_BASELINE].sum;
    const struct ledger_row *c = &p->sides[SIDE_CANARY].sum;
    bool has_failures = b->failed[FAILURES_ALL] + c->failed[FAILURES_ALL] > 0;
    add_forest(v, out);
    add_counts(p, &failures_plot, !has_failures, out);
    for (size_t m = 0; m < METRIC_COUNT; m++)
        if (is_judged(v, (enum metric)m))
            verdict_curves(v, p, (enum metric)m, out);
    add_counts(p, &load_plot, b->requests + c->requests == 0, out);
}
