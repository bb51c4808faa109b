/*
 * Tables and evidence; see verdict_tables.h. Numbers are worded by judge/wording.h,
 * so that they read the same here as in every other rendering.
 */
#include "render/verdict_tables.h"

#include "base/units.h"
#include "judge/wording.h"
#include "render/markup.h"

#include <math.h>
#include <stdio.h>

#define P_TEXT 32
#define P_LEAST 1e-4 /* smaller ones are not worth their digits */

const struct state_row gate_state_rows[] = {
    [GATE_PASS] = {"pass", "good"},
    [GATE_FAIL] = {"fail", "bad"},
    [GATE_UNCERTAIN] = {"unsure", "warning"},
    [GATE_NO_DATA] = {"no data", "quiet"},
};

const struct state_row guard_state_rows[] = {
    [GUARD_KEPT] = {"kept", "good"},
    [GUARD_MISSED] = {"missed", "warning"},
    [GUARD_BROKEN] = {"broken", "bad"},
    [GUARD_NO_DATA] = {"no data", "quiet"},
};

static const char *p_text(char text[P_TEXT], double p)
{
    if (p < P_LEAST)
        (void)snprintf(text, P_TEXT, "< %g", P_LEAST);
    else
        (void)snprintf(text, P_TEXT, "%.2g", p);
    return text;
}

/* The same as a sentence says it: "p = 0.03", "p < 0.0001". */
static const char *p_said(char text[P_TEXT], double p)
{
    if (p < P_LEAST)
        (void)snprintf(text, P_TEXT, "p < %g", P_LEAST);
    else
        (void)snprintf(text, P_TEXT, "p = %.2g", p);
    return text;
}

static void put_tag(const struct state_row *state, struct buf *out)
{
    buf_printf(out, "<span class=\"tag %s\">%s</span>", state->tone, state->word);
}

static void put_cell(const char *classes, const char *text, struct buf *out)
{
    buf_printf(out, "<td class=\"%s\">", classes);
    markup_text(out, text);
    buf_puts(out, "</td>");
}

/* ---- gates */

static void put_gate(const struct gate_result *r, struct buf *out)
{
    char text[WORDING_TEXT], p[P_TEXT];
    buf_puts(out, "<tr><th scope=\"row\">");
    markup_text(out, wording_label(text, r->gate));
    buf_printf(out, "%s</th><td>",
               r->is_gating ? "" : " <span class=\"d\">shown</span>");
    put_tag(&gate_state_rows[r->state], out);
    buf_puts(out, "</td>");
    put_cell("n x", wording_value(text, r, SIDE_BASELINE), out);
    put_cell("n x", wording_value(text, r, SIDE_CANARY), out);
    put_cell("n", wording_change(text, r, r->estimate), out);
    put_cell("n x", wording_interval(text, r), out);
    put_cell("n", wording_change(text, r, r->margin), out);
    put_cell("n x p", r->is_defined ? p_text(p, r->p_nogo) : "n/a", out);
    put_cell("n x p", r->is_defined ? p_text(p, r->p_go) : "n/a", out);
    buf_puts(out, "</tr>\n");
}

void verdict_html_gates(const struct verdict *v, struct buf *out)
{
    buf_puts(
        out,
        "<h2 id=\"gates\">Gates</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
        "<th scope=\"col\">number</th><th scope=\"col\">state</th>"
        "<th scope=\"col\" class=\"n x\">baseline</th><th scope=\"col\" "
        "class=\"n x\">canary</th><th scope=\"col\" class=\"n\">change</th>"
        "<th scope=\"col\" class=\"n x\">90 % interval</th><th scope=\"col\" "
        "class=\"n\">allowed</th><th scope=\"col\" class=\"n x p\">p, not worse</th>"
        "<th scope=\"col\" class=\"n x p\">p, beyond margin</th></tr></thead>\n"
        "<tbody>\n");
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < v->result_count; i++)
            if (v->results[i].is_applicable && v->results[i].is_gating == (pass == 0))
                put_gate(&v->results[i], out);
    buf_puts(
        out,
        "</tbody></table></div>\n<p class=\"note\">Failed requests are slower than "
        "every other. Pass: &ldquo;worse by more than is allowed&rdquo; is refuted. "
        "Fail: &ldquo;not worse&rdquo; is refuted, and the change is more than is "
        "allowed. Unsure: neither. Rows marked &ldquo;shown&rdquo; decide nothing."
        "</p>\n");
}

/* ---- SLOs */

