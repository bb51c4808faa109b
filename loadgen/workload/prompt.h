/*
 * Prompts with exactly the asked number of tokens, and bodies around them.
 *
 * Filler words are single tokens with a leading space in every tokenizer that
 * was checked (words.h); a first word without one starts the text. So n words are
 * n tokens, and one calibration request tells the template's overhead. Words are
 * a function of (seed, number, turn) or of the shared prefix, never of the
 * sender; the first ones differ per request, so that no cache hits by accident.
 *
 * A later turn re-sends its conversation: the earlier user messages as they were
 * sent, and for each reply a filler of the length that was asked for. No reply is
 * stored. LIMIT: the server's own replies differ from the filler, so its prefix
 * cache ends at the first reply of a conversation when the second turn comes, and
 * serves the whole history from the third turn on.
 */
#ifndef GUST_PROMPT_H
#define GUST_PROMPT_H

#include "wire/dialect.h"
#include "workload/schedule.h"

/* Measured by calibration; subtracted from the asked number of tokens. */
struct prompt_overhead {
    uint32_t single;    /* one user message (or one input) */
    uint32_t per_turn;  /* each earlier user + assistant pair */
    uint32_t per_image; /* each picture, 0: not known */
    uint32_t system;    /* a system and a user message; 0: not known */
};

/* All pointers are borrowed. */
struct prompt_spec {
    const struct dialect *dialect;
    const struct profile *profile;
    const struct corpus *corpus; /* of the arrivals that have a text; NULL: none */
    const char *model;
    uint64_t seed;
    uint64_t salt; /* differs per arm where mirrored prompts must not share a cache */
    struct prompt_overhead overhead[PROFILE_CLASSES_MAX];
};

/* Appends n filler words of the stream (seed, purpose, number) to out; the first
 * has no leading space when out ends a text's start (is_first). Needs room for
 * 10 bytes a word and 16 more below out's cap. */
void prompt_words(struct buf *out, uint64_t seed, enum rng_purpose purpose,
                  uint64_t number, uint32_t n, bool is_first);

/* Appends the request body of an arrival. text is scratch, emptied here and reused
 * by the caller. Both have caps of at least prompt_body_bytes_max; a body past
 * them is an error at planning time, so it cannot happen here (asserted). For an
 * arrival that has a text, text holds what corpus_read gave. */
void prompt_body(const struct prompt_spec *spec, const struct arrival *a,
                 struct buf *text, struct buf *body);

/* Tokens the reply's usage.prompt_tokens must show for this arrival, or 0 where
 * it cannot be known: later turns where per_turn was not calibrated, pictures where
 * per_image was not, OCR, which counts pages, and texts of a corpus that were not
 * counted or whose messages have another shape. It is more than asked where the
 * template alone is longer than the asked length, and for texts that were counted
 * without the template. */
uint32_t prompt_expected_tokens(const struct prompt_spec *spec,
                                const struct arrival *a);

/* The calibration body: words filler words (at least 2) in one message or input,
 * one output token, no stream. usage.prompt_tokens - words is the class's single
 * overhead. */
void prompt_calibration(const struct prompt_spec *spec, uint16_t class_index,
                        uint32_t words, struct buf *text, struct buf *body);

/* The same with a system message of words before it, for chats:
 * usage.prompt_tokens - 2 * words is the system overhead. */
void prompt_calibration_system(const struct prompt_spec *spec, uint16_t class_index,
                               uint32_t words, struct buf *text, struct buf *body);

/* The same with an earlier user and assistant message of words each, for chats:
 * usage.prompt_tokens - 3 * words - single is the per_turn overhead. */
void prompt_calibration_turns(const struct prompt_spec *spec, uint16_t class_index,
                              uint32_t words, struct buf *text, struct buf *body);

/* The same with one picture, for classes that send them: usage.prompt_tokens -
 * words - single is the per_image overhead. */
void prompt_calibration_image(const struct prompt_spec *spec, uint16_t class_index,
                              uint32_t words, struct buf *text, struct buf *body);

/* Upper bound of the bytes of an arrival's text and of its body: for the plan and
 * buffer caps. */
size_t prompt_body_bytes_max(const struct arrival *a);

#endif
