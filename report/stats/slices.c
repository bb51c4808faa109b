/*
 * Sparse slice histograms.
 *
 * Open, the series is a list of 64-bit keys: slice, stratum, slot, count, from
 * the highest bit down, so that sorting integers brings equal cells together. The
 * slot after the last stands for "no value".
 *
 * Sealed, it is an array of cells and one array of 16-bit words. A cell's words
 * are its slots, ascending, then its cumulative counts: one word each, or two (low
 * word first) in the rare cell that holds more than 65,535 values. "How many up
 * to x" is a binary search over words that lie side by side.
 */
#include "stats/slices.h"

#include "measure/radix.h"

#include <stdlib.h>

#define COUNT_BITS 23
#define SLOT_BITS 15
#define STRATUM_BITS 6
#define SLOT_SHIFT COUNT_BITS
#define STRATUM_SHIFT (SLOT_SHIFT + SLOT_BITS)
#define SLICE_SHIFT (STRATUM_SHIFT + STRATUM_BITS)
#define COUNT_MAX ((UINT64_C(1) << COUNT_BITS) - 1)
#define SLOT_INFINITE ((size_t)HIST_SLOTS)

_Static_assert(HIST_SLOTS < 1 << SLOT_BITS, "a slot, and one more, fit");
_Static_assert(SLICES_STRATA == 1 << STRATUM_BITS, "a stratum fits");
_Static_assert(SLICES_MAX == UINT64_C(1) << (64 - SLICE_SHIFT), "a slice fits");
_Static_assert(sizeof(struct slice_cell) == 16, "as the header says");

struct slices {
    uint64_t total; /* requests of all cells: at most UINT32_MAX */
    uint64_t *keys; /* open only */
    size_t key_count, key_cap;
    struct slice_cell *cells; /* sealed only */
    size_t cell_count;
    uint16_t *words;
    size_t count;
    bool is_sealed;
};

struct slices *slices_new(void)
{
    return xcalloc(1, sizeof(struct slices));
}

void slices_free(struct slices *s)
{
    if (s == NULL)
        return;
    free(s->keys);
    free(s->cells);
    free(s->words);
    free(s);
}

static void append_key(struct slices *s, uint64_t key)
{
    if (s->key_count == s->key_cap) {
        s->key_cap = s->key_cap > 0 ? s->key_cap + s->key_cap / 2 : 1024;
        s->keys = xrealloc_array(s->keys, s->key_cap, sizeof s->keys[0]);
    }
    s->keys[s->key_count++] = key;
}

static void append(struct slices *s, size_t slice, unsigned stratum, size_t slot,
                   uint64_t count)
{
    uint64_t place = (uint64_t)slice << SLICE_SHIFT |
                     (uint64_t)stratum << STRATUM_SHIFT | (uint64_t)slot << SLOT_SHIFT;
    s->total += count;
    for (; count > COUNT_MAX; count -= COUNT_MAX)
        append_key(s, place | COUNT_MAX);
    if (count > 0)
        append_key(s, place | count);
}

static bool is_room(const struct slices *s, uint64_t already, uint64_t count)
{
    return count <= UINT32_MAX - s->total - already;
}

bool slices_add(struct slices *s, size_t slice, unsigned stratum,
                const struct hist_bin *bins, size_t n)
{
    assert(!s->is_sealed);
    if (slice >= SLICES_MAX || stratum >= SLICES_STRATA)
        return false;
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (bins[i].slot >= HIST_SLOTS || !is_room(s, sum, bins[i].count))
            return false;
        sum += bins[i].count;
    }
    for (size_t i = 0; i < n; i++)
        append(s, slice, stratum, bins[i].slot, bins[i].count);
    return true;
}

bool slices_add_infinite(struct slices *s, size_t slice, unsigned stratum,
                         uint64_t count)
{
    assert(!s->is_sealed);
    if (slice >= SLICES_MAX || stratum >= SLICES_STRATA || !is_room(s, 0, count))
        return false;
    append(s, slice, stratum, SLOT_INFINITE, count);
    return true;
}

static size_t key_slice(uint64_t key)
{
    return (size_t)(key >> SLICE_SHIFT);
}

/* Slice and stratum together. */
static uint64_t key_cell(uint64_t key)
{
    return key >> STRATUM_SHIFT;
}

static size_t key_slot(uint64_t key)
{
    return (size_t)(key >> SLOT_SHIFT) & ((1u << SLOT_BITS) - 1);
}

/* Renumbers slices, leaving out those that are not usable; sets s->count. */
static void keep_usable(struct slices *s, size_t count, const bool *usable)
{
    uint32_t *number = xcalloc(count, sizeof number[0]);
    for (size_t i = 0; i < count; i++)
        if (usable == NULL || usable[i])
            number[i] = (uint32_t)++s->count; /* from 1: 0 is left out */
    size_t kept = 0;
    for (size_t i = 0; i < s->key_count; i++) {
        uint64_t key = s->keys[i];
        size_t slice = key_slice(key);
        if (slice >= count || number[slice] == 0)
            continue;
        uint64_t rest = key & ((UINT64_C(1) << SLICE_SHIFT) - 1);
        s->keys[kept++] = (uint64_t)(number[slice] - 1) << SLICE_SHIFT | rest;
    }
    s->key_count = kept;
    free(number);
}

static void sort_keys(struct slices *s)
{
    uint64_t *spare = xcalloc(s->key_count, sizeof spare[0]);
    uint64_t *sorted = radix_sort(s->keys, spare, s->key_count);
    free(sorted == spare ? s->keys : spare);
    s->keys = sorted;
}

/* What the keys of one cell add up to. */
struct cell_sum {
    size_t begin, end; /* its keys */
    size_t bins;
    uint64_t values, requests;
};

