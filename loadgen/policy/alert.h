/*
 * Alerts: what somebody on call would be told while a run runs. One row each; looked
 * at once a second. Pure.
 *
 * An alert fires after so many looks in a row above its limit, and ends after as many
 * at or below it, so that a value about its limit does not flutter. It changes nothing
 * about the run; a guard is the same detector with the user's limit, and ends it.
 */
#ifndef GUST_ALERT_H
#define GUST_ALERT_H

#include <stdbool.h>
#include <stdint.h>

/* Columns: enum, name, priority, limit, looks. Of spending the limit is in pico-units
 * of the list's currency, an hour. */
#define ALERT_LIST(X) X(SPEND, "spend", "P3", INT64_C(10000000000000), 5)

enum alert_kind {
#define ALERT_ENUM(id, name, priority, limit, looks) ALERT_##id,
    ALERT_LIST(ALERT_ENUM)
#undef ALERT_ENUM
        ALERT_COUNT
};

struct alert_row {
    const char *name, *priority;
    int64_t limit;
    unsigned looks; /* > 0 */
};

extern const struct alert_row alert_rows[ALERT_COUNT];

enum alert_change {
    ALERT_SAME,
    ALERT_FIRES,
    ALERT_ENDS,
};

/* Zeroed is one that has seen nothing. */
struct alert {
    unsigned above, below; /* looks in a row */
    bool is_firing;
};

/* A look at the value, against a row's limit and looks. */
enum alert_change alert_note(struct alert *a, int64_t value, int64_t limit,
                             unsigned looks);

#endif
