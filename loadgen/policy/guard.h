/*
 * Guards: when a run must end before its time. Pure.
 *
 * A configuration error (wrong key, path, model, body) answers the first
 * requests; nothing gets better by sending more, and a server that says no must
 * not be hammered. Later, errors are what the run is about, and only the error
 * share that the user set (--stop-on) ends it.
 */
#ifndef GUST_GUARD_H
#define GUST_GUARD_H

#include "wire/outcome.h"

/* Of the first finished requests of one worker. */
struct guard {
    bool had_success;
    unsigned streak; /* configuration errors in a row, before any success */
};

/* Counts an outcome; true when the run must stop: a refused key at once, other
 * configuration errors after GUARD_STREAK in a row without any success. */
#define GUARD_STREAK 3
bool guard_note(struct guard *g, enum outcome outcome);

/* Has the share of failures passed the limit (0..1; 0 never)? Judged from
 * GUARD_SHARE_MIN finished requests on. */
#define GUARD_SHARE_MIN 100
bool guard_share(uint64_t finished, uint64_t failed, double limit);

#endif