void verdict_html_guards(const struct verdict *v, struct buf *out)
{
    if (v->guard_count == 0)
        return;
    buf_puts(out,
             "<h2 id=\"slos\">SLOs of the canary</h2>\n<div class=\"scroll\">"
             "<table>\n<thead><tr><th scope=\"col\">SLO</th><th scope=\"col\">state"
             "</th><th scope=\"col\" class=\"n\">canary</th><th scope=\"col\" "
             "class=\"n\">baseline</th><th scope=\"col\" class=\"n\">needed</th>"
             "<th scope=\"col\" class=\"n x\">requests</th><th scope=\"col\" "
             "class=\"n x\">p, kept</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < v->guard_count; i++) {
        const struct guard_result *g = &v->guards[i];
        char n[UNITS_TEXT], p[P_TEXT];
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, g->text);
        buf_puts(out, "</th><td>");
        put_tag(&guard_state_rows[g->state], out);
        if (g->state == GUARD_NO_DATA)
            buf_puts(out, "</td><td class=\"n\">n/a</td><td class=\"n\">n/a</td>");
        else
            buf_printf(out,
                       "</td><td class=\"n\">%.4g %%</td><td class=\"n\">%.4g %%</td>",
                       g->canary * 100, g->baseline * 100);
        buf_printf(out, "<td class=\"n\">%.4g %%</td><td class=\"n x\">%s</td>",
                   g->wanted * 100, units_format_count(n, g->n));
        put_cell("n x", g->state == GUARD_NO_DATA ? "n/a" : p_text(p, g->p_broken),
                 out);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out,
             "</tbody></table></div>\n<p class=\"note\">Share of the requests within "
             "the limit, or that succeeded. Broken: missed, and proven. Missed: "
             "not proven, but no GO.</p>\n");
}

/* ---- errors */

static uint64_t sum_of(const uint64_t counts[OUTCOME_COUNT])
{
    uint64_t sum = 0;
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        sum += counts[o];
    return sum;
}

/* A count, its share, and a bar in the colour of the arm. */
static void put_error_cell(const struct verdict_arm *a, size_t o, double most,
                           const char *ink, struct buf *out)
{
    char count[UNITS_TEXT];
    uint64_t all = sum_of(a->outcomes);
    double share = all > 0 ? (double)a->outcomes[o] / (double)all : 0;
    buf_printf(out, "<td>%s <span class=\"d\">%.3g %%</span>",
               units_format_count(count, a->outcomes[o]), share * 100);
    if (share > 0)
        buf_printf(out,
                   "<span class=\"bar\" style=\"width:%.3g%%;background:var(%s)\">"
                   "</span>",
                   share / most * 100, ink);
    buf_puts(out, "</td>");
}

static double share_most(const struct verdict *v)
{
    double most = 0;
    for (unsigned i = 0; i < SIDES; i++) {
        double all = (double)sum_of(v->arms[i].outcomes);
        for (size_t o = 0; o < OUTCOME_COUNT; o++)
            if (o != OUTCOME_OK && all > 0)
                most = fmax(most, (double)v->arms[i].outcomes[o] / all);
    }
    return most;
}

void verdict_html_errors(const struct verdict *v, struct buf *out)
{
    double most = share_most(v);
    buf_puts(out, "<h2 id=\"errors\">Error classes</h2>\n");
    if (most <= 0) {
        buf_puts(out, "<p>Every request of both arms succeeded.</p>\n");
        return;
    }
    buf_puts(out, "<table class=\"sides\">\n<thead><tr><th scope=\"col\">class</th>"
                  "<th scope=\"col\">baseline</th><th scope=\"col\">canary</th></tr>"
                  "</thead>\n<tbody>\n");
    for (size_t o = 0; o < OUTCOME_COUNT; o++) {
        if (o == OUTCOME_OK ||
            v->arms[SIDE_BASELINE].outcomes[o] + v->arms[SIDE_CANARY].outcomes[o] == 0)
            continue;
        buf_printf(out, "<tr><th scope=\"row\">%s</th>", outcome_rows[o].name);
        put_error_cell(&v->arms[SIDE_BASELINE], o, most, "--p5", out);
        put_error_cell(&v->arms[SIDE_CANARY], o, most, "--p6", out);
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table>\n<p class=\"note\">Of all requests due in the "
                  "measured window.</p>\n");
}

/* ---- evidence */

static void put_measured(const struct gate_result *r, struct buf *out)
{
    char value[SIDES][WORDING_TEXT], n[SIDES][UNITS_TEXT];
    char change[WORDING_TEXT], interval[WORDING_TEXT], margin[WORDING_TEXT];
    markup_printf(out,
                  "%s against %s, over %s and %s requests: %s (90 %% interval %s; "
                  "allowed %s). ",
                  wording_value(value[SIDE_CANARY], r, SIDE_CANARY),
                  wording_value(value[SIDE_BASELINE], r, SIDE_BASELINE),
                  units_format_count(n[SIDE_CANARY], r->n[SIDE_CANARY]),
                  units_format_count(n[SIDE_BASELINE], r->n[SIDE_BASELINE]),
                  wording_change(change, r, r->estimate), wording_interval(interval, r),
                  wording_change(margin, r, r->margin));
}

