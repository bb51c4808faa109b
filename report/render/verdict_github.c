/*
 * A verdict as workflow commands of GitHub Actions; see verdict.h: an error for what
 * forbids the release, a warning for what is undecided, a notice for the rest.
 */
#include "render/verdict.h"

#include "judge/wording.h"

static const char *const call_levels[] = {
    [CALL_GO] = "notice",
    [CALL_NO_GO] = "error",
    [CALL_INCONCLUSIVE] = "warning",
};

/* Data and properties escape %, CR and LF; properties also : and the comma. */
static void put_escaped(struct buf *out, const char *text, bool is_property)
{
    for (; *text != '\0'; text++) {
        bool is_special = *text == '%' || *text == '\r' || *text == '\n' ||
                          (is_property && (*text == ':' || *text == ','));
        if (is_special)
            buf_printf(out, "%%%02X", (unsigned)*text);
        else
            buf_putc(out, *text);
    }
}

static void put_command(struct buf *out, const char *level, const char *title,
                        const char *text)
{
    buf_printf(out, "::%s title=", level);
    put_escaped(out, title, true);
    buf_puts(out, "::");
    put_escaped(out, text, false);
    buf_putc(out, '\n');
}

static void put_gate(const struct gate_result *r, const char *level, struct buf *out)
{
    char label[WORDING_TEXT], change[WORDING_TEXT], margin[WORDING_TEXT];
    struct buf text;
    buf_init(&text, 4096);
    buf_printf(&text, "%s %s, allowed %s", wording_label(label, r->gate),
               wording_change(change, r, r->estimate),
               wording_change(margin, r, r->margin));
    put_command(out, level, r->gate->name, text.data);
    buf_release(&text);
}

void verdict_github(const struct verdict *v, struct buf *out)
{
    put_command(out, call_levels[v->call], "canary", v->sentence);
    for (size_t i = 0; i < v->result_count; i++) {
        const struct gate_result *r = &v->results[i];
        if (r->is_gating && r->state == GATE_FAIL)
            put_gate(r, "error", out);
        if (r->is_gating && r->state == GATE_UNCERTAIN)
            put_gate(r, "warning", out);
    }
    for (size_t i = 0; i < v->caveats.count; i++) {
        const struct caveat *c = &v->caveats.items[i];
        const struct caveat_row *row = &caveat_rows[c->code];
        if (row->weight != CAVEAT_NOTE)
            put_command(out, "warning", row->code, c->text);
    }
}
