/*
 * The agenda of one worker: which request is next, and when. It merges the
 * schedule's arrivals with those that follow others (turns of conversations,
 * next requests of closed-loop users). No clock, no sockets.
 */
#ifndef GUST_AGENDA_H
#define GUST_AGENDA_H

#include "engine/plan.h"
#include "engine/upcoming.h"

struct agenda {
    const struct plan *plan;
    struct schedule *schedule;
    struct upcoming upcoming;
    bool has_next; /* next holds an arrival of the schedule */
    struct arrival next;
    struct err error; /* the trace could not be read on */
};

/* worker: index among the plan's threads. */
MUST_CHECK int agenda_init(struct agenda *a, const struct plan *plan, uint32_t worker,
                           struct err *e);
void agenda_release(struct agenda *a);

/* Takes the first arrival and seats the closed-loop users. */
void agenda_open(struct agenda *a, uint32_t worker);

/* The earliest request that is still to come; NULL: none can come. Its prefix
 * blocks are valid until agenda_take of a scheduled one. */
const struct arrival *agenda_first(const struct agenda *a);

/* Removes the first. *out is a copy, without prefix blocks. */
void agenda_take(struct agenda *a, struct arrival *out);

/* A closed-loop user beyond the phase's number waits without asking anything:
 * if the first is of such a user, it is put off, and true returned. */
bool agenda_park(struct agenda *a, int64_t now_ns);

/* a has ended at now_ns: the next turn of its conversation, or the user's next
 * request, comes on the agenda. A failed turn does not end a conversation: both
 * arms of a comparison keep the same load. */
void agenda_follow_up(struct agenda *a, const struct arrival *ended, int64_t now_ns);

#endif
