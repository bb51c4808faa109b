/*
 * What a worker knows about its own thread: CPU time used, and time for which it
 * could have run but did not (/proc/thread-self/schedstat). Taken at the borders
 * of an epoch; the sockets add what they counted.
 */
#ifndef GUST_VITALS_H
#define GUST_VITALS_H

#include "engine/pool.h"
#include "measure/epoch.h"

struct vitals {
    int schedstat_fd;        /* -1: the kernel does not say */
    int64_t begin_ns;        /* of the epoch, since t0 */
    int64_t cpu_ns, runq_ns; /* of the thread, at the begin */
};

/* On the thread that is to be watched, as is all of this. */
void vitals_open(struct vitals *v);
void vitals_close(struct vitals *v);

/* An epoch begins: remembers where the thread stands, and sets the sockets'
 * counters to zero. */
void vitals_begin(struct vitals *v, struct sockets *s, int64_t now_ns);

/* Adds what happened since the begin. An epoch that was not handed over is added
 * to again: it keeps its begin. */
void vitals_take(const struct vitals *v, const struct sockets *s, int64_t now_ns,
                 struct worker_health *out);

#endif
