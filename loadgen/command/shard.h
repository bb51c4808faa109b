/*
 * Which part of a run is this process's: --shard i/N, or what the engine that
 * started it says (--shard auto).
 *
 * Without the option a run is whole, whatever the environment says: a gust started
 * by hand inside a batch job must not quietly send a quarter of the load.
 */
#ifndef GUST_SHARD_H
#define GUST_SHARD_H

#include "engine/run.h"

#define SHARDS_MAX 10000

struct shard {
    uint32_t index, count; /* index < count */
    const char *source;    /* who said it: "--shard", or the engine's name */
};

/* The environment: the value of a variable, or NULL. */
typedef const char *(*shard_lookup)(void *context, const char *name);

/* text: "i/N" with i from 0, "auto", or NULL for the whole. The error says what is
 * missing, or which two sources disagree. */
MUST_CHECK int shard_find(const char *text, shard_lookup get, void *context,
                          struct shard *out, struct err *e);

/* The same from this process's environment. */
MUST_CHECK int shard_find_here(const char *text, struct shard *out, struct err *e);

/* Where shard `index` of a run into out_dir writes: out_dir/shard-007, or with .2 and
 * so on behind it, and a warning on stderr, where an earlier attempt has been. free()
 * it; NULL when out_dir is missing. The directory is not made. */
char *shard_folder(const char *out_dir, uint32_t index, struct err *e);

/* What a shard says at its end: it has a part of the answer only, the verdict is the
 * merge's. Returns the run's own code. */
int shard_ended(const struct plan *plan, const struct run_result *result);

#endif
