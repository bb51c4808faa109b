/*
 * How epochs change hands: two pointers, two exchanges, no lock, no wait.
 *
 * An epoch is in exactly one place: written by the worker, in `full`, with the
 * collector, or in `empty`. The worker gives its epoch away only if it finds an
 * empty one to go on with, so it never waits and loses nothing; if the
 * collector is late, the interval is longer.
 */
#ifndef GUST_MAILBOX_H
#define GUST_MAILBOX_H

#include "measure/epoch.h"

#include <stdatomic.h>

struct mailbox {
    _Atomic(struct epoch *) full;
    _Atomic(struct epoch *) empty;
};

static inline void mailbox_init(struct mailbox *m, struct epoch *spare)
{
    atomic_init(&m->full, NULL);
    atomic_init(&m->empty, spare);
}

/* Worker: takes the spare epoch if there is one, giving the current one for it.
 * Returns the epoch to write from now on. */
static inline struct epoch *mailbox_swap(struct mailbox *m, struct epoch *current)
{
    struct epoch *spare =
        atomic_exchange_explicit(&m->empty, NULL, memory_order_acquire);
    if (spare == NULL)
        return current;
    struct epoch *old =
        atomic_exchange_explicit(&m->full, current, memory_order_release);
    assert(old == NULL);
    return spare;
}

/* Collector: takes a full epoch, or NULL. */
static inline struct epoch *mailbox_take(struct mailbox *m)
{
    return atomic_exchange_explicit(&m->full, NULL, memory_order_acquire);
}

/* Collector: gives the emptied epoch back. */
static inline void mailbox_give_back(struct mailbox *m, struct epoch *e)
{
    struct epoch *old = atomic_exchange_explicit(&m->empty, e, memory_order_release);
    assert(old == NULL);
}

#endif
