/* Errors: the first wins, context goes before it, long text is cut. */
#include "base/err.h"

#include "check.h"

#include <errno.h>

static int deep(struct err *e)
{
    return err_set(e, "rows[%d].weight: -1 is out of range 0..1000", 3);
}

static void first_wins(void)
{
    struct err e = {0};
    CHECK_INT(deep(&e), -1);
    CHECK_INT(err_set(&e, "later"), -1);
    CHECK_STR(e.text, "rows[3].weight: -1 is out of range 0..1000");
}

static void context_goes_before(void)
{
    struct err e = {0};
    (void)deep(&e);
    CHECK_INT(err_in(&e, "profile %s", "x.json"), -1);
    CHECK_STR(e.text, "profile x.json: rows[3].weight: -1 is out of range 0..1000");
}

static void errno_is_told(void)
{
    struct err e = {0};
    (void)err_set_errno(&e, ENOSPC, "cannot write %s", "run.json");
    CHECK_STR(e.text, "cannot write run.json: No space left on device");
}

static void long_text_is_cut(void)
{
    struct err e = {0};
    char text[4096];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)err_set(&e, "%s", text);
    (void)err_in(&e, "%s", text);
    CHECK_INT(strlen(e.text), sizeof e.text - 1);
    err_clear(&e);
    CHECK(!e.is_set && e.text[0] == '\0');
}

int main(void)
{
    RUN(first_wins);
    RUN(context_goes_before);
    RUN(errno_is_told);
    RUN(long_text_is_cut);
    return check_report();
}
