/*
 * Byte-pair encoding: a piece of text into the tokens of a ranked vocabulary.
 *
 * A piece that is a token is one. Else every byte is a token, and as long as two
 * neighbours together are a token, the two that give the lowest rank become one;
 * of equal ranks the leftmost first. (That is what tiktoken does; ranks are merges.)
 *
 * A heap keeps the pairs by rank: a piece of n bytes takes O(n log n) time and 32 n
 * bytes of memory, so a megabyte without a blank is as exact as a word.
 */
#ifndef GUST_BPE_H
#define GUST_BPE_H

#include "base/err.h"

#include <stdint.h>

#define BPE_TOKENS_MAX (1u << 21)
#define BPE_TOKEN_BYTES_MAX 1024u
#define BPE_PIECE_BYTES_MAX ((size_t)1 << 30)

/* The vocabulary; const once it is filled, and shared by threads then. */
struct bpe;

/* Where pieces are worked on: one per thread, zeroed at first; grows to the longest
 * piece seen. */
struct bpe_work {
    struct bpe_node *nodes;
    uint64_t *heap;
    size_t cap;
};

void bpe_work_release(struct bpe_work *w);

/* An empty vocabulary for at most `tokens` tokens, 256 .. BPE_TOKENS_MAX. */
struct bpe *bpe_new(uint32_t tokens);
void bpe_free(struct bpe *b);

/* Adds the token of the next rank, from 0. The first 256 are the bytes, in order.
 * Fails for an empty, too long or repeated token; the error says which. */
MUST_CHECK int bpe_add(struct bpe *b, const uint8_t *bytes, size_t length,
                       struct err *e);

uint32_t bpe_count(const struct bpe *b);

/* Bytes of a rank below bpe_count; borrowed. */
const uint8_t *bpe_token(const struct bpe *b, uint32_t rank, size_t *length);

/* Ranks of a piece of 1 .. BPE_PIECE_BYTES_MAX bytes; returns how many. ranks: NULL,
 * or room for length. All 256 bytes have been added. */
size_t bpe_encode(const struct bpe *b, struct bpe_work *w, const char *piece,
                  size_t length, uint32_t *ranks);

#endif
