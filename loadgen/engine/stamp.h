/*
 * When did the kernel receive these bytes? Batched servers emit all streams at
 * once; whoever stamps events when the own code gets round to them bills its
 * queue to the server (measured: 4.9 ms at p99 against 5 us; performance.md).
 *
 * Software receive timestamps (SO_TIMESTAMPING) are realtime; they are moved to
 * the monotonic clock with an offset that is measured again and again, so a
 * step of the wall clock spoils at most a tenth of a second of stamps.
 */
#ifndef GUST_STAMP_H
#define GUST_STAMP_H

#include <stdbool.h>
#include <stdint.h>

struct stamper {
    int64_t offset_ns;      /* realtime - monotonic */
    int64_t measured_at_ns; /* monotonic */
};

/* Asks the kernel for receive timestamps on a new socket. False: not here. */
bool stamp_enable(int fd);

/* Measures the offset if it is older than 100 ms. */
void stamp_refresh(struct stamper *s, int64_t now_ns);

/* Monotonic time at which the first unread byte of fd was received, or -1 when
 * the kernel does not say (no stamp, end of stream, not in the past minute).
 * LIMIT: segments that wait unread may be joined by the kernel, which keeps the
 * time of the last; a loop that stalls for longer than a gap sees fewer gaps. */
int64_t stamp_read(const struct stamper *s, int fd, int64_t now_ns);

#endif
