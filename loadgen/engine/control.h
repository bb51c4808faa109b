/*
 * What main and workers say to each other while a run runs: stop, and why. And
 * the gate at its start: workers arrive READY, main sets t0 and opens it.
 */
#ifndef GUST_CONTROL_H
#define GUST_CONTROL_H

#include "engine/purse.h"
#include "wire/outcome.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum stop_mode {
    STOP_NOT,
    STOP_DRAIN,  /* no new requests; those in flight may end */
    STOP_CANCEL, /* those in flight are censored now */
};

/* Written by main and by workers, read by all. */
struct control {
    atomic_int stop;              /* enum stop_mode, only ever raised */
    atomic_int config_error;      /* enum outcome that ended the run, or -1 */
    atomic_uint done;             /* workers that have finished */
    atomic_uint out_of_trace;     /* workers that have sent all rows of a trace */
    atomic_llong last_arrival_ns; /* due time of their last one, the latest */
    struct purse purse;
    int done_fd;          /* eventfd: written when a worker is done */
    int64_t t0_ns;        /* monotonic; set before the gate opens */
    int64_t t0_wall_ns;   /* the same by the wall clock */
    pthread_mutex_t lock; /* of the gate: before the run, never in it */
    pthread_cond_t changed;
    unsigned ready; /* workers at the gate: their connections are warm */
    bool is_open;
};

void control_init(struct control *c);
void control_release(struct control *c);

/* Raises the stop mode; never lowers it. */
void control_stop(struct control *c, enum stop_mode mode);

/* Worker: the first requests ended as a configuration error: the run is cancelled.
 * The first outcome stays. */
void control_refused(struct control *c, enum outcome outcome);

/* Worker: the trace has no more rows for it; last_ns: when its last one was due. */
void control_end_of_trace(struct control *c, int64_t last_ns);

/* Worker: ready, and waits for the gate to open. */
void control_pass_gate(struct control *c);
/* Main: waits until n workers are at the gate. */
void control_await_ready(struct control *c, unsigned n);
/* Main: opens the gate; t0_ns is set. */
void control_go(struct control *c);

#endif
