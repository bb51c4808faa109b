/* Which price list a verb uses; see prices.h. */
#include "command/prices.h"

#include "workload/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct price_list *prices_load(const char *name, struct err *e)
{
    char path[4096], shipped[128];
    if (strpbrk(name, "/.") != NULL)
        return price_list_load(name, e);
    int n = snprintf(shipped, sizeof shipped, "prices/%s", name);
    if (n < 0 || (size_t)n >= sizeof shipped ||
        !profile_path(shipped, path, sizeof path)) {
        (void)err_set(
            e,
            "unknown price list \"%s\": give a file such as ./prices.json, or "
            "the shipped list " PRICES_SHIPPED,
            name);
        return NULL;
    }
    return price_list_load(path, e);
}

void prices_words(const struct price_list *l, int64_t wall_ns, struct buf *out)
{
    int64_t days = price_list_age_days(l, wall_ns);
    buf_printf(out, "%s of %s", l->name[0] ? l->name : "list", l->date);
    if (l->source[0] != '\0')
        buf_printf(out, ", from %s", l->source);
    if (days > PRICE_STALE_DAYS)
        buf_printf(out, "; they are %" PRId64 " days old: check them", days);
}
