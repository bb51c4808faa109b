/*
 * Asking for length in words: where a server cannot be made to go on (ignore_eos,
 * min_tokens), the end of the prompt asks for a text of so many words, and
 * max_tokens caps it. It is made of filler words only (words.h), so prompts keep
 * exactly the asked number of tokens.
 *
 * The number is rounded up to one that can be said so: to hundreds from a thousand
 * on, past the few whose words are more than one token (seventeen, eighty). LIMIT:
 * a model may stop before, or not read numbers among random words; the report shows
 * what was achieved against what was asked for.
 */
#ifndef GUST_INSTRUCT_H
#define GUST_INSTRUCT_H

#include "base/buf.h"

#include <stdint.h>

#define INSTRUCT_WORDS_MAX 16

/* Words of the request for an output of so many tokens (at least 1). */
uint32_t instruct_words(uint32_t tokens);

/* Appends it, every word with a space before it. */
void instruct_append(struct buf *out, uint32_t tokens);

#endif
