/* One error, first one wins; see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* snprintf and friends cut long text; for a message that is what we want. */
PRINTF_LIKE(2, 0)
static void err_vset(struct err *e, const char *format, va_list args)
{
    (void)vsnprintf(e->text, sizeof e->text, format, args);
    e->is_set = true;
}

int err_set(struct err *e, const char *format, ...)
{
    if (e->is_set)
        return -1;
    va_list args;
    va_start(args, format);
    err_vset(e, format, args);
    va_end(args);
    return -1;
}

int err_set_errno(struct err *e, int error_number, const char *format, ...)
{
    if (e->is_set)
        return -1;
    va_list args;
    va_start(args, format);
    err_vset(e, format, args);
    va_end(args);
    size_t used = strlen(e->text);
    (void)snprintf(e->text + used, sizeof e->text - used, ": %s",
                   strerror(error_number));
    return -1;
}

int err_in(struct err *e, const char *format, ...)
{
    assert(e->is_set);
    char old[sizeof e->text];
    memcpy(old, e->text, sizeof old);
    va_list args;
    va_start(args, format);
    err_vset(e, format, args);
    va_end(args);
    size_t used = strlen(e->text);
    (void)snprintf(e->text + used, sizeof e->text - used, ": %s", old);
    return -1;
}

void err_clear(struct err *e)
{
    e->is_set = false;
    e->text[0] = '\0';
}
