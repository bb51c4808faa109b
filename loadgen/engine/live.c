/* What a person sees while a run runs; see live.h. */
#include "engine/live.h"

#include "base/units.h"
#include "engine/redact.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_EVERY_NS (5 * NS_PER_S)

struct live {
    const struct plan *plan;
    int fd;
    bool is_terminal;
    unsigned columns;
    unsigned drawn; /* lines of the view on the screen */
    int64_t next_line_ns;
    struct buf text;
};

struct live *live_new(const struct plan *plan, int fd, bool is_terminal,
                      unsigned columns)
{
    struct live *l = xcalloc(1, sizeof *l);
    *l = (struct live){.plan = plan,
                       .fd = fd,
                       .is_terminal = is_terminal,
                       .columns = columns,
                       .next_line_ns = LINE_EVERY_NS};
    buf_init(&l->text, 1u << 16);
    return l;
}

void live_free(struct live *l)
{
    if (l == NULL)
        return;
    buf_release(&l->text);
    free(l);
}

/* A view that cannot be written is no reason to end a run. */
static void put(struct live *l)
{
    (void)!write(l->fd, l->text.data, l->text.len);
    buf_reset(&l->text);
}

static void percentiles(struct buf *out, const char *name, const struct hist *h)
{
    static const double wanted[] = {50, 95};
    buf_printf(out, "%s", name);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        char text[UNITS_TEXT];
        if (h == NULL || h->total < hist_samples_needed(wanted[i]))
            buf_printf(out, "  p%.0f -", wanted[i]);
        else
            buf_printf(
                out, "  p%.0f %s", wanted[i],
                units_format_ns(text, hist_percentile_us(h, wanted[i]) * NS_PER_US));
    }
}

static void errors(struct buf *out, const struct totals *t)
{
    bool has_any = false;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (outcome_rows[i].kind == KIND_OK || t->outcomes[i] == 0)
            continue;
        char text[UNITS_TEXT];
        buf_printf(out, "%s%s %s", has_any ? "  " : "", outcome_rows[i].name,
                   units_format_count(text, t->outcomes[i]));
        has_any = true;
    }
    if (!has_any)
        buf_puts(out, "none");
}

static void bar(struct buf *out, double share, unsigned width)
{
    unsigned full = (unsigned)lround(fmin(fmax(share, 0.0), 1.0) * width);
    for (unsigned i = 0; i < width; i++)
        buf_puts(out, i < full ? "█" : "░");
}

static double progress(const struct plan *plan, const struct live_facts *f)
{
    return (double)f->now_ns / (double)plan->duration_ns;
}

static void time_left(struct buf *out, const struct plan *plan,
                      const struct live_facts *f)
{
    char text[UNITS_TEXT];
    int64_t left_ns = plan->duration_ns - f->now_ns;
    if (f->is_draining || left_ns <= 0)
        buf_puts(out, "waiting for the last replies");
    else if (plan->ends_when_idle)
        buf_puts(out, "until the trace ends");
    else
        buf_printf(
            out, "%s left",
            units_format_ns(text, (left_ns + NS_PER_S / 2) / NS_PER_S * NS_PER_S));
}

static void rates(struct buf *out, const struct live_facts *f)
{
    char a[UNITS_TEXT], b[UNITS_TEXT], c[UNITS_TEXT], d[UNITS_TEXT], e[UNITS_TEXT];
    buf_printf(
        out, "offered %s/s  started %s/s  completed %s/s  in flight %s  tokens %s/s",
        units_format_rate(a, f->offered_per_s), units_format_rate(b, f->started_per_s),
        units_format_rate(c, f->completed_per_s), units_format_count(d, f->in_flight),
        units_format_rate(e, f->tokens_per_s));
}

