/*
 * An array of slices and a hash table of indices into it: open addressing,
 * linear probing, at most half full. Sorted only when it is written.
 */
#include "measure/slice_counts.h"

#include "base/jout.h"
#include "measure/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct slice {
    uint64_t key;
    int64_t second;
    uint32_t arm, class_index, stratum, phase;
    bool is_measured;
    uint64_t good;
    uint64_t prompt_tokens, cached_tokens, output_tokens, prompt_asked, output_asked;
    uint64_t items, flagged, refused, filtered;
    uint64_t billed[BILL_REASONING]; /* charged, of all */
    uint64_t cost_pico;
    int64_t decode_ns;
    uint64_t outcomes[OUTCOME_COUNT];
};

struct slice_counts {
    struct slice *items;
    size_t count, cap;
    uint32_t *table; /* index + 1, 0 empty; 2 * cap places, a power of two */
};

#define ITEMS_FIRST 256

struct slice_counts *slice_counts_new(void)
{
    struct slice_counts *s = xcalloc(1, sizeof *s);
    s->cap = ITEMS_FIRST;
    s->items = xcalloc(s->cap, sizeof *s->items);
    s->table = xcalloc(2 * s->cap, sizeof *s->table);
    return s;
}

void slice_counts_free(struct slice_counts *s)
{
    if (s == NULL)
        return;
    free(s->table);
    free(s->items);
    free(s);
}

void slice_counts_reset(struct slice_counts *s)
{
    memset(s->table, 0, 2 * s->cap * sizeof *s->table);
    s->count = 0;
}

/* second 24 | arm 4 | class 10 | measured 1 | stratum 6 | phase 16 bits */
static uint64_t key_of(const struct sample *s)
{
    uint64_t second = (uint64_t)(s->due_ns / NS_PER_S);
    assert(s->due_ns >= 0 && second < 1 << 24 && s->arm < 16);
    assert(s->class_index < 1024 && s->stratum < STRATUM_COUNT);
    return second << 37 | (uint64_t)s->arm << 33 | (uint64_t)s->class_index << 23 |
           (uint64_t)s->is_measured << 22 | (uint64_t)s->stratum << 16 | s->phase;
}

/* The place of key in the table: its own, or the empty one where it belongs. */
static uint32_t *place_of(const struct slice_counts *s, uint64_t key)
{
    const size_t mask = 2 * s->cap - 1;
    size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (s->table[i] != 0 && s->items[s->table[i] - 1].key != key)
        i = (i + 1) & mask;
    return &s->table[i];
}

static void grow(struct slice_counts *s)
{
    s->cap *= 2;
    s->items = xrealloc_array(s->items, s->cap, sizeof *s->items);
    free(s->table);
    s->table = xcalloc(2 * s->cap, sizeof *s->table);
    for (size_t i = 0; i < s->count; i++)
        *place_of(s, s->items[i].key) = (uint32_t)i + 1;
}

static struct slice *slice_of(struct slice_counts *s, const struct sample *sample)
{
    uint64_t key = key_of(sample);
    uint32_t *place = place_of(s, key);
    if (*place != 0)
        return &s->items[*place - 1];
    if (s->count == s->cap) {
        grow(s);
        place = place_of(s, key);
    }
    s->items[s->count] = (struct slice){
        .key = key,
        .second = sample->due_ns / NS_PER_S,
        .arm = sample->arm,
        .class_index = sample->class_index,
        .stratum = sample->stratum,
        .phase = sample->phase,
        .is_measured = sample->is_measured,
    };
    *place = (uint32_t)++s->count;
    return &s->items[s->count - 1];
}

