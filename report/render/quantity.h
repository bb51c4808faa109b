/*
 * The numbers of a report, one row each: name in files, label, unit, definition,
 * where the value comes from. Every renderer walks this table, so that a number
 * has one name, one unit and one definition wherever it is printed.
 *
 * Latencies are not here: they are the rows of metric.h times percentile_rows.
 */
#ifndef GUST_QUANTITY_H
#define GUST_QUANTITY_H

#include "base/units.h"
#include "judge/summary.h"

enum quantity_group {
    GROUP_REQUESTS,
    GROUP_RATES,
    GROUP_TOKENS,
    GROUP_COST,
    GROUP_LOAD,
    GROUP_HEALTH,
    GROUP_COUNT
};

extern const char *const quantity_group_names[GROUP_COUNT];

/* How a value is written for people; files get the bare number. */
enum quantity_form {
    FORM_COUNT,  /* 1,234 */
    FORM_RATE,   /* 19.8 */
    FORM_SHARE,  /* 98.3 % of a value 0..1 */
    FORM_MICROS, /* 812 us, of microseconds */
    FORM_MONEY,  /* $0.0123, of whole units of the run's currency */
};

/* What stands at the row's offset in struct summary, or none of it. */
enum quantity_source {
    SOURCE_COUNT,  /* uint64_t */
    SOURCE_PER_S,  /* uint64_t, divided by the window's seconds */
    SOURCE_NUMBER, /* double; negative: unknown */
    SOURCE_DERIVED /* a function of the summary */
};

struct quantity {
    const char *key; /* in JSON: "requests_scheduled" */
    const char *label;
    const char *unit;
    const char *definition;
    enum quantity_group group;
    enum quantity_form form;
    enum quantity_source source;
    size_t offset;
    double (*derive)(const struct summary *s);
};

extern const struct quantity quantities[];
extern const size_t quantity_count;

/* NAN when it is not defined for this run. */
double quantity_value(const struct quantity *q, const struct summary *s);

/* "19.8", "98.3 %", "n/a", without the unit. */
const char *quantity_text(char text[UNITS_TEXT], const struct quantity *q,
                          const struct summary *s);

/* The columns of every latency table. */
struct percentile_row {
    const char *name; /* "p99" */
    double percentile;
};

#define PERCENTILE_ROWS 5
extern const struct percentile_row percentile_rows[PERCENTILE_ROWS];

/* Does the metric stand in the latency table of a person's report? The headline
 * ones, and those from wire start beside them, when anything was measured. */
bool latency_is_shown(const struct summary *s, size_t metric);

/* Text of a latency in microseconds; "n/a" when it is not finite. */
const char *latency_text(char text[UNITS_TEXT], double us);

#endif
