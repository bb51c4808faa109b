/*
 * The files of all shards of a run become the files of one: latency.hlog and
 * intervals.jsonl second by second, side by side, so that memory does not grow with
 * the length of the run; events and failures, which are few.
 */
#ifndef GUST_MERGE_FILES_H
#define GUST_MERGE_FILES_H

#include "command/merge_set.h"
#include "command/outlier.h"
#include "measure/rundir.h"

/* Appends to out. t0_wall_ns: the log's header. outliers: sees the values of every
 * shard. Memory: 2 x 16 KB a shard, and the series of one second. */
MUST_CHECK int merge_files(const struct merge_set *set, struct rundir *out,
                           int64_t t0_wall_ns, struct outliers *outliers,
                           struct err *e);

#endif
