/*
 * Requests that are not due yet because they follow others: turns of
 * conversations and the next requests of closed-loop users. A binary heap by
 * due time; equal times keep the order of number and turn, so that a replay is
 * the same replay.
 */
#ifndef GUST_UPCOMING_H
#define GUST_UPCOMING_H

#include "workload/schedule.h"

struct upcoming {
    struct arrival *items; /* heap; blocks are not kept */
    size_t count, cap;
};

void upcoming_release(struct upcoming *u);
void upcoming_push(struct upcoming *u, const struct arrival *a);
/* The earliest, or NULL. */
const struct arrival *upcoming_first(const struct upcoming *u);
void upcoming_pop(struct upcoming *u);

#endif
