/* Alerts; see alert.h. */
#include "policy/alert.h"

const struct alert_row alert_rows[ALERT_COUNT] = {
#define ALERT_ROW(id, name, priority, limit, looks)                                    \
    [ALERT_##id] = {name, priority, limit, looks},
    ALERT_LIST(ALERT_ROW)
#undef ALERT_ROW
};

enum alert_change alert_note(struct alert *a, int64_t value, int64_t limit,
                             unsigned looks)
{
    bool is_above = value > limit;
    a->above = is_above ? a->above + 1 : 0;
    a->below = is_above ? 0 : a->below + 1;
    if (!a->is_firing && a->above >= looks) {
        a->is_firing = true;
        return ALERT_FIRES;
    }
    if (a->is_firing && a->below >= looks) {
        a->is_firing = false;
        return ALERT_ENDS;
    }
    return ALERT_SAME;
}
