/*
 * tekken.json, the tokenizer file of Mistral's models:
 *
 *   {"config": {"pattern", "default_vocab_size", "default_num_special_tokens",
 *               "version", ...},
 *    "vocab": [{"rank": 0, "token_bytes": "<base64>", ...}, ...], ...}
 *
 * Of the vocabulary only the first default_vocab_size - default_num_special_tokens
 * entries are tokens of the model; the others are left out. The pattern must be the
 * one that pretoken.h knows. Source: mistral_common, tokens/tokenizers/tekken.py.
 */
#ifndef GUST_TEKKEN_H
#define GUST_TEKKEN_H

#include "workload/tokenizer.h"

/* Reads a file. On failure *out is empty, and the error names the file and what of
 * it is wrong. */
MUST_CHECK int tekken_load(const char *path, struct tokenizer *out, struct err *e);

/* The same from its text; the error names what is wrong. */
MUST_CHECK int tekken_read(const char *text, size_t length, struct tokenizer *out,
                           struct err *e);

#endif
