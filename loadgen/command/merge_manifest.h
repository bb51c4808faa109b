/*
 * run.json of a merged run: that of the shard that speaks for all, with every count
 * added up over the shards, every worst case the worst, and what is missing as
 * reasons of its health.
 */
#ifndef GUST_MERGE_MANIFEST_H
#define GUST_MERGE_MANIFEST_H

#include "command/merge_set.h"

/* Appends the document. Reads the manifests of all used shards, one at a time. */
MUST_CHECK int merge_manifest(const struct merge_set *set, struct buf *out,
                              struct err *e);

#endif
