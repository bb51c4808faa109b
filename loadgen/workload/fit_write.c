/* What a fit gives to read: the profile document and the report; see fit.h. */
#include "workload/fit.h"

#include "base/jout.h"
#include "base/units.h"

#include <inttypes.h>
#include <math.h>

#define LINE_BYTES_MAX ((size_t)1 << 20)

/* A list of whole numbers on one line, also in a pretty document. */
static void write_counts(struct jout *j, const char *key, const uint32_t *values,
                         size_t n)
{
    struct buf line;
    buf_init(&line, LINE_BYTES_MAX);
    for (size_t i = 0; i < n; i++)
        buf_printf(&line, "%c%" PRIu32, i > 0 ? ',' : '[', values[i]);
    buf_putc(&line, ']');
    jout_raw(j, key, line.data, line.len);
    buf_release(&line);
}

static void write_label(struct jout *j, const char *key, const char *text)
{
    if (text != NULL)
        jout_str(j, key, text);
}

static void write_grid(struct jout *j, const struct grid *g)
{
    jout_object(j, "lengths");
    jout_object(j, "grid");
    write_counts(j, "prompt", g->prompt, g->bins + 1);
    jout_array(j, "output");
    for (size_t b = 0; b < g->bins; b++)
        write_counts(j, NULL, g->output + b * g->points, g->points);
    jout_end_array(j);
    jout_end_object(j);
    jout_end_object(j);
}

/* Three digits: what a fit knows, and what a reader wants to see. */
static double rounded(double x)
{
    double scale = pow(10.0, 2.0 - floor(log10(x)));
    return x > 0.0 ? round(x * scale) / scale : 0.0;
}

static void write_sharing(struct jout *j, const struct sharing_plan *p)
{
    if (p->groups == 0)
        return;
    jout_object(j, "prefix");
    jout_u64(j, "groups", p->groups);
    jout_object(j, "tokens");
    jout_str(j, "kind", "quantiles");
    write_counts(j, "values", p->tokens, SHARING_POINTS);
    jout_end_object(j);
    jout_num(j, "share", rounded(p->share));
    jout_num(j, "skew", 0.0);
    jout_end_object(j);
}

static void write_arrival(struct jout *j, const struct arrival_plan *p)
{
    char rate[UNITS_TEXT];
    (void)snprintf(rate, sizeof rate, "%.6g/s", rounded(p->rate_per_s));
    jout_object(j, "arrival");
    jout_str(j, "kind", arrival_names[p->kind]);
    jout_str(j, "rate", rate);
    if (p->kind == ARRIVAL_GAMMA)
        jout_num(j, "cv", rounded(p->cv));
    jout_end_object(j);
}

void fit_write_profile(const struct fit_model *m, const struct fit_labels *labels,
                       struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    write_label(&j, "name", labels->name);
    write_label(&j, "title", labels->title);
    write_label(&j, "description", labels->description);
    write_label(&j, "source", labels->source);
    write_label(&j, "licence", labels->licence);
    write_label(&j, "date", labels->date);
    jout_array(&j, "classes");
    jout_object(&j, NULL);
    jout_str(&j, "name", "chat");
    jout_str(&j, "api", "chat");
    write_grid(&j, &m->grid);
    write_sharing(&j, &m->sharing);
    jout_end_object(&j);
    jout_end_array(&j);
    write_arrival(&j, &m->plan);
    jout_end_object(&j);
    buf_putc(out, '\n');
}

static const char *number(char text[UNITS_TEXT], double x, int digits)
{
    if (isnan(x))
        return "n/a";
    if (fabs(x) < 0.5 * pow(10.0, -digits))
        x = 0.0; /* and not -0.000 */
    (void)snprintf(text, UNITS_TEXT, "%.*f", digits, x);
    return text;
}

static void compare(struct buf *out, const char *what, double trace, double profile,
                    int digits)
{
    char a[UNITS_TEXT], b[UNITS_TEXT];
    buf_printf(out, "  %-24s %12s %12s\n", what, number(a, trace, digits),
               number(b, profile, digits));
}

