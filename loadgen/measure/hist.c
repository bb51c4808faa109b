/*
 * The histogram: HdrHistogram's buckets with a geometry known at compile time,
 * so that recording is a bit scan, a shift and an increment.
 *
 * Bucket 0 holds 0..2047 one by one; each later bucket b holds 1,024 slots of
 * width 2^b. A slot is therefore b * 1024 + (value >> b), and every slot is at
 * most 1/1024 of its value wide.
 */
#include "measure/hist.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SUB_BITS 11
#define SUB_COUNT (INT64_C(1) << SUB_BITS)
#define HALF_BITS (SUB_BITS - 1)
#define HALF_COUNT (SUB_COUNT / 2)
#define BUCKETS 27

/* 10^3 needs 2,000 single units, hence 2,048; the last bucket reaches 24 h. */
_Static_assert(SUB_COUNT >= 2000 && SUB_COUNT / 2 < 2000, "three digits");
_Static_assert(HIST_HIGHEST_US < SUB_COUNT << (BUCKETS - 1), "24 h fit");
_Static_assert(HIST_HIGHEST_US >= SUB_COUNT << (BUCKETS - 2), "no bucket too many");
_Static_assert(HIST_SLOTS == (BUCKETS + 1) * HALF_COUNT, "Java's countsArrayLength");

static void set_empty(struct hist *h)
{
    h->total = 0;
    h->refused = 0;
    h->first = HIST_SLOTS;
    h->last = 0;
}

struct hist *hist_new(void)
{
    struct hist *h = xcalloc(1, sizeof *h);
    set_empty(h);
    return h;
}

void hist_free(struct hist *h)
{
    free(h);
}

void hist_reset(struct hist *h)
{
    if (h->first <= h->last)
        memset(&h->counts[h->first], 0, (h->last - h->first + 1) * sizeof h->counts[0]);
    set_empty(h);
}

size_t hist_slot(int64_t value_us)
{
    uint64_t value = (uint64_t)value_us;
    assert(value <= (uint64_t)HIST_HIGHEST_US);
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | (SUB_COUNT - 1));
    unsigned bucket = bits - SUB_BITS;
    return ((size_t)bucket << HALF_BITS) + (size_t)(value >> bucket);
}

static unsigned slot_bucket(size_t slot)
{
    assert(slot < HIST_SLOTS);
    size_t half = slot >> HALF_BITS;
    return half > 0 ? (unsigned)(half - 1) : 0;
}

static int64_t slot_width(size_t slot)
{
    return INT64_C(1) << slot_bucket(slot);
}

int64_t hist_slot_low(size_t slot)
{
    unsigned bucket = slot_bucket(slot);
    return (int64_t)(slot - ((size_t)bucket << HALF_BITS)) << bucket;
}

int64_t hist_slot_high(size_t slot)
{
    return hist_slot_low(slot) + slot_width(slot) - 1;
}

int64_t hist_slot_mid(size_t slot)
{
    return hist_slot_low(slot) + slot_width(slot) / 2;
}

void hist_record_slot(struct hist *h, size_t slot, uint64_t count)
{
    assert(slot < HIST_SLOTS);
    h->counts[slot] += count;
    h->total += count;
    h->first = slot < h->first ? slot : h->first;
    h->last = slot > h->last ? slot : h->last;
}

bool hist_record(struct hist *h, int64_t value_us, uint64_t count)
{
    if ((uint64_t)value_us > (uint64_t)HIST_HIGHEST_US) {
        h->refused += count;
        return false;
    }
    hist_record_slot(h, hist_slot(value_us), count);
    return true;
}

void hist_add(struct hist *into, const struct hist *from)
{
    for (size_t slot = from->first; slot <= from->last; slot++)
        into->counts[slot] += from->counts[slot];
    into->total += from->total;
    into->refused += from->refused;
    into->first = from->first < into->first ? from->first : into->first;
    into->last = from->last > into->last ? from->last : into->last;
}

void hist_add_bins(struct hist *into, const struct hist_bin *bins, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hist_record_slot(into, bins[i].slot, bins[i].count);
}