/* "$0.412 of $5.00, $12.30/h" */
static void spending(struct buf *out, const struct pricing *p,
                     const struct live_facts *f)
{
    char text[MONEY_TEXT];
    buf_puts(out, money_format(text, f->spent, p->list->currency));
    if (p->budget > 0)
        buf_printf(out, " of %s", money_format(text, p->budget, p->list->currency));
    if (f->spent_per_h >= 0)
        buf_printf(out, ", %s/h",
                   money_format(text, f->spent_per_h, p->list->currency));
}

void live_draw(const struct plan *plan, const struct live_facts *f, unsigned columns,
               struct buf *out)
{
    char text[UNITS_TEXT];
    unsigned width = columns > 70 ? 30 : 12;
    buf_printf(out, "  %s -> ", plan->profile->name);
    redact_url(out, plan->targets[0].base_url);
    buf_puts(out, "\n  ");
    bar(out, progress(plan, f), width);
    buf_printf(out, "  %s, %s%s, ",
               units_format_ns(text, f->now_ns / NS_PER_S * NS_PER_S), f->phase,
               f->is_measured ? "" : " (not measured)");
    time_left(out, plan, f);
    buf_puts(out, "\n  ");
    rates(out, f);
    buf_puts(out, "\n  ");
    percentiles(out, "ttft", f->ttft);
    percentiles(out, "    e2e", f->e2e);
    buf_puts(out, "\n  errors     ");
    errors(out, f->totals);
    if (plan->pricing.list != NULL) {
        buf_puts(out, "\n  spent      ");
        spending(out, &plan->pricing, f);
    }
    buf_printf(out, "\n  generator  lag max %s, busiest core %.0f %%%s\n",
               units_format_ns(text, f->lag_us_max * NS_PER_US), 100 * f->cpu_share_max,
               f->shed ? ", SHEDDING LOAD" : "");
}

void live_line(const struct plan *plan, const struct live_facts *f, struct buf *out)
{
    buf_printf(out, "gust: %3.0f s  %s%s  ", (double)f->now_ns / 1e9, f->phase,
               f->is_measured ? "" : " (not measured)");
    rates(out, f);
    buf_puts(out, "  ");
    percentiles(out, "ttft", f->ttft);
    if (f->totals->failed + f->totals->not_sent > 0) {
        buf_puts(out, "  errors ");
        errors(out, f->totals);
    }
    if (plan->pricing.list != NULL) {
        buf_puts(out, "  spent ");
        spending(out, &plan->pricing, f);
    }
    buf_putc(out, '\n');
}

/* Moves up over the view and clears to the end of the screen. */
static void erase(struct live *l)
{
    if (l->drawn > 0)
        buf_printf(&l->text, "\x1b[%uA\r\x1b[J", l->drawn);
    l->drawn = 0;
}

/* Cuts every line to the terminal's width: a wrapped line would break the count
 * of lines. Counts code points, not bytes. */
static void append_cut(struct buf *out, const char *text, unsigned columns)
{
    unsigned column = 0;
    for (; *text != '\0'; text++) {
        bool is_start = ((unsigned char)*text & 0xc0) != 0x80;
        if (*text == '\n')
            column = 0;
        else if (is_start)
            column++;
        if (column < columns || *text == '\n')
            buf_putc(out, *text);
    }
}

static void redraw(struct live *l, const struct live_facts *f)
{
    struct buf view;
    buf_init(&view, 1u << 15);
    live_draw(l->plan, f, l->columns, &view);
    erase(l);
    append_cut(&l->text, view.data, l->columns);
    for (const char *p = view.data; *p != '\0'; p++)
        l->drawn += *p == '\n';
    buf_release(&view);
    put(l);
}

void live_update(struct live *l, const struct live_facts *f)
{
    if (l->is_terminal) {
        redraw(l, f);
    } else if (f->now_ns >= l->next_line_ns) {
        live_line(l->plan, f, &l->text);
        l->next_line_ns += LINE_EVERY_NS;
        put(l);
    }
}

void live_say(struct live *l, const char *text)
{
    erase(l);
    buf_printf(&l->text, "gust: %s\n", text);
    put(l);
}

void live_finish(struct live *l)
{
    erase(l);
    put(l);
}
