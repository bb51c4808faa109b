/*
 * Filler words that are one token each in every tokenizer that was checked
 * (tekken, Mistral SentencePiece v1 and v3, cl100k, o200k, r50k, Llama-3).
 *
 * words_first start a text and have no leading space; words_next have one. The
 * tables are generated from loadgen/workload/words/{first,next}.txt by
 * ci/words.awk. A row is 16 bytes, so that a word is copied by one move of fixed
 * size; bytes past length are zero.
 */
#ifndef GUST_WORDS_H
#define GUST_WORDS_H

#include <stdint.h>

#define WORD_BYTES 16      /* of a row, and room that a copy needs */
#define WORD_LENGTH_MAX 10 /* longest word with its space */

struct word {
    char text[WORD_BYTES - 1];
    uint8_t length;
};

_Static_assert(sizeof(struct word) == WORD_BYTES, "no padding");

extern const struct word words_first[];
extern const unsigned words_first_count;
extern const struct word words_next[];
extern const unsigned words_next_count;

#endif
