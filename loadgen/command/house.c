/* Own hardware on the command line; see house.h. */
#include "command/house.h"

#include "base/money.h"
#include "base/units.h"

#include <string.h>

int house_overhead(const char *text, struct selfhost *out, struct err *e)
{
    int64_t amount = 0;
    struct err ignored = {0}; /* it may be a share */
    if (text == NULL)
        return 0;
    if (money_rate_parse(text, &amount, &ignored) == 0) {
        out->overhead_hour = (double)amount / (double)MONEY_UNIT;
        return 0;
    }
    ignored = (struct err){0};
    if (strchr(text, '%') != NULL &&
        units_share(text, &out->overhead_share, &ignored) == 0)
        return 0;
    return err_set(e,
                   "--overhead: \"%s\" is no share such as 15%% and no amount such as "
                   "$3/h",
                   text);
}