size_t hist_bins(const struct hist *h, struct hist_bin *out)
{
    size_t n = 0;
    for (size_t slot = h->first; slot <= h->last; slot++)
        if (h->counts[slot] != 0)
            out[n++] = (struct hist_bin){(uint32_t)slot, h->counts[slot]};
    return n;
}

/* Java's rule. One ulp is taken off the percentile before rounding up: 99.9 %
 * of 5,000 is 4,995, though the product in floating point is a bit larger. */
static uint64_t rank_of(uint64_t total, double percentile)
{
    double p = nextafter(percentile, -DBL_MAX);
    p = p < 0 ? 0 : p > 100 ? 100 : p;
    double rank = ceil(p * (double)total / 100);
    if (rank < 1)
        return 1;
    return rank < (double)total ? (uint64_t)rank : total;
}

static int64_t value_at_rank(const struct hist *h, uint64_t rank, double percentile)
{
    uint64_t seen = 0;
    for (size_t slot = h->first; slot <= h->last; slot++) {
        seen += h->counts[slot];
        if (seen >= rank)
            return percentile > 0 ? hist_slot_high(slot) : hist_slot_low(slot);
    }
    return 0;
}

int64_t hist_percentile_us(const struct hist *h, double percentile)
{
    return value_at_rank(h, rank_of(h->total, percentile), percentile);
}

int64_t hist_percentile_with_us(const struct hist *h, uint64_t infinite,
                                double percentile)
{
    uint64_t n = h->total + infinite;
    if (n == 0)
        return 0;
    uint64_t rank = rank_of(n, percentile);
    return rank > h->total ? -1 : value_at_rank(h, rank, percentile);
}

int64_t hist_min_us(const struct hist *h)
{
    return h->total > 0 ? hist_slot_low(h->first) : 0;
}

int64_t hist_max_us(const struct hist *h)
{
    return h->total > 0 ? hist_slot_high(h->last) : 0;
}

double hist_mean_us(const struct hist *h)
{
    if (h->total == 0)
        return 0;
    double sum = 0;
    for (size_t slot = h->first; slot <= h->last; slot++)
        sum += (double)h->counts[slot] * (double)hist_slot_mid(slot);
    return sum / (double)h->total;
}

double hist_stddev_us(const struct hist *h)
{
    if (h->total == 0)
        return 0;
    double mean = hist_mean_us(h), sum = 0;
    for (size_t slot = h->first; slot <= h->last; slot++) {
        double d = (double)hist_slot_mid(slot) - mean;
        sum += d * d * (double)h->counts[slot];
    }
    return sqrt(sum / (double)h->total);
}

double hist_count_to(const struct hist *h, double value_us)
{
    if (h->total == 0 || !(value_us >= 0))
        return 0;
    if (value_us >= (double)HIST_HIGHEST_US)
        return (double)h->total;
    size_t own = hist_slot((int64_t)value_us);
    uint64_t below = 0;
    for (size_t slot = h->first; slot < own && slot <= h->last; slot++)
        below += h->counts[slot];
    double share =
        (value_us - (double)hist_slot_low(own) + 1) / (double)slot_width(own);
    return (double)below + (share < 1 ? share : 1) * (double)h->counts[own];
}

/* Chance that at most one of n observations lies above the quantile p. */
static double chance_of_no_bound(double n, double p)
{
    return pow(p, n) + n * pow(p, n - 1) * (1 - p);
}

/* MLPerf's early-stopping rule, one observation above allowed: the second
 * largest is an upper bound of the percentile with 99 % confidence. */
uint64_t hist_samples_needed(double percentile)
{
    assert(percentile > 0 && percentile < 100);
    const double p = percentile / 100, risk = 0.01;
    uint64_t high = 2;
    while (chance_of_no_bound((double)high, p) > risk)
        high *= 2;
    uint64_t low = high / 2;
    while (low + 1 < high) {
        uint64_t mid = low + (high - low) / 2;
        if (chance_of_no_bound((double)mid, p) > risk)
            low = mid;
        else
            high = mid;
    }
    return high;
}
