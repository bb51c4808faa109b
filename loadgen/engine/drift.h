/*
 * How far the wall clock moved against the monotonic one during a run.
 *
 * Both run at the same speed, also while NTP slews them; they part when the wall
 * clock is set (by hand, by an NTP step, by a leap second) or the machine slept.
 * The kernel's receive time stamps are wall time: those taken between a jump and the
 * next look at both clocks (stamp.h) are wrong by the jump.
 */
#ifndef GUST_DRIFT_H
#define GUST_DRIFT_H

#include <stdint.h>

struct drift {
    int64_t start_ns; /* wall - monotonic at the start */
    int64_t most_ns;  /* the farthest from it, with its sign */
};

void drift_start(struct drift *d, int64_t wall_ns, int64_t now_ns);

/* A look at both clocks, once a second or so: a jump that was undone in between is
 * not seen. Read now_ns first: a delay between the two readings adds to the drift. */
void drift_note(struct drift *d, int64_t wall_ns, int64_t now_ns);

#endif
