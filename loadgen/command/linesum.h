/*
 * The sum of lines of intervals.jsonl: lines that are about the same (kind, second,
 * phase, arm, class, stratum) become one. Counts add up exactly; what is a worst case
 * is the worst of all; what every shard sees of the same thing (the server's own
 * metrics, published limits) is taken from one of them.
 */
#ifndef GUST_LINESUM_H
#define GUST_LINESUM_H

#include "base/buf.h"
#include "base/err.h"

struct linesum;
struct linesum *linesum_new(void);
void linesum_free(struct linesum *s);

/* What a line says of its place: *t_ns is its "t"; *opens when it is the first kind
 * of line that the collector writes of a second. false: no object with a "t". */
bool linesum_look(const char *line, size_t length, int64_t *t_ns, bool *opens);

/* Adds one line; is_first: of the shard that speaks for all. The error is about the
 * line's form. */
MUST_CHECK int linesum_add(struct linesum *s, const char *line, size_t length,
                           bool is_first, struct err *e);

/* Appends the sums in the order in which they came up, and empties them. */
void linesum_write(struct linesum *s, struct buf *out);

#endif
