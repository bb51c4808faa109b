/*
 * A verdict as GitHub-flavoured Markdown; see verdict.h. One table for the gates, the
 * statistics folded away. Names from outside are escaped.
 */
#include "render/verdict.h"

#include "base/units.h"
#include "judge/wording.h"
#include "render/markup.h"

#include <math.h>
#include <string.h>

static const char *const state_marks[] = {
    [GATE_PASS] = "pass",
    [GATE_FAIL] = "**FAIL**",
    [GATE_UNCERTAIN] = "unsure",
    [GATE_NO_DATA] = "no data",
};

static void put_gate(const struct gate_result *r, struct buf *out)
{
    char text[WORDING_TEXT];
    buf_puts(out, "| ");
    markup_markdown(out, wording_label(text, r->gate));
    buf_printf(out, "%s ", r->is_gating ? "" : " (shown only)");
    buf_printf(out, "| %s ", wording_value(text, r, SIDE_BASELINE));
    buf_printf(out, "| %s ", wording_value(text, r, SIDE_CANARY));
    buf_printf(out, "| %s ", wording_change(text, r, r->estimate));
    buf_printf(out, "| %s ", wording_interval(text, r));
    buf_printf(out, "| %s ", wording_change(text, r, r->margin));
    buf_printf(out, "| %s |\n", state_marks[r->state]);
}

static void put_gates(const struct verdict *v, struct buf *out)
{
    buf_puts(out, "\n| gate | baseline | canary | change | 90 % interval | allowed | "
                  "state |\n| --- | ---: | ---: | ---: | ---: | ---: | --- |\n");
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < v->result_count; i++)
            if (v->results[i].is_gating == (pass == 0) && v->results[i].is_applicable)
                put_gate(&v->results[i], out);
}

static void put_caveats(const struct verdict *v, bool is_note, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < v->caveats.count; i++) {
        const struct caveat *c = &v->caveats.items[i];
        const struct caveat_row *row = &caveat_rows[c->code];
        if ((row->weight == CAVEAT_NOTE) != is_note)
            continue;
        if (is_first)
            buf_printf(out, "\n%s\n\n", is_note ? "Notes:" : "Why not GO:");
        is_first = false;
        buf_printf(out, "- `%s` ", row->code);
        markup_markdown(out, c->text);
        buf_puts(out, row->advice[0] != '\0' ? "; " : "");
        markup_markdown(out, row->advice);
        buf_putc(out, '\n');
    }
}

static void put_guards(const struct verdict *v, struct buf *out)
{
    static const char *const words[] = {
        [GUARD_KEPT] = "kept",
        [GUARD_MISSED] = "missed",
        [GUARD_BROKEN] = "**BROKEN**",
        [GUARD_NO_DATA] = "no data",
    };
    if (v->guard_count > 0)
        buf_puts(out, "\n| SLO of the canary | baseline | canary | state |\n"
                      "| --- | ---: | ---: | --- |\n");
    for (size_t i = 0; i < v->guard_count; i++) {
        const struct guard_result *g = &v->guards[i];
        buf_puts(out, "| ");
        markup_markdown(out, g->text);
        if (g->state == GUARD_NO_DATA)
            buf_puts(out, " | n/a | n/a |");
        else
            buf_printf(out, " | %.4g %% | %.4g %% |", g->baseline * 100,
                       g->canary * 100);
        buf_printf(out, " %s |\n", words[g->state]);
    }
}

static void put_number(struct buf *out, double x)
{
    if (isfinite(x))
        buf_printf(out, "| %.3g ", x);
    else
        buf_puts(out, "| n/a ");
}

static void put_statistics(const struct verdict *v, struct buf *out)
{
    char b[UNITS_TEXT], c[UNITS_TEXT];
    buf_puts(out, "\n<details><summary>Statistics</summary>\n\n"
                  "| gate | p GO | p NO-GO | level | requests | design effect | "
                  "degrees of freedom | kappa | tau |\n"
                  "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (size_t i = 0; i < v->result_count; i++) {
        const struct gate_result *r = &v->results[i];
        if (!r->is_applicable || !r->is_defined)
            continue;
        buf_puts(out, "| ");
        markup_markdown(out, r->gate->name);
        buf_putc(out, ' ');
        put_number(out, r->p_go);
        put_number(out, r->p_nogo);
        put_number(out, r->is_gating ? r->threshold : (double)NAN);
        buf_printf(out, "| %s, %s ", units_format_count(b, r->n[SIDE_BASELINE]),
                   units_format_count(c, r->n[SIDE_CANARY]));
        put_number(out, r->deff);
        buf_printf(out, "| %u | %.3g | %.3g |\n", r->nu, r->noise.kappa, r->noise.tau);
    }
    buf_puts(out, "\n</details>\n");
}

void verdict_markdown(const struct verdict *v, struct buf *out)
{
    buf_printf(out, "### %s", call_rows[v->call].word);
    markup_markdown(out, v->sentence + strlen(call_rows[v->call].word));
    buf_puts(out, "\n");
    put_gates(v, out);
    put_guards(v, out);
    put_caveats(v, false, out);
    put_caveats(v, true, out);
    buf_puts(out, "\nBaseline ");
    markup_markdown(out, v->arms[SIDE_BASELINE].name);
    buf_puts(out, ", canary ");
    markup_markdown(out, v->arms[SIDE_CANARY].name);
    buf_printf(out, "; %s, %g usable seconds, policy ", pairing_mode_names[v->mode],
               v->seconds);
    markup_markdown(out, v->policy_name);
    buf_puts(out, v->is_look ? ", an early look.\n" : ".\n");
    put_statistics(v, out);
}
