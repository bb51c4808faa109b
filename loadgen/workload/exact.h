/*
 * Text of exactly so many tokens, cut from other text.
 *
 * Tokens do not add up: a text that is cut between two of its tokens may have others
 * than it had there. So a cut is counted again, and only taken when its number is
 * right: first where the wanted token ends; where that splits a character or changes
 * the count, at the end of an earlier piece of the pattern (pretoken.h), and filler
 * words of one token each (words.h) make up for the rest.
 *
 * LIMIT: needs a tokenizer in which filler words are one token each; gust run checks
 * that of every --tokenizer.
 */
#ifndef GUST_EXACT_H
#define GUST_EXACT_H

#include "base/buf.h"
#include "workload/tokenizer.h"

/* Scratch; zeroed is empty and valid. */
struct exact {
    const struct tokenizer *tokenizer; /* borrowed */
    struct bpe_work work;
    uint32_t *ids; /* of one piece */
    size_t cap;
};

void exact_release(struct exact *x);

/* Fails unless every filler word is one token; the error names the first that is not. */
MUST_CHECK int exact_words(const struct tokenizer *t, struct err *e);

/* Appends to out the beginning of text, in UTF-8, so that what is appended has exactly
 * n tokens, n >= 1; a text that has fewer is filled up. False when no cut was found,
 * with nothing appended. out has room for text and 11 bytes a token. */
bool exact_append(struct exact *x, const char *text, size_t length, uint32_t n,
                  struct buf *out);

#endif
