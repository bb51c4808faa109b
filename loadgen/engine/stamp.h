/*
 * When did the kernel receive these bytes? Batched servers emit all streams at
 * once; whoever stamps events when the own code gets round to them bills its
 * queue to the server (measured: 4.9 ms at p99 against 5 us; performance.md).
 *
 * Software receive timestamps (SO_TIMESTAMPING) are realtime; they are moved to
 * the monotonic clock with an offset that is measured again and again, so a
 * step of the wall clock spoils at most a tenth of a second of stamps.
 *
 * A stamp comes with the bytes that recvmsg reads, and libcurl calls recv. So this
 * module has a recv of its own, which the linker puts before the C library's: between
 * stamp_begin and stamp_end it reads by recvmsg and keeps the stamp, else it does as
 * recv does. Where libcurl does not come by here (it was built to call something
 * else), the stamp is asked for beforehand, by a look at the first unread byte: one
 * system call more for each read, a tenth of what an event costs.
 */
#ifndef GUST_STAMP_H
#define GUST_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* Of one thread. fd is -1 when nothing is being read: see stamp_init. */
struct stamper {
    int64_t offset_ns;      /* realtime - monotonic */
    int64_t measured_at_ns; /* monotonic */
    int fd;                 /* being read, -1 none */
    int64_t wall_ns;        /* of what was read last, realtime; 0: without a stamp */
    uint64_t reads;         /* that came by our recv */
};

void stamp_init(struct stamper *s);

/* Asks the kernel for receive timestamps on a new socket. False: not here. */
bool stamp_enable(int fd);

/* Measures the offset if it is older than 100 ms. */
void stamp_refresh(struct stamper *s, int64_t now_ns);

/* libcurl is about to read fd, on this thread; until stamp_end. */
void stamp_begin(struct stamper *s, int fd);
void stamp_end(struct stamper *s);

/* Monotonic time at which the bytes just read were received, or -1 when the kernel
 * does not say (no stamp, not in the past minute) or nothing is being read.
 * LIMIT: of segments that are read at once the last one's time; a loop that stalls for
 * longer than a gap sees fewer gaps. */
int64_t stamp_at(const struct stamper *s, int64_t now_ns);

#endif
