/*
 * JSON objects whose kind decides which other members they may have: a
 * distribution, an arrival process, a phase, a request class. One row a kind.
 */
#ifndef GUST_VARIANT_H
#define GUST_VARIANT_H

#include "base/json.h"

#define VARIANT_KEYS_MAX 16

struct variant {
    const char *name;                   /* NULL ends a table */
    const char *keys[VARIANT_KEYS_MAX]; /* members beside the kind; NULL-terminated */
};

/* n must be an object with a string member kind_key that names a row, and no
 * members but the row's, kind_key and also (NULL: none). *out is the row's index.
 * The error names the path and what is allowed. */
MUST_CHECK int variant_parse(const struct jnode *n, const char *kind_key,
                             const struct variant *rows, const char *also, size_t *out,
                             struct err *e);

#endif
