/*
 * Keys from high to low bits, so that sorting them sorts the log by time:
 *
 *   second 24 | arm 4 | class 10 | measured 1 | stratum 6 | metric 4 | slot 15
 *
 * Stratum "all" is 63, behind the numbered ones.
 */
#include "measure/tally.h"

#include "measure/radix.h"

#include <stdlib.h>

#define SLOT_BITS 15
#define METRIC_BITS 4
#define STRATUM_BITS 6
#define CLASS_BITS 10
#define ARM_BITS 4

#define METRIC_SHIFT SLOT_BITS
#define STRATUM_SHIFT (METRIC_SHIFT + METRIC_BITS)
#define MEASURED_SHIFT (STRATUM_SHIFT + STRATUM_BITS)
#define CLASS_SHIFT (MEASURED_SHIFT + 1)
#define ARM_SHIFT (CLASS_SHIFT + CLASS_BITS)
#define SECOND_SHIFT (ARM_SHIFT + ARM_BITS)

#define LOW_BITS(bits) ((UINT64_C(1) << (bits)) - 1)
#define STRATUM_ALL_CODE LOW_BITS(STRATUM_BITS)

_Static_assert(HIST_SLOTS <= 1 << SLOT_BITS, "slots fit");
_Static_assert(METRIC_COUNT <= 1 << METRIC_BITS, "metrics fit");
_Static_assert(STRATUM_COUNT < 1 << STRATUM_BITS, "strata fit, and one for all");
_Static_assert(TALLY_CLASSES == 1 << CLASS_BITS, "classes fit");
_Static_assert(TALLY_ARMS == 1 << ARM_BITS, "arms fit");
_Static_assert(TALLY_SECONDS == UINT64_C(1) << (64 - SECOND_SHIFT), "all bits used");

#define KEYS_FIRST 4096

struct tally {
    uint64_t *keys, *spare;
    size_t count, cap;
    struct hist_bin bins[HIST_SLOTS]; /* of the series being visited */
};

struct tally *tally_new(void)
{
    struct tally *t = xcalloc(1, sizeof *t);
    t->cap = KEYS_FIRST;
    t->keys = xcalloc(t->cap, sizeof *t->keys);
    t->spare = xcalloc(t->cap, sizeof *t->spare);
    return t;
}

void tally_free(struct tally *t)
{
    if (t == NULL)
        return;
    free(t->spare);
    free(t->keys);
    free(t);
}

void tally_reset(struct tally *t)
{
    t->count = 0;
}

static uint64_t pack(const struct tally_key *key)
{
    assert(key->second < TALLY_SECONDS && key->arm < TALLY_ARMS);
    assert(key->class_index < TALLY_CLASSES && key->stratum < STRATUM_COUNT);
    uint64_t stratum = key->stratum < 0 ? STRATUM_ALL_CODE : (uint64_t)key->stratum;
    return (uint64_t)key->second << SECOND_SHIFT | (uint64_t)key->arm << ARM_SHIFT |
           (uint64_t)key->class_index << CLASS_SHIFT |
           (uint64_t)key->is_measured << MEASURED_SHIFT | stratum << STRATUM_SHIFT |
           (uint64_t)key->metric << METRIC_SHIFT;
}

static struct tally_key unpack(uint64_t packed)
{
    uint64_t stratum = packed >> STRATUM_SHIFT & LOW_BITS(STRATUM_BITS);
    return (struct tally_key){
        .second = (uint32_t)(packed >> SECOND_SHIFT),
        .arm = (uint32_t)(packed >> ARM_SHIFT & LOW_BITS(ARM_BITS)),
        .class_index = (uint32_t)(packed >> CLASS_SHIFT & LOW_BITS(CLASS_BITS)),
        .stratum = stratum == STRATUM_ALL_CODE ? -1 : (int)stratum,
        .metric = (enum metric)(packed >> METRIC_SHIFT & LOW_BITS(METRIC_BITS)),
        .is_measured = (packed >> MEASURED_SHIFT & 1) != 0,
    };
}

static void grow(struct tally *t)
{
    t->cap *= 2;
    t->keys = xrealloc_array(t->keys, t->cap, sizeof *t->keys);
    t->spare = xrealloc_array(t->spare, t->cap, sizeof *t->spare);
}

void tally_note(struct tally *t, const struct tally_key *key, int64_t value_us)
{
    if (t->count == t->cap)
        grow(t);
    t->keys[t->count++] = pack(key) | hist_slot(value_us);
}

/* Bins of the series that begins at keys[i]; returns where the next one begins. */
static size_t gather(struct tally *t, const uint64_t *keys, size_t i, size_t *n)
{
    const uint64_t series = keys[i] >> SLOT_BITS;
    uint64_t last = ~keys[i];
    *n = 0;
    for (; i < t->count && keys[i] >> SLOT_BITS == series; i++) {
        if (keys[i] != last)
            t->bins[(*n)++] =
                (struct hist_bin){(uint32_t)(keys[i] & LOW_BITS(SLOT_BITS)), 0};
        t->bins[*n - 1].count++;
        last = keys[i];
    }
    return i;
}

void tally_each(struct tally *t, tally_visit visit, void *context)
{
    const uint64_t *sorted = radix_sort(t->keys, t->spare, t->count);
    size_t n;
    for (size_t i = 0; i < t->count;) {
        struct tally_key key = unpack(sorted[i]);
        i = gather(t, sorted, i, &n);
        visit(context, &key, t->bins, n);
    }
}
