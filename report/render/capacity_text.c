/* A capacity search on the terminal; see capacity_text.h. */
#include "render/capacity_text.h"

#include "base/pen.h"
#include "base/units.h"
#include "base/wrap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTENCE 512
#define LABEL 14 /* columns of a row's label, indent included */

static const char *const state_words[CAPACITY_STATES] = {
    [CAPACITY_PASS] = "holds",
    [CAPACITY_FAIL] = "fails",
    [CAPACITY_UNSURE] = "unsure",
    [CAPACITY_INVALID] = "invalid",
};

static const char *const state_codes[CAPACITY_STATES] = {
    [CAPACITY_PASS] = "32",
    [CAPACITY_FAIL] = "31",
    [CAPACITY_UNSURE] = "33",
    [CAPACITY_INVALID] = "2",
};

static const struct {
    const char *word, *code;
} verdict_words[CAPACITY_VERDICTS] = {
    [CAPACITY_FOUND] = {"FOUND", "1;32"},
    [CAPACITY_AT_LEAST] = {"AT LEAST", "1;32"},
    [CAPACITY_NEVER] = {"NEVER", "1;31"},
    [CAPACITY_GENERATOR] = {"GENERATOR", "1;33"},
    [CAPACITY_INCOMPLETE] = {"INCOMPLETE", "1;33"},
};

void capacity_load(double load, enum capacity_axis axis, struct buf *out)
{
    char text[UNITS_TEXT];
    if (axis == CAPACITY_USERS)
        buf_printf(out, "%.0f user%s", load, load < 1.5 ? "" : "s");
    else
        buf_printf(out, "%s/s", units_format_rate(text, load));
}

/* The load of a point: an unloaded one is a single user in either axis. */
static void put_load(const struct capacity_point *p, enum capacity_axis axis,
                     struct buf *out)
{
    if (p->phase == CAPACITY_UNLOADED)
        buf_puts(out, "1 user");
    else
        capacity_load(p->load, axis, out);
}

void capacity_line(const struct capacity_point *p, size_t number,
                   enum capacity_axis axis, struct buf *out)
{
    struct buf load;
    buf_init(&load, 64);
    put_load(p, axis, &load);
    buf_printf(out, "trial %2zu  %-8s  %10s  %s: %s  after %.0f s", number,
               capacity_phases[p->phase], load.data, state_words[p->state], p->reason,
               p->took_s);
    buf_release(&load);
}

/* --- the verdict ------------------------------------------------------------------------ */

static const char *binding_of(const struct capacity *c)
{
    for (size_t i = 0; i < c->slo_count; i++)
        if (c->is_binding[i])
            return c->slos[i];
    return NULL;
}

static void put_range(const struct capacity *c, struct buf *out)
{
    capacity_load(c->feasible_max, c->axis, out);
    buf_puts(out, " meets every objective");
    if (isfinite(c->confidence))
        buf_printf(out, " (%.0f %% confidence)", 100 * c->confidence);
    if (isfinite(c->infeasible_min)) {
        buf_puts(out, "; ");
        capacity_load(c->infeasible_min, c->axis, out);
        buf_puts(out, " does not");
    }
}

static void put_sentence(const struct capacity *c, struct buf *out)
{
    const char *binding = binding_of(c);
    bool has_range = isfinite(c->feasible_max);
    switch (c->verdict) {
    case CAPACITY_FOUND:
    case CAPACITY_AT_LEAST:
        put_range(c, out);
        break;
    case CAPACITY_NEVER:
        buf_printf(out, "%s", c->end);
        break;
    case CAPACITY_GENERATOR:
    case CAPACITY_INCOMPLETE:
        buf_printf(out, "%s", c->end);
        if (has_range) {
            buf_puts(out, "; ");
            capacity_load(c->feasible_max, c->axis, out);
            buf_puts(out, " met the objectives in one trial, unconfirmed");
        }
        break;
    case CAPACITY_VERDICTS:
        bug("no such verdict");
    }
    if (binding != NULL)
        buf_printf(out, "; %s is missed first", binding);
}

static void put_verdict(const struct pen *p, const struct capacity *c)
{
    const char *word = verdict_words[c->verdict].word;
    size_t indent = strlen(word) + 2;
    struct buf sentence;
    buf_init(&sentence, SENTENCE);
    put_sentence(c, &sentence);
    pen_styled(p, verdict_words[c->verdict].code, word);
    buf_puts(p->out, "  ");
    wrap_text(p->out, sentence.data, indent, indent, p->width);
    buf_release(&sentence);
    buf_printf(p->out, "\n  %s of %s at %s\n", c->profile, c->model, c->target);
}

/* --- the curve ---------------------------------------------------------------------------- */

static void put_seconds(struct buf *out, double s)
{
    char text[UNITS_TEXT];
    const char *shown = isinf(s)   ? "failed"
                        : isnan(s) ? "-"
                                   : units_format_ns(text, (int64_t)llround(s * 1e9));
    buf_printf(out, "%9s", shown);
}

static void put_number(struct buf *out, double x, int width)
{
    char text[UNITS_TEXT];
    buf_printf(out, "%*s", width, isfinite(x) ? units_format_rate(text, x) : "-");
}

static void put_share(struct buf *out, double x)
{
    if (isfinite(x))
        buf_printf(out, "%8.2f%%", 100 * x);
    else
        buf_printf(out, "%9s", "-");
}

