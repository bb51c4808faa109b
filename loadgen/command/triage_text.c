/*
 * A look on the terminal: the verdict first, in one line where that is enough; then
 * why it is that bad and what to do; then every check with its time and evidence.
 */
#include "base/pen.h"
#include "base/units.h"
#include "base/wrap.h"
#include "command/triage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_COLUMNS 12
#define WORD_COLUMNS 8
#define TIME_COLUMNS 9
#define INDENT 2
#define TEXT_COLUMN (INDENT + WORD_COLUMNS + NAME_COLUMNS + TIME_COLUMNS + 2)

static const struct {
    const char *word, *code;
} states[] = {
    [CHECK_SKIPPED] = {"-", "2"},
    [CHECK_FINE] = {"ok", "32"},
    [CHECK_ODD] = {"odd", "33"},
    [CHECK_FAILED] = {"FAILED", "31"},
};

static const char *const severity_codes[] = {
    [SEVERITY_P1] = "1;31",
    [SEVERITY_P2] = "1;31",
    [SEVERITY_P3] = "1;33",
    [SEVERITY_P4] = "1;32",
};

static void put_verdict(const struct pen *p, const struct look *l,
                        const struct triage *t)
{
    char word[8];
    struct buf line;
    buf_init(&line, 8192);
    (void)snprintf(word, sizeof word, "P%d", (int)l->diagnosis.severity); /* fits */
    look_sentence(l, t, &line);
    pen_styled(p, severity_codes[l->diagnosis.severity], word);
    buf_puts(p->out, "  ");
    wrap_text(p->out, line.data, 4, 4, p->width);
    buf_release(&line);
}

static void put_why(const struct pen *p, const struct look *l)
{
    static const char *const sides[] = {
        [SIDE_NOBODY] = "",
        [SIDE_OURS] = "; the cause is on our side",
        [SIDE_NETWORK] = "; the cause is on the way",
        [SIDE_THEIRS] = "; the cause is on the server's side",
    };
    const struct diagnosis *d = &l->diagnosis;
    const struct leaf_row *row = &leaf_rows[d->leaf];
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "%s%s", row->reason,
               d->is_intermittent ? " now and then: some of the requests worked" : "");
    if (d->leaf != LEAF_RESOLVED)
        buf_printf(&line, "; found by: %s%s", check_titles[row->check],
                   sides[row->side]);
    pen_paragraph(p, 4, line.data);
    buf_release(&line);
}

static void put_step(const struct pen *p, unsigned number, const char *text)
{
    buf_printf(p->out, "  %u. ", number);
    wrap_text(p->out, text, 5, 5, p->width);
}

static void put_next(const struct pen *p, const struct look *l, const struct triage *t)
{
    const char *text = leaf_rows[l->diagnosis.leaf].next;
    size_t other = look_stand_in(l);
    unsigned number = 1;
    if (text[0] == '\0' && other == l->target_count)
        return;
    pen_heading(p, "Next");
    if (other < l->target_count) {
        char first[400];
        (void)snprintf(first, sizeof first, "send the traffic to %s: it works now",
                       t->targets[other].shown);
        put_step(p, number++, first);
    }
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = xstrndup(text, length);
        put_step(p, number++, line);
        free(line);
        text += length + (text[length] == '\n');
    }
}

static void put_check(const struct pen *p, enum check check,
                      const struct check_result *r)
{
    char took[UNITS_TEXT] = "";
    const char *word = states[r->state].word;
    if (r->took_ns > 0)
        (void)units_format_ns(took, r->took_ns);
    wrap_indent(p->out, INDENT);
    pen_styled(p, states[r->state].code, word);
    wrap_indent(p->out, WORD_COLUMNS - strlen(word));
    buf_printf(p->out, "%-*s%*s  ", NAME_COLUMNS, check_names[check], TIME_COLUMNS,
               took);
    wrap_text(p->out, r->text, TEXT_COLUMN, TEXT_COLUMN, p->width);
}

/* Checks in a row that were skipped for the same reason share a line. */
static unsigned put_skipped(const struct pen *p, const struct check_result *checks,
                            unsigned first)
{
    unsigned last = first;
    while (last + 1 < CHECK_COUNT && checks[last + 1].state == CHECK_SKIPPED &&
           strcmp(checks[last + 1].text, checks[first].text) == 0)
        last++;
    if (last == first)
        return first;
    struct buf line;
    buf_init(&line, 4096);
    for (unsigned i = first; i <= last; i++)
        buf_printf(&line, "%s%s", check_names[i], i < last ? ", " : ": ");
    buf_puts(&line, checks[first].text);
    wrap_indent(p->out, INDENT);
    pen_styled(p, states[CHECK_SKIPPED].code, states[CHECK_SKIPPED].word);
    wrap_indent(p->out, WORD_COLUMNS - strlen(states[CHECK_SKIPPED].word));
    wrap_text(p->out, line.data, INDENT + WORD_COLUMNS, INDENT + WORD_COLUMNS,
              p->width);
    buf_release(&line);
    return last + 1;
}

static void put_checks(const struct pen *p, const struct check_result *checks)
{
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        if (checks[i].state == CHECK_SKIPPED && checks[i].text[0] != '\0') {
            unsigned next = put_skipped(p, checks, i);
            if (next > i) {
                i = next - 1;
                continue;
            }
        }
        if (checks[i].text[0] != '\0')
            put_check(p, (enum check)i, &checks[i]);
    }
}

/* Beside others, a target needs a verdict of its own. */
static void put_own_verdict(const struct pen *p, const struct diagnosis *d)
{
    char word[8], line[256];
    (void)snprintf(word, sizeof word, "P%d", (int)d->severity); /* fits */
    (void)snprintf(line, sizeof line, "%s%s", leaf_rows[d->leaf].title,
                   diagnosis_can_take_over(d) ? ": it can take traffic" : "");
    wrap_indent(p->out, INDENT);
    pen_styled(p, severity_codes[d->severity], word);
    buf_puts(p->out, "  ");
    wrap_text(p->out, line, INDENT + 4, INDENT + 4, p->width);
}

static void put_target(const struct pen *p, const struct target_look *l,
                       const struct triage_target *t, bool is_alone)
{
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "%s%s%s%s%s", t->shown, l->dialect[0] != '\0' ? ", " : "",
               l->dialect, l->model[0] != '\0' ? ", " : "", l->model);
    pen_heading(p, line.data);
    buf_release(&line);
    if (!is_alone)
        put_own_verdict(p, &l->diagnosis);
    put_checks(p, l->checks);
}

void triage_text(const struct look *l, const struct triage *t, size_t width,
                 bool is_colour, struct buf *out)
{
    struct pen pen = pen_make(out, width, is_colour);
    put_verdict(&pen, l, t);
    put_why(&pen, l);
    put_next(&pen, l, t);
    for (size_t i = 0; i < l->target_count; i++)
        put_target(&pen, &l->targets[i], &t->targets[i], l->target_count == 1);
    if (t->prometheus != NULL || t->app != NULL) {
        pen_heading(&pen, "Beside it");
        put_checks(&pen, l->checks);
    }
}
