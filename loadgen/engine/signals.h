/*
 * SIGINT and SIGTERM while a run runs: read from a descriptor, never handled.
 *
 * The first ends the arrivals and lets what is in flight end, the second cancels that.
 * SIGTERM comes from an engine (Slurm, Kubernetes, mpirun) that kills a while later, so
 * what is in flight then has a short time, and the run is sealed before it.
 */
#ifndef GUST_SIGNALS_H
#define GUST_SIGNALS_H

#include "base/err.h"

#include <signal.h>

struct signals {
    int fd; /* -1: not taken; readable when one came */
    sigset_t old;
    unsigned count;
    int64_t cancel_at_ns; /* by the steady clock; 0: never */
};

/* Blocks both in this thread and those it starts. */
MUST_CHECK int signals_take(struct signals *s, struct err *e);
void signals_give_back(struct signals *s);

/* Reads one: true, and it is counted. */
bool signals_read(struct signals *s, int64_t now_ns);

#endif
