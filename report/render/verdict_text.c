/*
 * A verdict on the terminal; see verdict.h. The table fits in 80 columns; on wider
 * terminals it also shows the interval and the p-values.
 */
#include "render/verdict.h"

#include "base/pen.h"
#include "base/units.h"
#include "base/wrap.h"
#include "judge/wording.h"

#include <string.h>

#define WIDTH_WIDE 104
#define ARM_COLUMN 12

static const char *const call_codes[] = {
    [CALL_GO] = "1;32",
    [CALL_NO_GO] = "1;31",
    [CALL_INCONCLUSIVE] = "1;33",
};

static const struct {
    const char *word, *code;
} state_words[] = {
    [GATE_PASS] = {"pass", "32"},
    [GATE_FAIL] = {"FAIL", "31"},
    [GATE_UNCERTAIN] = {"unsure", "33"},
    [GATE_NO_DATA] = {"no data", "2"},
};

static const struct {
    const char *word, *code;
} guard_words[] = {
    [GUARD_KEPT] = {"kept", "32"},
    [GUARD_MISSED] = {"missed", "33"},
    [GUARD_BROKEN] = {"BROKEN", "31"},
    [GUARD_NO_DATA] = {"no data", "2"},
};

/* The word is coloured, the rest of the sentence is not. */
static void put_call(const struct pen *p, const struct verdict *v)
{
    const char *word = call_rows[v->call].word;
    size_t length = strlen(word);
    pen_styled(p, call_codes[v->call], word);
    buf_puts(p->out, "  ");
    wrap_text(p->out, v->sentence + length + strlen(": "), length + 2, length + 2,
              p->width);
}

/* Names come from outside: nothing in them may command the terminal. */
static void put_name(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        buf_putc(out, (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void put_arm(const struct pen *p, const char *title, const struct verdict_arm *a)
{
    char count[UNITS_TEXT];
    struct buf line;
    buf_init(&line, 1u << 20);
    put_name(&line, a->name);
    buf_puts(&line, " at ");
    put_name(&line, a->url);
    buf_printf(&line, ": %s requests in %g s",
               units_format_count(count, a->sum.requests), a->seconds);
    buf_printf(p->out, "  %-9s ", title);
    wrap_text(p->out, line.data, ARM_COLUMN, ARM_COLUMN, p->width);
    buf_release(&line);
}

static void put_arms(const struct pen *p, const struct verdict *v)
{
    buf_putc(p->out, '\n');
    put_arm(p, "baseline", &v->arms[SIDE_BASELINE]);
    put_arm(p, "canary", &v->arms[SIDE_CANARY]);
    buf_printf(p->out, "  %s, policy ", pairing_mode_names[v->mode]);
    put_name(p->out, v->policy_name);
    buf_puts(p->out, v->is_calibrated ? ", calibrated" : "");
    buf_puts(p->out, v->is_look ? ", an early look\n" : "\n");
}

static void put_row(const struct pen *p, const struct gate_result *r)
{
    char baseline[WORDING_TEXT], canary[WORDING_TEXT], change[WORDING_TEXT];
    char margin[WORDING_TEXT], interval[WORDING_TEXT];
    const char *word = state_words[r->state].word;
    buf_puts(p->out, "  ");
    pen_styled(p, state_words[r->state].code, word);
    wrap_indent(p->out, 8 - strlen(word));
    buf_printf(p->out, "%-18s %12s %12s %11s %9s", r->gate->name,
               wording_value(baseline, r, SIDE_BASELINE),
               wording_value(canary, r, SIDE_CANARY),
               wording_change(change, r, r->estimate),
               wording_change(margin, r, r->margin));
    if (p->width >= WIDTH_WIDE)
        buf_printf(p->out, " %22s", wording_interval(interval, r));
    buf_putc(p->out, '\n');
}

static void put_gates(const struct pen *p, const struct verdict *v, bool is_gating)
{
    pen_heading(p, is_gating ? "Gates" : "Shown only");
    buf_printf(p->out, "  %-8s%-18s %12s %12s %11s %9s%s\n", "", "", "baseline",
               "canary", "change", "allowed",
               p->width >= WIDTH_WIDE ? "           90 % interval" : "");
    for (size_t i = 0; i < v->result_count; i++)
        if (v->results[i].is_gating == is_gating && v->results[i].is_applicable)
            put_row(p, &v->results[i]);
}

static void put_guards(const struct pen *p, const struct verdict *v)
{
    if (v->guard_count > 0)
        pen_heading(p, "SLOs of the canary");
    for (size_t i = 0; i < v->guard_count; i++) {
        const struct guard_result *g = &v->guards[i];
        const char *word = guard_words[g->state].word;
        buf_puts(p->out, "  ");
        pen_styled(p, guard_words[g->state].code, word);
        wrap_indent(p->out, 8 - strlen(word));
        buf_printf(p->out, "%-24s", g->text);
        if (g->state != GUARD_NO_DATA)
            buf_printf(p->out, " %8.4g %% within, baseline %.4g %%", g->canary * 100,
                       g->baseline * 100);
        buf_putc(p->out, '\n');
    }
}

static void put_caveats(const struct pen *p, const struct verdict *v, bool is_note)
{
    bool is_first = true;
    for (size_t i = 0; i < v->caveats.count; i++) {
        const struct caveat *c = &v->caveats.items[i];
        const struct caveat_row *row = &caveat_rows[c->code];
        struct buf line;
        if ((row->weight == CAVEAT_NOTE) != is_note)
            continue;
        if (is_first)
            pen_heading(p, is_note ? "Notes" : "Why not GO");
        is_first = false;
        buf_init(&line, 8192);
        buf_printf(&line, "%s: %s%s%s", row->code, c->text,
                   row->advice[0] != '\0' ? "; " : "", row->advice);
        pen_item(p, line.data);
        buf_release(&line);
    }
}

static void put_errors(const struct pen *p, const struct verdict *v)
{
    const struct verdict_arm *b = &v->arms[SIDE_BASELINE], *c = &v->arms[SIDE_CANARY];
    bool is_first = true;
    for (size_t o = 0; o < OUTCOME_COUNT; o++) {
        char left[UNITS_TEXT], right[UNITS_TEXT];
        if (o == OUTCOME_OK || b->outcomes[o] + c->outcomes[o] == 0)
            continue;
        if (is_first)
            pen_heading(p, "Errors (baseline, canary)");
        is_first = false;
        buf_printf(p->out, "  %-26s %10s %10s\n", outcome_rows[o].name,
                   units_format_count(left, b->outcomes[o]),
                   units_format_count(right, c->outcomes[o]));
    }
}

void verdict_text(const struct verdict *v, size_t width, bool is_colour,
                  struct buf *out)
{
    struct pen pen = pen_make(out, width, is_colour);
    put_call(&pen, v);
    put_arms(&pen, v);
    put_gates(&pen, v, true);
    put_guards(&pen, v);
    put_caveats(&pen, v, false);
    put_errors(&pen, v);
    put_gates(&pen, v, false);
    put_caveats(&pen, v, true);
}
