/*
 * What one worker hands to the collector: everything that happened since the
 * last hand-over. A worker owns two; one is written, the other is with the
 * collector or empty. No lock: ownership moves as a whole (engine/mailbox).
 */
#ifndef GUST_EPOCH_H
#define GUST_EPOCH_H

#include "measure/budgets.h"
#include "measure/hist.h"
#include "measure/sample.h"
#include "policy/client.h"

/* Counted when it happens, per arm and class; rates come from these. */
struct flow {
    uint64_t due;      /* requests whose due time passed */
    uint64_t sent;     /* first attempts put on the wire */
    uint64_t attempts; /* all put on the wire */
    uint64_t retries;  /* of these, under a client policy */
    uint64_t hedges;
    uint64_t first_contents; /* streams that produced their first content */
    uint64_t content_events;
    uint64_t body_bytes;
    uint32_t lost[OUTCOME_COUNT]; /* attempts that ended, but not their request */
};

/* The generator's own health in this epoch; *_max are maxima, others sums. */
struct worker_health {
    int64_t begin_ns, end_ns; /* since t0 */
    int64_t lag_ns_max;       /* wire start - due */
    int64_t stall_ns_max;     /* longest time between two looks at the sockets
                                 that was spent working, not waiting */
    int64_t cpu_ns;           /* thread CPU time used */
    int64_t runq_ns;          /* time runnable but not running */
    uint64_t loops;           /* loop iterations */
    uint64_t stamps_kernel;   /* reads stamped by the kernel */
    uint64_t stamps_loop;     /* reads stamped with the loop's time */
    uint64_t connects;        /* new connections */
    int64_t settled_ns;       /* no request due before it was in flight at the end */
    uint32_t in_flight;       /* at the end of the epoch */
    uint32_t in_flight_max;
    uint32_t connections; /* open at the end */
};

struct epoch {
    uint32_t arms, classes;
    struct sample *samples;
    size_t sample_count, sample_cap;
    uint64_t samples_lost; /* past the cap: the run is invalid */
    struct flow *flows;    /* [arm * classes + class] */
    /* Gap histograms, [(arm * classes + class) * 2 + is_measured]; NULL until
     * first used. A gap is booked by the request's window, at the second it
     * happened. */
    struct hist **gaps;
    struct budgets *budgets; /* [arm]: what answers said about limits */
    struct failure_note *notes;
    size_t note_count;
    struct worker_health health;
    struct client_counts client; /* since the run's start; zero without a policy */
    struct client_change changes[CLIENT_CHANGES_MAX];
    size_t change_count;
};

#define EPOCH_NOTES 64
#define EPOCH_SAMPLES_MAX (1u << 20)

struct epoch *epoch_new(uint32_t arms, uint32_t classes);
void epoch_free(struct epoch *e);
/* Empties it, keeping the storage. */
void epoch_reset(struct epoch *e);

/* Takes a copy; grows by doubling up to EPOCH_SAMPLES_MAX, then counts lost. */
void epoch_sample(struct epoch *e, const struct sample *s);
/* Keeps the note unless the epoch has EPOCH_NOTES already, or 8 of this class. */
void epoch_note(struct epoch *e, const struct failure_note *n);
struct flow *epoch_flow(struct epoch *e, uint32_t arm, uint32_t class_index);
struct hist *epoch_gaps(struct epoch *e, uint32_t arm, uint32_t class_index,
                        bool is_measured);

#endif
