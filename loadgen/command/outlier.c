/* Is one of the shards unlike the others? See outlier.h. */
#include "command/outlier.h"

#include "base/units.h"

#include <math.h>
#include <stdlib.h>

#define SLOTS_A_BIN 64
#define BINS (HIST_SLOTS / SLOTS_A_BIN)
#define VALUES_MIN 30
#define Z_MIN 4.0
#define DESIGN 4.0 /* variance of a share, over that of independent requests */

/* What is compared, and how much later at least, absolutely, is of interest. */
static const struct {
    enum metric metric;
    int64_t least_us;
    const char *what;
} compared[] = {
    {METRIC_LAG, 1000, "sent late"},
    {METRIC_TTFT_SENT, 200, "waited longer for first tokens"},
};

static const struct {
    double share, factor;
    const char *name;
} points[] = {
    {0.5, 1.25, "p50"},
    {0.9, 1.5, "p90"},
};

struct coarse {
    uint64_t bins[BINS];
    uint64_t total;
};

struct sums {
    struct coarse by[ARRAY_LEN(compared)];
};

struct outliers {
    struct sums all;
    size_t count;
    struct sums *shards;
};

struct outliers *outliers_new(size_t shards)
{
    struct outliers *o = xcalloc(1, sizeof *o);
    o->count = shards;
    o->shards = xcalloc(shards, sizeof *o->shards);
    return o;
}

void outliers_free(struct outliers *o)
{
    if (o == NULL)
        return;
    free(o->shards);
    free(o);
}

static void add(struct coarse *c, const struct hist_bin *bins, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        c->bins[bins[i].slot / SLOTS_A_BIN] += bins[i].count;
        c->total += bins[i].count;
    }
}

void outliers_add(struct outliers *o, size_t shard, const struct series_name *name,
                  const struct hist_bin *bins, size_t n)
{
    assert(shard < o->count);
    for (size_t i = 0; i < ARRAY_LEN(compared); i++) {
        if (!name->is_measured || name->metric != compared[i].metric)
            continue;
        add(&o->shards[shard].by[i], bins, n);
        add(&o->all.by[i], bins, n);
    }
}

/* Of all but one, where one is not NULL. */
static uint64_t others_at(const struct coarse *all, const struct coarse *one,
                          size_t bin)
{
    return all->bins[bin] - (one != NULL ? one->bins[bin] : 0);
}

/* The bin that the share falls into. */
static size_t bin_of(const struct coarse *all, const struct coarse *one, double share)
{
    uint64_t total = all->total - (one != NULL ? one->total : 0), seen = 0;
    for (size_t i = 0; i < BINS; i++) {
        seen += others_at(all, one, i);
        if ((double)seen >= share * (double)total)
            return i;
    }
    return BINS - 1;
}

static uint64_t above(const struct coarse *all, const struct coarse *one, size_t bin)
{
    uint64_t n = 0;
    for (size_t i = bin + 1; i < BINS; i++)
        n += others_at(all, one, i);
    return n;
}

static int64_t value_us(size_t bin)
{
    return hist_slot_mid(bin * SLOTS_A_BIN + SLOTS_A_BIN / 2);
}

static bool is_unlike(const struct coarse *all, const struct coarse *one, size_t metric,
                      size_t point, struct buf *out)
{
    char a[UNITS_TEXT], b[UNITS_TEXT];
    double n = (double)one->total, rest = (double)(all->total - one->total);
    if (n < VALUES_MIN || rest < VALUES_MIN)
        return false;
    size_t theirs = bin_of(all, one, points[point].share);
    size_t own = bin_of(one, NULL, points[point].share);
    int64_t own_us = value_us(own), their_us = value_us(theirs);
    if ((double)own_us < points[point].factor * (double)their_us ||
        own_us < their_us + compared[metric].least_us)
        return false;
    double p = (double)above(all, one, theirs) / rest;
    double own_p = (double)above(one, NULL, theirs) / n;
    double both = (p * rest + own_p * n) / (rest + n);
    double error = sqrt(DESIGN * both * (1 - both) * (1 / n + 1 / rest));
    if (!(error > 0) || (own_p - p) / error < Z_MIN)
        return false;
    buf_printf(out, "%s: %s %s, of the others %s", compared[metric].what,
               points[point].name, units_format_ns(a, own_us * NS_PER_US),
               units_format_ns(b, their_us * NS_PER_US));
    return true;
}

bool outliers_tell(const struct outliers *o, size_t shard, struct buf *out)
{
    assert(shard < o->count);
    for (size_t m = 0; m < ARRAY_LEN(compared); m++)
        for (size_t p = 0; p < ARRAY_LEN(points); p++)
            if (is_unlike(&o->all.by[m], &o->shards[shard].by[m], m, p, out))
                return true;
    return false;
}
