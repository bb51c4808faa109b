/* How every verb fails; see command.h. */
#include "base/command.h"

#include <stdio.h>

int command_fail(const struct err *e, enum exit_code code)
{
    assert(e->is_set);
    fprintf(stderr, "gust: %s\n", e->text);
    return (int)code;
}
