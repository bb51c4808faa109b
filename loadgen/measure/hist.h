/*
 * High dynamic range histogram: 1 us to 24 h, three significant digits.
 *
 * Values are int64 microseconds. The geometry is HdrHistogram's with lowest 1,
 * highest 86,400,000,000 and 3 digits, fixed at compile time: every series of
 * every run can be added to every other. 28,672 counts of 8 bytes = 229,376 B.
 * A value out of range is refused and counted, never clamped.
 */
#ifndef GUST_HIST_H
#define GUST_HIST_H

#include "base/base.h"

#include <stdbool.h>

#define HIST_DIGITS 3
#define HIST_LOWEST_US INT64_C(1)
#define HIST_HIGHEST_US INT64_C(86400000000)
#define HIST_SLOTS 28672

struct hist {
    uint64_t counts[HIST_SLOTS];
    uint64_t total;   /* sum of counts */
    uint64_t refused; /* values out of range, not in counts */
    size_t first;     /* lowest slot in use; HIST_SLOTS when empty */
    size_t last;      /* highest slot in use; 0 when empty */
};

/* One slot in use, as a sparse histogram lists them: ascending by slot. */
struct hist_bin {
    uint32_t slot;
    uint64_t count;
};

struct hist *hist_new(void);
void hist_free(struct hist *h);
/* Empties it; cost is proportional to the slots between first and last. */
void hist_reset(struct hist *h);

/* Slot of a value in 0..HIST_HIGHEST_US. */
size_t hist_slot(int64_t value_us);
/* Lowest and highest value that land in slot, and the middle of the range. */
int64_t hist_slot_low(size_t slot);
int64_t hist_slot_high(size_t slot);
int64_t hist_slot_mid(size_t slot);

/* Nanoseconds to the nearest microsecond, the unit of every histogram. */
static inline int64_t hist_us(int64_t ns)
{
    return (ns + 500) / 1000;
}

/* Adds count observations; false (and refused += count) when out of range. */
bool hist_record(struct hist *h, int64_t value_us, uint64_t count);
void hist_record_slot(struct hist *h, size_t slot, uint64_t count);
void hist_add(struct hist *into, const struct hist *from);

/* The slots in use, ascending, into out[HIST_SLOTS]; returns their number. */
size_t hist_bins(const struct hist *h, struct hist_bin *out);
void hist_add_bins(struct hist *into, const struct hist_bin *bins, size_t n);

/* Percentile 0..100 by HdrHistogram's Java rule: rank ceil(p/100*N) guarded by
 * one ulp, at least 1; highest value of the slot, lowest for percentile 0. 0
 * when empty. */
int64_t hist_percentile_us(const struct hist *h, double percentile);

/* The same over N = total + infinite observations that are larger than every
 * recorded one (failures). Returns -1 when the rank falls among those. */
int64_t hist_percentile_with_us(const struct hist *h, uint64_t infinite,
                                double percentile);

int64_t hist_min_us(const struct hist *h); /* 0 when empty */
int64_t hist_max_us(const struct hist *h); /* 0 when empty */
double hist_mean_us(const struct hist *h);
double hist_stddev_us(const struct hist *h);

/* Observations <= value: full slots below and a linear share of its own; all of
 * a slot at its highest value, all of the histogram from HIST_HIGHEST_US on. */
double hist_count_to(const struct hist *h, double value_us);

/* The smallest sample at which this percentile is printed (contracts.md): p50
 * 11, p90 64, p95 130, p99 662, p99.9 6636: MLPerf's early-stopping rule, 99 %
 * confidence, one observation above. 0 < percentile < 100. */
uint64_t hist_samples_needed(double percentile);

#endif
