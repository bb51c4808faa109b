/*
 * The exact sum of interval logs: lines with the same start and tag, from any number
 * of logs, become one.
 *
 * A payload is decoded straight into the bins that it has and added to the sparse
 * sum of its series: no histogram of 28,672 counts is ever made. Memory is that of
 * the bins in use; when they pass a cap the sums are due to be written, which is
 * exact, too: lines that share start and tag are to be added by whoever reads them
 * (hlog.h).
 */
#ifndef GUST_LOGSUM_H
#define GUST_LOGSUM_H

#include "measure/hlog.h"

struct logsum;
struct logsum *logsum_new(void);
void logsum_free(struct logsum *s);

/* Adds one line. *bins and *n, where bins is not NULL, are what it held, borrowed
 * until the next call. Fails on a payload that cannot be read, and on counts that
 * would leave the range of the format (2^63 - 1); nothing was added then. */
MUST_CHECK int logsum_add(struct logsum *s, const struct hlog_entry *entry,
                          const struct hist_bin **bins, size_t *n, struct err *e);

/* Are the sums so large that they should be written? */
bool logsum_is_full(const struct logsum *s);

/* Appends a line per series, ascending by start, then tag, and empties the sums,
 * keeping the storage. */
void logsum_write(struct logsum *s, struct buf *out);

#endif
