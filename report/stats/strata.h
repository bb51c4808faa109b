/*
 * Strata: comparing like with like when the two arms were asked different mixes
 * of prompt lengths.
 *
 * Each stratum gets the same weight in both arms, its share of all requests of
 * both. Strata with too few requests in either arm are merged with neighbours.
 */
#ifndef GUST_STRATA_H
#define GUST_STRATA_H

#include "stats/slices.h"

/* A group of strata needs this many requests in each arm. */
#define STRATA_REQUESTS_MIN 5

/* Invariant: groups >= 1; weights of groups 0..groups - 1 add up to 1. */
struct strata {
    uint8_t group_of[SLICES_STRATA];
    size_t groups;
    double weight[SLICES_STRATA]; /* by group */
};

/* Everything is one group: the arms as they are. */
void strata_one(struct strata *t);

/* Groups and weights for two sealed series, over all their slices. */
void strata_init(struct strata *t, const struct slices *baseline,
                 const struct slices *canary);

/* The greatest difference between the arms' shares of a stratum, 0..1: 0 when the
 * mixes agree, which makes stratifying needless. */
double strata_mismatch(const struct slices *baseline, const struct slices *canary);

#endif