void slice_counts_add(struct slice_counts *s, const struct sample *sample)
{
    struct slice *slice = slice_of(s, sample);
    slice->outcomes[sample->outcome]++;
    slice->refused += sample->is_refused;
    slice->filtered += sample->is_filtered;
    slice->cost_pico += (uint64_t)sample->cost;
    for (int c = 0; c < BILL_REASONING; c++)
        slice->billed[c] +=
            (uint64_t)sample->bill.tokens[c] + (uint64_t)sample->extra.tokens[c];
    if (sample->outcome != OUTCOME_OK)
        return;
    slice->good += sample->is_good;
    slice->prompt_tokens += sample->prompt_tokens;
    slice->cached_tokens += sample->cached_tokens;
    slice->output_tokens += sample->output_tokens;
    slice->prompt_asked += sample->prompt_asked;
    slice->output_asked += sample->output_asked;
    slice->decode_ns += sample->decode_ns;
    slice->items += sample->items;
    slice->flagged += sample->is_flagged;
}

static void put_outcomes(struct jout *j, const char *key, const struct slice *slice,
                         enum outcome_kind kind)
{
    jout_object(j, key);
    for (unsigned o = 0; o < OUTCOME_COUNT; o++)
        if (outcome_rows[o].kind == kind && slice->outcomes[o] > 0)
            jout_u64(j, outcome_rows[o].name, slice->outcomes[o]);
    jout_end_object(j);
}

/* Most traffic has none of these. */
static void put_rare(struct jout *j, const char *key, uint64_t count)
{
    if (count > 0)
        jout_u64(j, key, count);
}

static void put_slice(const struct slice *slice, const struct fold_names *names,
                      struct buf *out)
{
    char stratum[8];
    (void)snprintf(stratum, sizeof stratum, "p%u", slice->stratum); /* fits */
    struct jout j;
    jout_init(&j, out, false);
    jout_object(&j, NULL);
    jout_str(&j, "kind", "slice");
    jout_i64(&j, "t", slice->second);
    jout_str(&j, "arm", names->arms[slice->arm]);
    jout_str(&j, "class", names->classes[slice->class_index]);
    jout_str(&j, "stratum", stratum);
    jout_str(&j, "phase", names->phases[slice->phase]);
    jout_bool(&j, "measured", slice->is_measured);
    jout_u64(&j, "ok", slice->outcomes[OUTCOME_OK]);
    jout_u64(&j, "good", slice->good);
    put_outcomes(&j, "failed", slice, KIND_FAILED);
    put_outcomes(&j, "not_sent", slice, KIND_NOT_SENT);
    jout_u64(&j, "censored", slice->outcomes[OUTCOME_CENSORED]);
    jout_u64(&j, "prompt_tokens", slice->prompt_tokens);
    jout_u64(&j, "cached_tokens", slice->cached_tokens);
    jout_u64(&j, "output_tokens", slice->output_tokens);
    jout_u64(&j, "prompt_asked", slice->prompt_asked);
    jout_u64(&j, "output_asked", slice->output_asked);
    put_rare(&j, "items", slice->items);
    put_rare(&j, "flagged", slice->flagged);
    put_rare(&j, "refused", slice->refused);
    put_rare(&j, "filtered", slice->filtered);
    jout_num(&j, "decode_ms", (double)slice->decode_ns / 1e6);
    jout_u64(&j, "billed_prompt", slice->billed[BILL_PROMPT]);
    jout_u64(&j, "billed_cached", slice->billed[BILL_CACHED]);
    jout_u64(&j, "billed_output", slice->billed[BILL_OUTPUT]);
    jout_u64(&j, "cost_pico", slice->cost_pico);
    jout_end_object(&j);
    buf_putc(out, '\n');
}

static int compare_slices(const void *a, const void *b)
{
    uint64_t x = ((const struct slice *)a)->key, y = ((const struct slice *)b)->key;
    return (x > y) - (x < y);
}

void slice_counts_write(struct slice_counts *s, const struct fold_names *names,
                        struct buf *out)
{
    qsort(s->items, s->count, sizeof *s->items, compare_slices);
    for (size_t i = 0; i < s->count; i++)
        put_slice(&s->items[i], names, out);
}