static struct cell_sum sum_cell(const struct slices *s, size_t begin)
{
    struct cell_sum sum = {.begin = begin, .end = begin};
    size_t slot = SLOT_INFINITE;
    while (sum.end < s->key_count &&
           key_cell(s->keys[sum.end]) == key_cell(s->keys[begin])) {
        uint64_t key = s->keys[sum.end++];
        sum.requests += key & COUNT_MAX;
        if (key_slot(key) == SLOT_INFINITE)
            continue;
        sum.values += key & COUNT_MAX;
        sum.bins += key_slot(key) != slot;
        slot = key_slot(key);
    }
    return sum;
}

static bool is_wide(const struct cell_sum *sum)
{
    return sum->values > UINT16_MAX;
}

static size_t word_count(const struct cell_sum *sum)
{
    return sum->bins * (is_wide(sum) ? 3 : 2);
}

static void set_upto(uint16_t *words, const struct slice_cell *c, size_t i,
                     uint32_t upto)
{
    uint16_t *counts = words + c->offset + c->bins;
    if (!c->is_wide) {
        counts[i] = (uint16_t)upto;
        return;
    }
    counts[2 * i] = (uint16_t)(upto & UINT16_MAX);
    counts[2 * i + 1] = (uint16_t)(upto >> 16);
}

static uint32_t upto_at(const struct slices *s, const struct slice_cell *c, size_t i)
{
    const uint16_t *counts = s->words + c->offset + c->bins;
    return c->is_wide ? counts[2 * i] | (uint32_t)counts[2 * i + 1] << 16 : counts[i];
}

static void pack_cell(struct slices *s, const struct cell_sum *sum, size_t offset)
{
    uint64_t key = s->keys[sum->begin];
    struct slice_cell *c = &s->cells[s->cell_count++];
    assert(offset <= UINT32_MAX);
    *c = (struct slice_cell){
        .slice = (uint32_t)key_slice(key),
        .requests = (uint32_t)sum->requests,
        .offset = (uint32_t)offset,
        .bins = (uint16_t)sum->bins,
        .stratum = (uint8_t)(key_cell(key) % SLICES_STRATA),
        .is_wide = is_wide(sum),
    };
    uint32_t upto = 0;
    size_t bin = 0;
    for (size_t i = sum->begin; i < sum->end; i++) {
        size_t slot = key_slot(s->keys[i]);
        if (slot == SLOT_INFINITE)
            break;
        if (upto > 0 && s->words[offset + bin] != slot)
            bin++;
        upto += (uint32_t)(s->keys[i] & COUNT_MAX);
        s->words[offset + bin] = (uint16_t)slot;
        set_upto(s->words, c, bin, upto);
    }
}

/* Sorted keys become cells and words. */
static void pack(struct slices *s)
{
    size_t cells = 0, words = 0;
    struct cell_sum sum = {0};
    for (size_t i = 0; i < s->key_count; i = sum.end) {
        sum = sum_cell(s, i);
        cells++;
        words += word_count(&sum);
    }
    s->cells = xcalloc(cells, sizeof s->cells[0]);
    s->words = xcalloc(words, sizeof s->words[0]);
    size_t offset = 0;
    for (size_t i = 0; i < s->key_count; i = sum.end) {
        sum = sum_cell(s, i);
        pack_cell(s, &sum, offset);
        offset += word_count(&sum);
    }
    assert(offset == words && s->cell_count == cells);
}

void slices_seal(struct slices *s, size_t count, const bool *usable)
{
    assert(!s->is_sealed && count <= SLICES_MAX);
    keep_usable(s, count, usable);
    sort_keys(s);
    pack(s);
    free(s->keys);
    s->keys = NULL;
    s->is_sealed = true;
}

size_t slices_count(const struct slices *s)
{
    assert(s->is_sealed);
    return s->count;
}

/* First cell of that slice or a later one. */
static size_t first_cell(const struct slices *s, size_t slice)
{
    size_t low = 0, high = s->cell_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->cells[middle].slice < slice)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct slice_cell *slices_cells(const struct slices *s, size_t first,
                                      size_t count, size_t *n)
{
    assert(s->is_sealed && first <= s->count && count <= s->count - first);
    size_t begin = first_cell(s, first);
    *n = first_cell(s, first + count) - begin;
    return s->cells + begin;
}

struct hist_bin slices_bin(const struct slices *s, const struct slice_cell *c, size_t i)
{
    assert(i < c->bins);
    uint32_t below = i > 0 ? upto_at(s, c, i - 1) : 0;
    return (struct hist_bin){s->words[c->offset + i], upto_at(s, c, i) - below};
}

struct slice_point slice_point_of(double value_us)
{
    if (!(value_us > 0))
        return (struct slice_point){0, 0};
    if (value_us >= (double)HIST_HIGHEST_US + 1)
        return (struct slice_point){HIST_SLOTS, 0};
    size_t slot = hist_slot((int64_t)value_us);
    double low = (double)hist_slot_low(slot);
    double width = (double)hist_slot_high(slot) + 1 - low;
    return (struct slice_point){slot, (value_us - low) / width};
}

double slices_count_to(const struct slices *s, const struct slice_cell *c,
                       struct slice_point at)
{
    const uint16_t *slots = s->words + c->offset;
    size_t low = 0, high = c->bins;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (slots[middle] < at.slot)
            low = middle + 1;
        else
            high = middle;
    }
    double below = low > 0 ? upto_at(s, c, low - 1) : 0;
    if (low == c->bins || slots[low] != at.slot)
        return below;
    return below + at.share * (upto_at(s, c, low) - below);
}