static int by_load(const void *a, const void *b)
{
    const struct capacity_point *const *x = a, *const *y = b;
    double difference = (*x)->load - (*y)->load;
    bool is_alone = (*x)->phase == CAPACITY_UNLOADED,
         is_other = (*y)->phase == CAPACITY_UNLOADED;
    if (is_alone != is_other)
        return is_alone ? -1 : 1;
    if (difference < 0 || difference > 0)
        return difference < 0 ? -1 : 1;
    return strcmp((*x)->trial, (*y)->trial);
}

static void put_point(const struct pen *p, const struct capacity *c,
                      const struct capacity_point *x)
{
    struct buf load;
    buf_init(&load, 64);
    put_load(x, c->axis, &load);
    buf_printf(p->out, "  %-*s", LABEL - 2, load.data);
    buf_release(&load);
    put_number(p->out, x->rate, 7);
    put_seconds(p->out, x->ttft_s.p50);
    put_seconds(p->out, x->ttft_s.p95);
    put_seconds(p->out, x->ttft_s.p99);
    put_seconds(p->out, x->e2e_s.p50);
    put_seconds(p->out, x->e2e_s.p95);
    put_number(p->out, x->goodput, 8);
    put_number(p->out, x->output_tokens_per_s, 8);
    put_share(p->out, x->success);
    put_number(p->out, x->in_flight_mean, 8);
    put_number(p->out, x->server_waiting, 7);
    buf_puts(p->out, "  ");
    pen_styled(p, state_codes[x->state], state_words[x->state]);
    buf_putc(p->out, '\n');
}

static void put_curve(const struct pen *p, const struct capacity *c)
{
    const struct capacity_point **sorted =
        xcalloc(c->point_count + 1, sizeof(struct capacity_point *));
    for (size_t i = 0; i < c->point_count; i++)
        sorted[i] = &c->points[i];
    qsort(sorted, c->point_count, sizeof sorted[0], by_load);
    pen_heading(p, "Trials, by load");
    buf_printf(p->out, "  %-*s%7s%9s%9s%9s%9s%9s%8s%8s%9s%8s%7s\n", LABEL - 2, "",
               "done/s", "ttft p50", "p95", "p99", "e2e p50", "p95", "good/s", "tok/s",
               "success", "flight", "queue");
    for (size_t i = 0; i < c->point_count; i++)
        put_point(p, c, sorted[i]);
    free(sorted);
}

/* --- what to do with it --------------------------------------------------------------------- */

static void put_label(const struct pen *p, const char *label)
{
    buf_printf(p->out, "  %-*s", LABEL - 2, label);
}

static void put_advice(const struct pen *p, const struct capacity *c)
{
    if (isfinite(c->knee)) {
        put_label(p, "knee");
        capacity_load(c->knee, c->axis, p->out);
        buf_puts(p->out, ": recommended to run at; more load buys more waiting than "
                         "throughput\n");
    }
    if (isfinite(c->headroom)) {
        put_label(p, "headroom");
        capacity_load(c->headroom, c->axis, p->out);
        buf_printf(p->out, ": safe with one of %.0f replicas gone\n", c->replicas);
    }
    if (!isnan(c->recovery_s)) {
        put_label(p, "overload");
        if (isfinite(c->recovery_s))
            buf_printf(p->out, "the objectives hold again %.0f s after it\n",
                       c->recovery_s);
        else
            buf_puts(p->out, "the objectives did not hold again at 80 %: it does not "
                             "recover by itself\n");
    }
}

/* At the points that count, the least of a number. */
static double least_of(const struct capacity *c, size_t offset)
{
    double least = (double)NAN;
    for (size_t i = 0; i < c->point_count; i++) {
        const struct capacity_point *p = &c->points[i];
        const void *at = (const char *)p + offset;
        double x = *(const double *)at;
        if (p->state != CAPACITY_INVALID && !isnan(x))
            least = isnan(least) || x < least ? x : least;
    }
    return least;
}

static void put_facts(const struct pen *p, const struct capacity *c)
{
    double spare = least_of(c, offsetof(struct capacity_point, generator_headroom));
    char time[UNITS_TEXT];
    if (isfinite(c->usl.lambda)) {
        put_label(p, "scaling");
        buf_printf(p->out, "USL, informative: contention %.3g, coherency %.3g",
                   c->usl.sigma, c->usl.kappa);
        if (isfinite(c->usl.peak))
            buf_printf(p->out, ", most throughput at %.0f in flight", c->usl.peak);
        buf_putc(p->out, '\n');
    }
    if (isfinite(spare)) {
        put_label(p, "generator");
        buf_printf(p->out, "%.0f %% of its busiest core idle at the least\n",
                   100 * spare);
    }
    put_label(p, "ended");
    buf_printf(p->out, "%s\n", c->end);
    put_label(p, "effort");
    buf_printf(p->out, "%zu trials in %s", c->point_count,
               units_format_ns(time, (int64_t)llround(c->elapsed_s * 1e9)));
    if (isfinite(c->spent))
        buf_printf(p->out, ", %.6g spent", c->spent);
    buf_putc(p->out, '\n');
}

void capacity_text(const struct capacity *c, size_t width, bool is_colour,
                   struct buf *out)
{
    struct pen p = pen_make(out, width, is_colour);
    put_verdict(&p, c);
    put_curve(&p, c);
    pen_heading(&p, "What it means");
    put_advice(&p, c);
    put_facts(&p, c);
}
