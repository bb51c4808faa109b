/*
 * A tokenizer: text to token ids and back, exactly as the model's own does. Const
 * once it is loaded (tekken.h); threads share it and have a struct bpe_work each.
 *
 * Special tokens are never made from text: "[INST]" typed by a user is plain text.
 */
#ifndef GUST_TOKENIZER_H
#define GUST_TOKENIZER_H

#include "workload/bpe.h"

struct tokenizer {
    struct bpe *bpe;
    uint32_t specials; /* ids below are special; id = rank + specials */
    char version[16];  /* as the file names it: "v3" */
};

/* Tokens of a text of 0 .. BPE_PIECE_BYTES_MAX bytes. Bytes that are no UTF-8 are
 * encoded as they are; the servers' own tokenizers never see such. */
size_t tokenizer_count(const struct tokenizer *t, struct bpe_work *w, const char *text,
                       size_t length);

/* The same, and the ids; ids has room for length. */
size_t tokenizer_encode(const struct tokenizer *t, struct bpe_work *w, const char *text,
                        size_t length, uint32_t *ids);

/* The bytes of an id, borrowed; NULL for a special token and for no token. */
const char *tokenizer_decode(const struct tokenizer *t, uint32_t id, size_t *length);

void tokenizer_release(struct tokenizer *t);

#endif
