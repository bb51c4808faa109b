/*
 * The weather an endpoint runs in: its speed drifts, and now and then it stalls.
 *
 * log speed = own drift + shared drift, both Ornstein-Uhlenbeck: each has a standard
 * deviation and a time after which it has forgotten where it was. A stall freezes
 * everything that runs.
 */
#ifndef GUST_STUDY_ENVIRONMENT_H
#define GUST_STUDY_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

enum noise_level { NOISE_CALM, NOISE_MILD, NOISE_ROUGH };

const char *noise_name(enum noise_level noise);

struct environment;

/* Weather of seconds from time 0 on, as a function of the arguments alone. Two
 * endpoints with the same shared number share that drift; own numbers differ. */
struct environment *environment_new(enum noise_level noise, double seconds,
                                    uint64_t seed, uint64_t own, uint64_t shared);
void environment_free(struct environment *e); /* NULL is fine */

/* Speed at a time >= 0, 1 on average; after the end, that of the end. */
double environment_speed(const struct environment *e, double at_s);

/* When work of so many seconds that begins at start_s ends: later by the stalls it
 * meets. */
double environment_end(const struct environment *e, double start_s, double work_s);

#endif
