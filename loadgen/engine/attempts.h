/*
 * Attempts beyond the first: the client policy of one worker at work on its slots.
 *
 * What is decided is decided by policy/client.h, a pure machine. Here its decisions
 * become slots: a request that is to be tried again keeps its slot and body, sleeps
 * in a heap, and leaves from the loop, never from inside libcurl. Its sleep counts
 * toward --max-in-flight. Precision: a libev timer, 1 ms.
 *
 * A hedge takes a slot of its own, counts toward --max-in-flight, and gets a copy of
 * the body. The first content decides, or where there is none before the end (no
 * stream) the first success; the other attempt is cancelled from the loop, counts as
 * cancelled, and what it was charged is added to the request's. While both are under
 * way, an attempt that fails leaves the request to the other.
 *
 * LIMIT: under --respect-limits a retry is charged, but not kept back: it leaves when
 * the policy says.
 *
 * A request that goes to another endpoint gets a body of that endpoint's dialect and
 * model. LIMIT: a trace's prefix blocks are gone by then: such a body has the asked
 * length, but shares no prefix.
 */
#ifndef GUST_ATTEMPTS_H
#define GUST_ATTEMPTS_H

#include "engine/admission.h"
#include "engine/purse.h"
#include "engine/sending.h"
#include "engine/waiting.h"

struct attempts;

struct attempts_spec {
    const struct plan *plan; /* with a policy */
    struct sockets *sockets;
    const struct sending *sending;
    struct admission *admission;
    struct purse *purse;        /* each attempt sets its worst case aside */
    struct epoch *const *epoch; /* the one being written */
    void *context;
    /* A waiting request has ended without another attempt: s holds the last one, and
     * is given back after the call. */
    void (*over)(void *context, struct slot *s, enum outcome outcome, int64_t now_ns);
};

/* All borrowed but the object itself. Times are since t0. */
struct attempts *attempts_new(const struct attempts_spec *spec);
void attempts_free(struct attempts *a);

/* A prepared slot's first attempt: OUTCOME_OK, and the slot knows its target; or why
 * it must not be sent. Its arrival is set. */
enum outcome attempts_begin(struct attempts *a, struct slot *s, int64_t now_ns);

/* Inside slot_events.received: bytes came, with so many events with content. False:
 * another attempt of the request was first, and these count nowhere. */
bool attempts_content(struct attempts *a, struct slot *s, uint32_t contents);

/* Inside slot_events.finished, before the slot is accounted for: an attempt that won
 * takes the request over, and its twin is ended within the call. */
void attempts_decide(struct attempts *a, struct slot *s, enum outcome outcome);

/* Inside slot_events.finished: the slot's attempt has ended as sample says. True: the
 * request goes on, in this slot, which is held, or in its twin. */
bool attempts_go_on(struct attempts *a, struct slot *s, const struct sample *sample,
                    int64_t now_ns);

/* Starts what is due, and sets the timer for what is next. From the loop only. */
void attempts_pump(struct attempts *a, int64_t now_ns);

/* What waits may still change the second in which it was due. */
void attempts_unsettle(const struct attempts *a, int64_t *settled_ns);

/* The run is over: what waits is censored. */
void attempts_censor(struct attempts *a, int64_t now_ns);

/* Hands counts and changes of state over to the epoch. */
void attempts_report(struct attempts *a, struct epoch *e);

#endif
