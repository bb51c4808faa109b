/*
 * --start-at: one moment for all shards of a run, as text.
 */
#ifndef GUST_START_AT_H
#define GUST_START_AT_H

#include "command/run_options.h"
#include "engine/run.h"

/* "1795260000", "1795260000.25" (Unix seconds) or "2026-11-21T14:03:05Z" into ns since
 * 1970. */
MUST_CHECK int start_at_parse(const char *text, int64_t *out_ns, struct err *e);

/* Is it still to come, and not further than a week away? The error says by how much. */
MUST_CHECK int start_at_check(int64_t start_ns, int64_t now_ns, struct err *e);

/* When a run starts, and what is known of the clock that says so. */
struct departure {
    int64_t wall_ns; /* 0: as soon as it can */
    struct clock_record clock;
};

/* --start-at and --clock-check. *code says what a failure is. */
MUST_CHECK int start_at_take(const struct run_settings *s, struct departure *out,
                             enum exit_code *code, struct err *e);

#endif
