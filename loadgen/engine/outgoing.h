/*
 * The next request, built ahead of time: a slot with its body for each of its arms.
 * A body of 30 KB takes 50 us to build, which must not be lag.
 */
#ifndef GUST_OUTGOING_H
#define GUST_OUTGOING_H

#include "engine/pool.h"

struct outgoing {
    const struct plan *plan;
    struct sockets *sockets; /* borrowed */
    struct buf text;         /* scratch of prompt_body */
    struct slot *slots[PLAN_ARMS_MAX];
    unsigned count;   /* 0: nothing is built */
    struct err error; /* a recorded prompt could not be read */
};

void outgoing_init(struct outgoing *o, const struct plan *plan,
                   struct sockets *sockets);
/* The slots belong to the sockets. */
void outgoing_release(struct outgoing *o);

/* Builds the bodies of a, unless they are built already; another request's are
 * given up. Nothing is built when the prompt's text cannot be read: error says why.
 * LIMIT: a body of more than POOL_BODY_MAX, 100 M tokens, is not built. */
void outgoing_prepare(struct outgoing *o, const struct arrival *a);

/* Gives unused slots back. */
void outgoing_drop(struct outgoing *o);

/* Hands the slots over, in the order of sending; returns how many there are. */
unsigned outgoing_take(struct outgoing *o, struct slot *slots[PLAN_ARMS_MAX]);

#endif
