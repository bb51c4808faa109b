/*
 * When a run starts: as soon as it can, or at a moment that all shards are given.
 *
 * The wall clock is read twice only: how long to wait until the connections are
 * opened, and, when they are open, where t0 lies on the steady clock. From then on the
 * run does not know the wall clock, so that a step of it moves nothing.
 */
#ifndef GUST_START_H
#define GUST_START_H

#include <stdbool.h>
#include <stdint.h>

/* Waits until the workers should be started for a run that starts at wall_ns (0: now),
 * or until signal_fd is readable: true. */
bool start_wait(int64_t wall_ns, int signal_fd);

/* t0 on both clocks, for a run that starts at wall_ns (0: in a moment). false: that is
 * over; t0 is then in a moment, too. */
bool start_set(int64_t wall_ns, int64_t *t0_wall_ns, int64_t *t0_ns);

/* What is said of a run that was too late for its start. */
extern const char start_late_text[];

#endif