static void put_reasoning(const struct verdict *v, const struct gate_result *r,
                          struct buf *out)
{
    char go[P_TEXT], nogo[P_TEXT], level[P_TEXT];
    (void)p_said(go, r->p_go), (void)p_said(nogo, r->p_nogo);
    (void)p_text(level, r->is_gating ? r->threshold : v->alpha_nogo);
    switch (r->state) {
    case GATE_PASS:
        markup_printf(out,
                      "That it is worse by more than is allowed is refuted: %s, "
                      "asked for %g.",
                      go, v->alpha_go);
        return;
    case GATE_FAIL:
        markup_printf(out,
                      "That it is not worse is refuted: %s, asked for %s; and "
                      "the change is more than is allowed.",
                      nogo, level);
        return;
    case GATE_UNCERTAIN:
        markup_printf(out,
                      "Neither is proven: \"worse by more than is allowed\" has "
                      "%s, asked for %g; \"not worse\" has %s, asked for %s%s.",
                      go, v->alpha_go, nogo, level,
                      r->is_eligible ? "" : "; and there is too little data to gate");
        return;
    case GATE_NO_DATA:
        buf_puts(out, "There is nothing to compare.");
        return;
    }
    bug("gate state");
}

/* What the test knew of the noise. */
static void put_noise(const struct gate_result *r, struct buf *out)
{
    char p[2][P_TEXT];
    buf_puts(out, "<p class=\"note\">");
    if (r->is_latency)
        markup_printf(out, "Expected beyond the quantile: %.4g and %.4g requests. ",
                      r->exceed[SIDE_CANARY], r->exceed[SIDE_BASELINE]);
    if (isfinite(r->deff))
        markup_printf(out, "Variance %.3g times that of independent requests. ",
                      r->deff);
    if (isfinite(r->lag1))
        markup_printf(out, "Autocorrelation of 10 s sums: %.2g. ", r->lag1);
    if (r->gate->measure != NULL && r->gate->measure->kind == MEASURE_FAILURES)
        markup_printf(out,
                      "p if failures are independent: %s; if blocks of 10 s are: %s "
                      "(%zu blocks in which the canary failed more). ",
                      p_text(p[0], r->p_requests), p_text(p[1], r->p_blocks),
                      r->bad_blocks);
    markup_printf(out, "Degrees of freedom: %u%s. Noise added: kappa %.3g, tau %.3g.",
                  r->nu, r->is_run_level ? ", of runs" : "", r->noise.kappa,
                  r->noise.tau);
    buf_puts(out, "</p>\n");
}

void verdict_html_evidence(const struct verdict *v, struct buf *out)
{
    char label[WORDING_TEXT];
    buf_puts(out, "<h2 id=\"evidence\">Evidence</h2>\n");
    for (size_t i = 0; i < v->result_count; i++) {
        const struct gate_result *r = &v->results[i];
        if (!r->is_applicable || (!r->is_gating && r->state != GATE_FAIL))
            continue;
        buf_printf(out, "<section class=\"evidence %s\">\n<h3>",
                   gate_state_rows[r->state].tone);
        markup_text(out, wording_label(label, r->gate));
        buf_puts(out, " ");
        put_tag(&gate_state_rows[r->state], out);
        buf_puts(out, "</h3>\n<p>");
        if (r->is_defined)
            put_measured(r, out);
        put_reasoning(v, r, out);
        buf_puts(out, "</p>\n");
        if (r->is_defined)
            put_noise(r, out);
        buf_puts(out, "</section>\n");
    }
}

void verdict_html_caveats(const struct verdict *v, bool is_notes, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < v->caveats.count; i++) {
        const struct caveat *c = &v->caveats.items[i];
        const struct caveat_row *row = &caveat_rows[c->code];
        if ((row->weight == CAVEAT_NOTE) != is_notes)
            continue;
        buf_puts(out, is_first ? "<ul>\n<li>" : "<li>");
        is_first = false;
        markup_text(out, c->text);
        if (row->advice[0] != '\0')
            markup_printf(out, "; %s", row->advice);
        buf_printf(out, " <span class=\"d\">%s</span></li>\n", row->code);
    }
    if (!is_first)
        buf_puts(out, "</ul>\n");
}
