/*
 * The exact sum of interval logs; see logsum.h.
 *
 * Series are found by a hash of start, length and tag. The bins of a series are
 * ascending; adding others walks both once to add where slots meet and to count those
 * that are new, and once more from the end to put these in. A series of more bins than
 * DENSE_FROM becomes a dense histogram, to which bins are added without a walk; there
 * are at most DENSE_MAX of those, so that what is busy is fast and what is rare is
 * small.
 */
#include "measure/logsum.h"

#include <stdlib.h>
#include <string.h>

#define BINS_FULL ((size_t)2 << 20) /* 32 MB */
#define BUCKETS_FIRST 1024
#define DENSE_FROM 256
#define DENSE_MAX 160 /* 37 MB */

struct series {
    struct series *next; /* of its bucket */
    uint64_t hash;
    int64_t start_ns, length_ns;
    char tag[HLOG_TAG_MAX + 1]; /* "": none */
    struct hist_bin *bins;
    size_t count, cap;
    struct hist *dense; /* instead of bins; NULL: not yet */
    uint64_t total;
};

struct logsum {
    struct hlog_decoder *decoder;
    struct hlog_encoder *encoder;
    struct series **all; /* those in use first, then spare ones with their storage */
    size_t count, cap, made;
    struct series **buckets;
    size_t bucket_count;           /* a power of two */
    size_t bins;                   /* in use, of all series */
    struct hist *dense[DENSE_MAX]; /* made so far; those in use first */
    size_t dense_used, dense_made;
    struct hist_bin listed[HIST_SLOTS]; /* of a dense one, when it is written */
};

struct logsum *logsum_new(void)
{
    struct logsum *s = xcalloc(1, sizeof *s);
    s->decoder = hlog_decoder_new();
    s->encoder = hlog_encoder_new();
    s->bucket_count = BUCKETS_FIRST;
    s->buckets = xcalloc(s->bucket_count, sizeof(struct series *));
    return s;
}

void logsum_free(struct logsum *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->made; i++) {
        free(s->all[i]->bins);
        free(s->all[i]);
    }
    for (size_t i = 0; i < s->dense_made; i++)
        hist_free(s->dense[i]);
    free(s->all);
    free(s->buckets);
    hlog_decoder_free(s->decoder);
    hlog_encoder_free(s->encoder);
    free(s);
}

/* --- finding a series ------------------------------------------------------------ */

