/*
 * Prefix sharing of a trace with block ids: how much of the prompts a cache that
 * forgets nothing would have had (the ideal hit ratio), and the plan of shared
 * prefixes that comes nearest to it.
 *
 * An id stands for its block and everything before it, so a prompt's hit is the
 * run of leading ids that came before. Each id is remembered with the row that
 * used it last; after SHARING_BLOCKS_MAX different ones measuring stops, memory
 * stays at 16 MB, and `rows` says how far it went.
 *
 * The plan is a model of cache load, not of conversations: `tokens` are the
 * lengths of the hits, but for the short ones that make up a tenth of all hit
 * tokens (a system prompt that everything starts with); `share` of the prompts
 * draw a prefix, such that the plan's own ideal hit ratio comes out right (and
 * where all do and it is still too low, the lengths are scaled up); `groups` is
 * such that a prefix comes back after as many requests as in the trace.
 */
#ifndef GUST_SHARING_H
#define GUST_SHARING_H

#include "workload/sketch.h"
#include "workload/trace.h"

#define SHARING_BLOCKS_MAX ((size_t)1 << 19)
#define SHARING_POINTS 21 /* quantiles of the prefix lengths */

struct sharing_block; /* id and the row that used it last */

struct sharing {
    uint64_t rows;     /* measured */
    uint64_t hit_rows; /* with a hit */
    double prompt_tokens, hit_tokens;
    uint64_t *hits;    /* SKETCH_BUCKETS counts: length of the hits */
    double *distances; /* 64 sums of hit tokens, by log2 of rows since last use */
    struct sharing_block *blocks; /* NULL before the first row with blocks */
    size_t block_count;
    bool is_full;
};

/* What a profile's "prefix" holds. */
struct sharing_plan {
    uint32_t groups; /* 0: nothing is shared */
    double share;
    uint32_t tokens[SHARING_POINTS]; /* equidistant quantiles */
    double hit_ratio; /* ideal, of this plan over as many rows as were measured */
};

void sharing_init(struct sharing *s);
void sharing_release(struct sharing *s);
void sharing_add(struct sharing *s, const struct trace_row *row);

/* Hit tokens / prompt tokens, 0 when nothing was measured. */
double sharing_hit_ratio(const struct sharing *s);

/* prompts gives the prompt lengths the prefixes go with. */
void sharing_fit(const struct sharing *s, const struct grid *prompts,
                 struct sharing_plan *out);

#endif
