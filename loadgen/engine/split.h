/*
 * Which arms a request goes to, and who is sent first. Pure: a function of (seed,
 * number), so that a split is the same on any number of threads and shards.
 */
#ifndef GUST_SPLIT_H
#define GUST_SPLIT_H

#include "engine/plan.h"

/* Fills arms in the order of sending; returns how many there are. A request that
 * follows another (a->arms is set) stays with its arm. Mirrored requests go to
 * both, and a hash bit decides which is first: neither arm always waits. */
unsigned split_arms(const struct plan *plan, const struct arrival *a,
                    uint16_t arms[PLAN_ARMS_MAX]);

/* The arm's bit in arrival.arms. */
static inline uint8_t split_bit(uint16_t arm)
{
    return (uint8_t)(1u << arm);
}

#endif
