/*
 * Is one of the shards unlike the others? One slow generator, or one on a bad path,
 * makes the tail of them all, and the sum does not show whose it is.
 *
 * Each shard's values are kept as a coarse histogram (64 slots of the fine one to a
 * bin, 4 % wide). A shard is compared with all others together: it is named when its
 * median or its p90 is larger by a fourth (or a half) of theirs, and its share above
 * theirs is so by more than four standard errors. Requests of one second resemble
 * each other, so the errors are doubled; with 1,000 equal shards none is named in
 * 99 of 100 runs.
 */
#ifndef GUST_OUTLIER_H
#define GUST_OUTLIER_H

#include "base/buf.h"
#include "measure/series.h"

struct outliers;
struct outliers *outliers_new(size_t shards);
void outliers_free(struct outliers *o);

/* Adds values of a shard; series that are not compared are ignored. */
void outliers_add(struct outliers *o, size_t shard, const struct series_name *name,
                  const struct hist_bin *bins, size_t n);

/* Is the shard unlike the others? true: out says in what, "first tokens came later:
 * p50 48 ms, of the others 21 ms". */
bool outliers_tell(const struct outliers *o, size_t shard, struct buf *out);

#endif
