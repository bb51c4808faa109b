/*
 * Slots that must be woken: requests that sleep before their next attempt. A binary
 * heap by time; each slot knows its place, so that it can be taken out early.
 * Bounded by the slots there are, hence by --max-in-flight.
 */
#ifndef GUST_WAITING_H
#define GUST_WAITING_H

#include "engine/pool.h"

struct waiting {
    struct slot **items; /* heap by wake_ns */
    size_t count, cap;
};

void waiting_release(struct waiting *w);
/* The slot is in no heap (place 0); it is woken at wake_ns since t0. */
void waiting_put(struct waiting *w, struct slot *s, int64_t wake_ns);
/* The slot is in this heap. */
void waiting_remove(struct waiting *w, struct slot *s);
/* The one to be woken first, or NULL. */
struct slot *waiting_first(const struct waiting *w);

#endif
