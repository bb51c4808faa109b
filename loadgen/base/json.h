/*
 * Strict reading of JSON documents: every error names the path of the value,
 * and an unknown key names the nearest known one.
 *
 * A struct jnode is a value and how it was reached; nodes live on the stack of
 * the reader and point to their parent, so a path costs nothing until an error
 * prints it: `classes[2].output.mean: -1 is out of range 0..1e+09`.
 * The document (json_t) is owned by whoever loaded it.
 */
#ifndef GUST_JSON_H
#define GUST_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>

struct jnode {
    const json_t *value;
    const struct jnode *parent; /* NULL at the root */
    const char *key;            /* NULL for an array element and the root */
    size_t index;
};

/* Parses text (length bytes, need not be NUL-terminated); duplicate keys are
 * errors. The error says line and column. NULL on failure. json_decref it. */
json_t *json_parse(const char *text, size_t length, struct err *e);

/* Reads a whole file of at most max_bytes. The error names the path. */
json_t *json_load(const char *path, size_t max_bytes, struct err *e);

struct jnode jnode_root(const json_t *value);

/* The member or element as a node; value is NULL when there is none. */
struct jnode jnode_get(const struct jnode *object, const char *key);
struct jnode jnode_at(const struct jnode *array, size_t index);
static inline bool jnode_exists(const struct jnode *n)
{
    return n->value != NULL;
}

/* Fails with "<path>: <message>". Returns -1. */
int jnode_fail(const struct jnode *n, struct err *e, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The node must be an object whose keys all stand in keys (NULL-terminated;
 * keys starting with "$" or named "comment" are always allowed). */
MUST_CHECK int jnode_object(const struct jnode *n, const char *const *keys,
                            struct err *e);

/* The node must be an array of min..max elements. */
MUST_CHECK int jnode_array(const struct jnode *n, size_t min, size_t max,
                           struct err *e);

/* A member that must exist, of the right type and in min..max. */
MUST_CHECK int jnode_number(const struct jnode *object, const char *key, double min,
                            double max, double *out, struct err *e);
MUST_CHECK int jnode_u64(const struct jnode *object, const char *key, uint64_t min,
                         uint64_t max, uint64_t *out, struct err *e);
MUST_CHECK int jnode_bool(const struct jnode *object, const char *key, bool *out,
                          struct err *e);
/* Borrowed from the document. */
MUST_CHECK int jnode_string(const struct jnode *object, const char *key,
                            const char **out, struct err *e);
/* A string of units.h ("30s") or a number of seconds. */
MUST_CHECK int jnode_duration(const struct jnode *object, const char *key,
                              int64_t *out_ns, struct err *e);
/* A string of units.h ("20/s") or a number per second; must be >= 0. */
MUST_CHECK int jnode_rate(const struct jnode *object, const char *key,
                          double *out_per_s, struct err *e);
/* One of names[0..n-1]; *out is its index. The error lists what is allowed. */
MUST_CHECK int jnode_choice(const struct jnode *object, const char *key,
                            const char *const *names, size_t n, size_t *out,
                            struct err *e);

/* "classes[2].output.mean"; "(document)" for the root. */
void jnode_path(const struct jnode *n, struct buf *out);

/* The candidate nearest to word by edit distance, or NULL when none is near
 * (more than a third of its letters differ). candidates is NULL-terminated. */
const char *json_nearest(const char *word, const char *const *candidates);

#endif