static void report_axis(struct buf *out, const char *name, const struct sketch *trace,
                        const struct sketch *drawn, enum sketch_axis axis)
{
    static const double shares[] = {0.5, 0.9, 0.99};
    char what[UNITS_TEXT];
    (void)snprintf(what, sizeof what, "%s tokens mean", name);
    compare(out, what, sketch_mean(trace, axis), sketch_mean(drawn, axis), 1);
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        (void)snprintf(what, sizeof what, "%s tokens p%.0f", name, shares[i] * 100.0);
        compare(out, what, sketch_quantile(trace, axis, shares[i]),
                sketch_quantile(drawn, axis, shares[i]), 0);
    }
    (void)snprintf(what, sizeof what, "%s tokens max", name);
    compare(out, what, trace->max[axis], drawn->max[axis], 0);
}

static void report_distances(struct buf *out, const struct sketch *trace,
                             const struct sketch *drawn)
{
    buf_printf(out,
               "  KS distance: prompt %.4f, output %.4f (0: the same; 1: nothing in "
               "common)\n",
               sketch_distance(trace, drawn, SKETCH_PROMPT),
               sketch_distance(trace, drawn, SKETCH_OUTPUT));
}

static void report_arrivals(struct buf *out, const struct fit_model *m)
{
    const struct arrivals_summary *a = &m->arrivals;
    char text[5][UNITS_TEXT];
    if (isnan(a->rate_per_s)) {
        buf_printf(out, "  arrivals: not in the file; %s/s stands in: give --rate\n",
                   number(text[0], m->plan.rate_per_s, 0));
        return;
    }
    buf_printf(out,
               "  arrivals: %s/s, CV %s, IDC %s / %s / %s (windows of 1, 10, 60 s), "
               "peak %" PRIu64 "/s\n",
               number(text[0], a->rate_per_s, 3), number(text[1], a->cv, 2),
               number(text[2], a->idc[0], 2), number(text[3], a->idc[1], 2),
               number(text[4], a->idc[2], 2), a->peak_per_s);
    buf_printf(out, "  process: %s", arrival_names[m->plan.kind]);
    if (m->plan.kind == ARRIVAL_GAMMA)
        buf_printf(out, " with CV %.2f", m->plan.cv);
    if (a->cv > m->plan.cv && m->plan.kind == ARRIVAL_GAMMA)
        buf_puts(out, ", the nearest; only a replay has bursts like the trace's");
    buf_puts(out, "\n");
    double renewal = m->plan.cv * m->plan.cv; /* IDC of a long window */
    if (a->idc[2] > 2.0 * renewal && a->idc[2] > 2.0)
        buf_printf(
            out,
            "  the rate drifts: IDC %.1f over 60 s, where %s has %.1f; replay the "
            "trace to keep that\n",
            a->idc[2], arrival_names[m->plan.kind], renewal);
}

static void report_sharing(struct buf *out, const struct sharing *s,
                           const struct sharing_plan *p)
{
    char rows[UNITS_TEXT];
    if (s->rows == 0)
        return;
    buf_printf(out,
               "  ideal prefix hit ratio: trace %.3f, profile %.3f, over %s rows%s\n",
               sharing_hit_ratio(s), p->hit_ratio, units_format_count(rows, s->rows),
               s->is_full ? " (then the table of blocks was full)" : "");
    buf_printf(out,
               "  prefixes: %" PRIu32 " groups, %.1f %% of the prompts, median %" PRIu32
               " tokens\n",
               p->groups, p->share * 100.0, p->tokens[SHARING_POINTS / 2]);
}

void fit_write_report(const struct fit *f, const struct fit_model *m, struct buf *out)
{
    const struct sketch *trace = &f->lengths, *drawn = &m->drawn;
    char rows[UNITS_TEXT];
    buf_printf(out, "%s rows over %.1f s\n", units_format_count(rows, trace->count),
               m->arrivals.duration_s);
    buf_printf(out, "  %-24s %12s %12s\n", "", "trace", "profile");
    report_axis(out, "prompt", trace, drawn, SKETCH_PROMPT);
    report_axis(out, "output", trace, drawn, SKETCH_OUTPUT);
    compare(out, "correlation (Pearson)", sketch_pearson(trace), sketch_pearson(drawn),
            3);
    compare(out, "correlation (Spearman)", sketch_spearman(trace),
            sketch_spearman(drawn), 3);
    report_distances(out, trace, drawn);
    report_arrivals(out, m);
    report_sharing(out, &f->sharing, &m->sharing);
}
