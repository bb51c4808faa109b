/*
 * A tally: values noted under series, then sorted into sparse histograms.
 *
 * A value is one 64-bit key: its series in the high bits, its histogram slot in
 * the low ones. Sorting the keys puts equal series together with their slots
 * ascending, so a run of equal keys is one bin. No histogram is held per
 * series: memory grows with the values of one interval, not with seconds times
 * strata.
 */
#ifndef GUST_TALLY_H
#define GUST_TALLY_H

#include "measure/hist.h"
#include "measure/metric.h"

/* Limits of the key's fields. */
#define TALLY_ARMS 16
#define TALLY_CLASSES 1024
#define TALLY_SECONDS (UINT64_C(1) << 24) /* 194 days */

/* Which series a value belongs to; compares by (second, arm, class,
 * is_measured, stratum, metric). */
struct tally_key {
    uint32_t second; /* of the scheduled start, < TALLY_SECONDS */
    uint32_t arm, class_index;
    int stratum; /* -1: all */
    enum metric metric;
    bool is_measured;
};

struct tally;
struct tally *tally_new(void);
void tally_free(struct tally *t);
/* Empties it, keeping the storage. */
void tally_reset(struct tally *t);

/* value_us in 0..HIST_HIGHEST_US. */
void tally_note(struct tally *t, const struct tally_key *key, int64_t value_us);

/* Called per series, ascending, with its bins, borrowed for the call. */
typedef void (*tally_visit)(void *context, const struct tally_key *key,
                            const struct hist_bin *bins, size_t n);
void tally_each(struct tally *t, tally_visit visit, void *context);

#endif