static uint64_t hash_of(const struct hlog_entry *entry)
{
    uint64_t h = (uint64_t)entry->start_ns * UINT64_C(0x9e3779b97f4a7c15) ^
                 (uint64_t)entry->length_ns;
    for (size_t i = 0; i < entry->tag_length; i++)
        h = (h ^ (unsigned char)entry->tag[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 32;
}

static bool is_of(const struct series *r, const struct hlog_entry *entry, uint64_t hash)
{
    return r->hash == hash && r->start_ns == entry->start_ns &&
           r->length_ns == entry->length_ns && strlen(r->tag) == entry->tag_length &&
           memcmp(r->tag, entry->tag_length > 0 ? entry->tag : "", entry->tag_length) ==
               0;
}

static void link_series(struct logsum *s, struct series *r)
{
    struct series **bucket = &s->buckets[r->hash & (s->bucket_count - 1)];
    r->next = *bucket;
    *bucket = r;
}

static void widen(struct logsum *s)
{
    free(s->buckets);
    s->bucket_count *= 2;
    s->buckets = xcalloc(s->bucket_count, sizeof(struct series *));
    for (size_t i = 0; i < s->count; i++)
        link_series(s, s->all[i]);
}

static struct series *add_series(struct logsum *s, const struct hlog_entry *entry,
                                 uint64_t hash)
{
    if (s->count == s->bucket_count)
        widen(s);
    if (s->count == s->cap) {
        s->cap = s->cap > 0 ? 2 * s->cap : 64;
        s->all = xrealloc_array(s->all, s->cap, sizeof(struct series *));
    }
    if (s->count == s->made)
        s->all[s->made++] = xcalloc(1, sizeof(struct series));
    struct series *r = s->all[s->count++];
    r->hash = hash;
    r->start_ns = entry->start_ns;
    r->length_ns = entry->length_ns;
    r->count = 0;
    r->dense = NULL;
    r->total = 0;
    assert(entry->tag_length <= HLOG_TAG_MAX);
    if (entry->tag_length > 0)
        memcpy(r->tag, entry->tag, entry->tag_length);
    r->tag[entry->tag_length] = '\0';
    link_series(s, r);
    return r;
}

static struct series *series_of(struct logsum *s, const struct hlog_entry *entry)
{
    uint64_t hash = hash_of(entry);
    struct series *r = s->buckets[hash & (s->bucket_count - 1)];
    while (r != NULL && !is_of(r, entry, hash))
        r = r->next;
    return r != NULL ? r : add_series(s, entry, hash);
}

/* --- adding ---------------------------------------------------------------------- */

static uint64_t total_of(const struct hist_bin *bins, size_t n)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += bins[i].count; /* the decoder has checked that it fits */
    return total;
}

/* Adds where slots meet; returns how many do not. */
static size_t add_common(struct series *r, const struct hist_bin *bins, size_t n)
{
    size_t at = 0, missing = 0;
    for (size_t k = 0; k < n; k++) {
        while (at < r->count && r->bins[at].slot < bins[k].slot)
            at++;
        if (at < r->count && r->bins[at].slot == bins[k].slot)
            r->bins[at].count += bins[k].count;
        else
            missing++;
    }
    return missing;
}

/* Puts those in that did not meet, from the end, so that nothing moves twice. */
static void add_missing(struct series *r, const struct hist_bin *bins, size_t n,
                        size_t missing)
{
    size_t from = r->count, to = r->count + missing;
    if (to > r->cap) {
        r->cap = to + to / 2;
        r->bins = xrealloc_array(r->bins, r->cap, sizeof *r->bins);
    }
    for (size_t k = n; k > 0 && to > from; k--) {
        while (from > 0 && r->bins[from - 1].slot > bins[k - 1].slot)
            r->bins[--to] = r->bins[--from];
        if (from == 0 || r->bins[from - 1].slot != bins[k - 1].slot)
            r->bins[--to] = bins[k - 1];
    }
    assert(to == from);
    r->count += missing;
}

/* The sparse bins become a dense histogram, if there may be one more. */
static void make_dense(struct logsum *s, struct series *r)
{
    if (s->dense_used == DENSE_MAX)
        return;
    if (s->dense_used == s->dense_made)
        s->dense[s->dense_made++] = hist_new();
    r->dense = s->dense[s->dense_used++];
    hist_add_bins(r->dense, r->bins, r->count);
    s->bins -= r->count;
    r->count = 0;
}

static void add_bins(struct logsum *s, struct series *r, const struct hist_bin *bins,
                     size_t n)
{
    if (r->dense == NULL && r->count > DENSE_FROM)
        make_dense(s, r);
    if (r->dense != NULL) {
        hist_add_bins(r->dense, bins, n);
        return;
    }
    size_t missing = add_common(r, bins, n);
    if (missing > 0)
        add_missing(r, bins, n, missing);
    s->bins += missing;
}

int logsum_add(struct logsum *s, const struct hlog_entry *entry,
               const struct hist_bin **bins, size_t *n, struct err *e)
{
    const struct hist_bin *own;
    size_t count;
    if (hlog_decode(s->decoder, entry->payload, entry->payload_length, &own, &count,
                    e) != 0)
        return -1;
    if (bins != NULL) {
        *bins = own;
        *n = count;
    }
    struct series *r = series_of(s, entry);
    uint64_t total = total_of(own, count);
    if (total > INT64_MAX - r->total)
        return err_set(e, "payload: the sum of its series passes 2^63 - 1");
    r->total += total;
    add_bins(s, r, own, count);
    return 0;
}

bool logsum_is_full(const struct logsum *s)
{
    return s->bins >= BINS_FULL;
}

/* --- writing --------------------------------------------------------------------- */

static int by_start_and_tag(const void *a, const void *b)
{
    const struct series *x = *(const struct series *const *)a;
    const struct series *y = *(const struct series *const *)b;
    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    return strcmp(x->tag, y->tag);
}

void logsum_write(struct logsum *s, struct buf *out)
{
    if (s->count > 1)
        qsort(s->all, s->count, sizeof(struct series *), by_start_and_tag);
    for (size_t i = 0; i < s->count; i++) {
        const struct series *r = s->all[i];
        bool is_dense = r->dense != NULL;
        size_t n = is_dense ? hist_bins(r->dense, s->listed) : r->count;
        hlog_line(s->encoder, out, r->tag[0] != '\0' ? r->tag : NULL, r->start_ns,
                  r->length_ns, is_dense ? s->listed : r->bins, n);
        if (is_dense)
            hist_reset(r->dense);
    }
    s->dense_used = 0;
    s->count = 0;
    s->bins = 0;
    memset(s->buckets, 0, s->bucket_count * sizeof(struct series *));
}
