/* What a look says, in a few words; see triage.h. */
#include "command/triage.h"

#include <stdarg.h>
#include <stdio.h>

void check_say(struct check_result *r, enum check_state state, const char *format, ...)
{
    va_list args;
    r->state = state;
    va_start(args, format);
    (void)vsnprintf(r->text, sizeof r->text, format, args); /* cut: it is for reading */
    va_end(args);
    for (char *p = r->text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?'; /* a server's words must not command the terminal */
}

void look_init(struct look *l)
{
    *l = (struct look){0};
    buf_init(&l->transcript, 8u << 20);
}

void look_release(struct look *l)
{
    buf_release(&l->transcript);
}

const char *look_evidence(const struct look *l)
{
    enum check check = leaf_rows[l->diagnosis.leaf].check;
    if (l->about == l->target_count)
        return l->checks[check].text;
    const struct target_look *t = &l->targets[l->about];
    if (l->diagnosis.leaf == LEAF_STANDBY_DOWN || l->diagnosis.leaf == LEAF_CUT_OFF)
        check = leaf_rows[t->diagnosis.leaf].check;
    /* the row names the check that shows it first; a later or earlier one may */
    if (t->checks[check].state < CHECK_ODD && l->diagnosis.leaf != LEAF_RESOLVED)
        check =
            t->checks[CHECK_REQUEST].state == CHECK_FAILED ? CHECK_REQUEST : CHECK_HTTP;
    return t->checks[check].text;
}

void look_sentence(const struct look *l, const struct triage *t, struct buf *out)
{
    const char *evidence = look_evidence(l);
    buf_puts(out, leaf_rows[l->diagnosis.leaf].title);
    if (l->diagnosis.leaf == LEAF_STANDBY_DOWN)
        buf_printf(out, ": %s: %s", t->targets[l->about].shown,
                   leaf_rows[l->targets[l->about].diagnosis.leaf].title);
    if (evidence[0] != '\0')
        buf_printf(out, ": %s", evidence);
}

size_t look_stand_in(const struct look *l)
{
    if (diagnosis_is_recovered(&l->targets[0].diagnosis))
        return l->target_count;
    for (size_t i = 1; i < l->target_count; i++)
        if (diagnosis_can_take_over(&l->targets[i].diagnosis))
            return i;
    return l->target_count;
}

enum exit_code look_exit_code(const struct look *l)
{
    if (diagnosis_is_blind(&l->diagnosis))
        return EXIT_CANNOT_RUN;
    switch (l->diagnosis.severity) {
    case SEVERITY_P1:
    case SEVERITY_P2:
        return EXIT_NO_GO;
    case SEVERITY_P3:
        return EXIT_INCONCLUSIVE;
    case SEVERITY_P4:
        return EXIT_GO;
    }
    bug("no such severity");
}
