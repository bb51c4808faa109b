/*
 * Random numbers that are the same on every machine.
 *
 * A stream is named by (seed, purpose, number), so everything random about
 * request k is a function of (seed, k) and never of the thread or shard that
 * sends it. Built with -ffp-contract=off and an own logarithm: glibc's picks
 * its instructions per CPU, and a schedule must not depend on the CPU.
 * Sources: splitmix64 (Steele, Lea, Flood 2014), xoshiro256++ (Blackman,
 * Vigna 2019), gamma by Marsaglia and Tsang (2000), normal quantile AS 241
 * (Wichura 1988).
 */
#ifndef GUST_RNG_H
#define GUST_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state[4];
};

/* What a stream is for; a draw added to one never shifts another. */
enum rng_purpose {
    RNG_ARRIVAL,
    RNG_CLASS,
    RNG_LENGTHS,
    RNG_TEXT,
    RNG_THINK,
    RNG_SESSION,
    RNG_OWNER,
    RNG_PREFIX,
    RNG_SPREAD,
    RNG_ARM,
    RNG_SERVICE, /* the built-in server: jitter and faults */
    RNG_FAULT,
    RNG_JITTER, /* retries */
    RNG_CORPUS, /* order of recorded prompts */
};

/* A well-mixed 64-bit value of the three. */
uint64_t rng_hash(uint64_t seed, enum rng_purpose purpose, uint64_t number);

void rng_init(struct rng *r, uint64_t seed, enum rng_purpose purpose, uint64_t number);

uint64_t rng_u64(struct rng *r);

/* Uniform in 0 .. bound-1; bound >= 1. */
uint64_t rng_below(struct rng *r, uint64_t bound);

/* Uniform in the open interval (0, 1): 53 bits, never 0 and never 1. */
double rng_unit(struct rng *r);

/* Mean 1. */
double rng_exponential(struct rng *r);

/* Mean 0, sd 1. */
double rng_normal(struct rng *r);

/* Mean 1, shape > 0 (CV = 1/sqrt(shape)). */
double rng_gamma(struct rng *r, double shape);

/* owner of number among shards: high 64 bits of hash * shards; shards >= 1. */
uint32_t rng_owner(uint64_t seed, uint64_t number, uint32_t shards);

/* Natural logarithm and exponential, same bits on every IEEE-754 machine. */
double rng_log(double x);
double rng_exp(double x);

/* Inverse of the normal distribution function, 0 < p < 1. */
double rng_normal_quantile(double p);

#endif
