/*
 * Prompts with exactly the asked number of tokens, and bodies around them.
 *
 * Filler words are single tokens with a leading space in every tokenizer that
 * was checked (facts/api.md 3.4); a first word without one starts the text. So
 * n words are n tokens, and one calibration request tells the template's
 * overhead. Words are a function of (seed, number, turn) or of the shared
 * prefix, never of the sender; the first ones differ per request, so that no
 * cache hits by accident.
 */
#ifndef GUST_PROMPT_H
#define GUST_PROMPT_H

#include "wire/dialect.h"
#include "workload/schedule.h"

/* Measured by calibration; subtracted from the asked number of tokens. */
struct prompt_overhead {
    uint32_t single;   /* one user message (or one input) */
    uint32_t per_turn; /* each earlier user + assistant pair */
};

struct prompt_spec {
    const struct dialect *dialect;
    const struct profile *profile;
    const char *model;
    uint64_t seed;
    uint64_t salt; /* differs per arm where mirrored prompts must not share a cache */
    struct prompt_overhead overhead[PROFILE_CLASSES_MAX];
};

/* Appends n filler words of the stream (seed, purpose, number) to out; the first
 * has no leading space when out ends a text's start (is_first). */
void prompt_words(struct buf *out, uint64_t seed, enum rng_purpose purpose,
                  uint64_t number, uint32_t n, bool is_first);

/* Appends the request body of an arrival. text is scratch, reused by the caller.
 * Both have caps; a body past them is an error at planning time, so it cannot
 * happen here (asserted). */
void prompt_body(const struct prompt_spec *spec, const struct arrival *a,
                 struct buf *text, struct buf *body);

/* Tokens the reply's usage.prompt_tokens must show for this arrival, or 0 where
 * it cannot be known (later turns on an uncalibrated server). */
uint32_t prompt_expected_tokens(const struct prompt_spec *spec, const struct arrival *a);

/* The calibration body: words filler words, one output token. */
void prompt_calibration(const struct prompt_spec *spec, uint16_t class_index,
                        uint32_t words, struct buf *text, struct buf *body);

/* Upper bound of body bytes for an arrival: for the plan and buffer caps. */
size_t prompt_body_bytes_max(const struct arrival *a);

#endif
