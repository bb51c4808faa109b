/*
 * Two runs: is the second cheaper, within its budgets, and what does the judge say?
 * The answer in one sentence, and the tables that it stands on; see cost_run.h.
 */
#include "command/cost_run.h"

#include "judge/wording.h"

#include <math.h>
#include <stdio.h>

#define PERCENT 100.0

static const char *const state_words[] = {
    [TRADEOFF_YES] = "yes", [TRADEOFF_NO] = "no", [TRADEOFF_OPEN] = "not shown"};

static double change_of(double log_ratio)
{
    return expm1(log_ratio) * PERCENT;
}

/* "-47.9 to -47.1 %", or that there is none. */
static void interval_of(const struct ratio_result *c, char *text, size_t size)
{
    if (c->is_defined && isfinite(c->low) && isfinite(c->high))
        (void)snprintf(text, size, "%+.3g to %+.3g %%", change_of(c->low),
                       change_of(c->high));
    else
        (void)snprintf(text, size, "too short for one");
}

/* --- the answer ---------------------------------------------------------------------- */

/* "small costs 47.6 % less a request (90 %: ...), of 40 % asked for" */
static void put_change(const struct cost_runs *x, struct buf *out)
{
    const struct ratio_result *c = &x->change;
    char interval[64];
    if (!c->is_defined) {
        buf_printf(out, "%s: no change of cost is known", x->columns[1].name);
        return;
    }
    interval_of(c, interval, sizeof interval);
    buf_printf(out, "%s costs %.3g %% %s a request (90 %% interval: %s)",
               x->columns[1].name, fabs(change_of(c->estimate)),
               c->estimate < 0 ? "less" : "more", interval);
    if (x->settings->saving > 0)
        buf_printf(out, ", asked for are %.4g %%", x->settings->saving * PERCENT);
}

/* The budgets in words: those that decide, or that all are kept. */
static void put_budgets(const struct cost_runs *x, struct buf *out)
{
    const struct verdict *v = x->verdict;
    static const char *const words[] = {
        [TRADEOFF_NO] = "breaks", [TRADEOFF_OPEN] = "is not shown to keep"};
    size_t said = 0;
    for (int state = TRADEOFF_NO; state <= TRADEOFF_OPEN; state++)
        for (size_t i = 0; i < v->guard_count && said < 3; i++)
            if ((int)x->tradeoff.guards[i] == state)
                buf_printf(out, "%s%s %s", said++ == 0 ? "; it " : ", ", words[state],
                           v->guards[i].text);
    if (!x->tradeoff.has_budget)
        buf_puts(out, "; no budget of latency is known: give --slo");
    else if (said == 0)
        buf_puts(out, "; it keeps its budgets");
    if (x->tradeoff.doubt != NULL && x->tradeoff.answer == TRADEOFF_OPEN)
        buf_printf(out, "; the comparison is weak (%s)", x->tradeoff.doubt);
}

void cost_run_answer(const struct cost_runs *x, struct sheet *s)
{
    struct buf text;
    buf_init(&text, 65536);
    buf_printf(&text, "%s: ", state_words[x->tradeoff.answer]);
    put_change(x, &text);
    put_budgets(x, &text);
    buf_printf(&text, ". The judge, against the first: %s", x->verdict->sentence);
    sheet_finding(s, "%s", text.data);
    buf_release(&text);
}

/* --- the tables ---------------------------------------------------------------------- */

static void put_saving(const struct cost_runs *x, struct sheet *s)
{
    char text[64];
    const struct ratio_result *c = &x->change;
    sheet_row(s, "cost_per_request", "cost a request");
    if (c->is_defined) {
        (void)snprintf(text, sizeof text, "%+.3g %%", change_of(c->estimate));
        sheet_put_text(s, 0, text);
        interval_of(c, text, sizeof text);
        sheet_put_text(s, 1, text);
    }
    (void)snprintf(text, sizeof text, "%s%.4g %%",
                   x->settings->saving > 0 ? "at most -" : "below ",
                   x->settings->saving * PERCENT);
    sheet_put_text(s, 2, text);
    sheet_put_text(s, 3, state_words[x->tradeoff.saving]);
}

static void put_budget(const struct guard_result *g, enum tradeoff_state state,
                       struct sheet *s)
{
    char text[64];
    sheet_row(s, g->text, g->text);
    if (g->state != GUARD_NO_DATA) {
        (void)snprintf(text, sizeof text, "%.4g %% within", g->canary * PERCENT);
        sheet_put_text(s, 0, text);
    }
    if (g->state != GUARD_NO_DATA && g->slo.kind == SLO_LATENCY) {
        (void)snprintf(text, sizeof text, "%.4g to %.4g %%", g->low * PERCENT,
                       g->high * PERCENT);
        sheet_put_text(s, 1, text);
    }
    if (g->state != GUARD_NO_DATA) {
        (void)snprintf(text, sizeof text, "at least %.4g %%", g->wanted * PERCENT);
        sheet_put_text(s, 2, text);
    }
    sheet_put_text(s, 3, state_words[state]);
}

static void put_tradeoff(const struct cost_runs *x, struct sheet *s)
{
    sheet_table(s, "tradeoff", "Cheaper, and within its budgets?");
    (void)sheet_column(s, "measured");
    (void)sheet_column(s, "interval");
    (void)sheet_column(s, "wanted");
    (void)sheet_column(s, "shown");
    put_saving(x, s);
    for (size_t i = 0; i < x->verdict->guard_count; i++)
        put_budget(&x->verdict->guards[i], x->tradeoff.guards[i], s);
}

/* What the judge found of each gate, worst words included. */
static void put_gates(const struct cost_runs *x, struct sheet *s)
{
    static const char *const words[] = {
        [GATE_PASS] = "within the margin",
        [GATE_FAIL] = "worse",
        [GATE_UNCERTAIN] = "unsure",
        [GATE_NO_DATA] = "no data",
    };
    char text[WORDING_TEXT];
    sheet_table(s, "judge", "The judge, against the first");
    (void)sheet_column(s, "change");
    (void)sheet_column(s, "interval");
    (void)sheet_column(s, "finding");
    for (size_t i = 0; i < x->verdict->result_count; i++) {
        const struct gate_result *r = &x->verdict->results[i];
        if (!r->is_gating || r->state == GATE_NO_DATA)
            continue;
        sheet_row(s, r->gate->name, wording_label(text, r->gate));
        sheet_put_text(s, 0, wording_change(text, r, r->estimate));
        sheet_put_text(s, 1, wording_interval(text, r));
        sheet_put_text(s, 2, words[r->state]);
    }
}

void cost_run_tradeoff(const struct cost_runs *x, struct sheet *s)
{
    put_tradeoff(x, s);
    put_gates(x, s);
}
