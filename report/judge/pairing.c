/*
 * Cuts evidence to usable seconds; see pairing.h. Series are made from a copy of the
 * witnesses' values, one metric at a time and only of metrics that are asked for.
 */
#include "judge/pairing.h"

#include "stats/sequential.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const pairing_mode_names[4] = {"mirror", "concurrent", "stored", NULL};

static const struct witness *run_of(const struct pairing_side *side, size_t run)
{
    return side->testimony->runs[run];
}

/* ---- which seconds count */

static bool is_late(const struct pairing *p, const struct ledger_row *row)
{
    return (double)row->lag_us_max > p->policy->limits.late_ms * 1000;
}

/* The row, or an empty one: a run that has no line there has no such second. */
static struct ledger_row row_at(const struct witness *w, size_t second)
{
    return second < w->row_count ? w->rows[second] : (struct ledger_row){0};
}

/* A second of a run and, when it was aligned with one, of its twin. */
struct moment {
    bool is_measured, is_late;
};

static struct moment moment_of(const struct pairing *p, const struct witness *w,
                               const struct witness *twin, size_t second)
{
    struct ledger_row row = row_at(w, second);
    struct moment m = {row.is_measured, is_late(p, &row)};
    if (twin == NULL)
        return m;
    struct ledger_row other = row_at(twin, second);
    return (struct moment){m.is_measured && other.is_measured,
                           m.is_late || is_late(p, &other)};
}

static uint64_t offered(const struct ledger_row *row)
{
    return (uint64_t)row->requests + row->quota + row->own + row->unsent;
}

static void add_row(struct ledger_row *sum, const struct ledger_row *row)
{
    sum->requests += row->requests;
    sum->ok += row->ok;
    sum->good += row->good;
    for (size_t set = 0; set < FAILURES_SETS; set++)
        sum->failed[set] += row->failed[set];
    sum->quota += row->quota;
    sum->own += row->own;
    sum->unsent += row->unsent;
    sum->prompt_tokens += row->prompt_tokens;
    sum->cached_tokens += row->cached_tokens;
    sum->output_tokens += row->output_tokens;
    sum->decode_s += row->decode_s;
    sum->cost += row->cost;
    if (row->lag_us_max > sum->lag_us_max)
        sum->lag_us_max = row->lag_us_max;
}

static void keep(struct pairing_side *side, const struct ledger_row *row, size_t *gap)
{
    side->rows[side->count++] = *row;
    add_row(&side->sum, row);
    bool is_empty = offered(row) == 0;
    side->empty += is_empty;
    *gap = is_empty ? *gap + 1 : 0;
    side->gap_most = *gap > side->gap_most ? *gap : side->gap_most;
}

static void cut(struct pairing *p, enum side which, double until_s)
{
    struct pairing_side *side = &p->sides[which];
    const struct testimony *twins = p->sides[SIDES - 1 - which].testimony;
    size_t all = testimony_seconds(side->testimony), at = 0;
    side->rows = xcalloc(all, sizeof side->rows[0]);
    side->usable = xcalloc(all, sizeof side->usable[0]);
    side->runs = xcalloc(side->testimony->count, sizeof side->runs[0]);
    for (size_t i = 0; i < side->testimony->count; i++) {
        const struct witness *w = run_of(side, i);
        const struct witness *twin = p->is_aligned ? twins->runs[i] : NULL;
        size_t gap = 0;
        side->runs[i].first = side->count;
        for (size_t s = 0; s < w->row_count; s++, at++) {
            struct moment m = moment_of(p, w, twin, s);
            bool is_settled = !(until_s > 0 && (double)(s + 1) > until_s);
            side->measured += m.is_measured;
            side->late += m.is_measured && m.is_late;
            side->usable[at] = m.is_measured && !m.is_late && is_settled;
            if (side->usable[at])
                keep(side, &w->rows[s], &gap);
        }
        side->runs[i].count = side->count - side->runs[i].first;
    }
}

/* ---- failures by blocks of seconds */

static void make_blocks(struct pairing_side *side)
{
    for (size_t set = 0; set < FAILURES_SETS; set++) {
        struct trials *t = xcalloc(side->count, sizeof t[0]);
        for (size_t s = 0; s < side->count; s++)
            t[s] = (struct trials){side->rows[s].requests, side->rows[s].failed[set]};
        side->block_count = trials_fold(t, side->count, PROPORTION_BLOCK, t);
        side->blocks[set] = t;
    }
}

static bool is_same_schedule(const struct pairing *p)
{
    const struct testimony *b = p->sides[SIDE_BASELINE].testimony;
    const struct testimony *c = p->sides[SIDE_CANARY].testimony;
    if (p->mode != PAIRING_STORED)
        return p->mode == PAIRING_MIRROR;
    for (size_t i = 0; i < b->count && b->count == c->count; i++) {
        const char *digest = b->runs[i]->facts.schedule_digest;
        if (digest[0] == '\0' || strcmp(digest, c->runs[i]->facts.schedule_digest) != 0)
            return false;
    }
    return b->count == c->count;
}

struct pairing *pairing_new(const struct testimony *baseline,
                            const struct testimony *canary, enum pairing_mode mode,
                            double until_s, const struct policy *policy)
{
    struct pairing *p = xcalloc(1, sizeof *p);
    p->mode = mode;
    p->policy = policy;
    p->is_aligned = mode != PAIRING_STORED;
    assert(!p->is_aligned || baseline->count == canary->count);
    assert(testimony_seconds(baseline) <= SLICES_MAX);
    assert(testimony_seconds(canary) <= SLICES_MAX);
    p->sides[SIDE_BASELINE].testimony = baseline;
    p->sides[SIDE_CANARY].testimony = canary;
    p->is_same_schedule = is_same_schedule(p);
    for (unsigned i = 0; i < SIDES; i++) {
        cut(p, (enum side)i, until_s);
        make_blocks(&p->sides[i]);
    }
    size_t b = p->sides[SIDE_BASELINE].count, c = p->sides[SIDE_CANARY].count;
    assert(!p->is_aligned || b == c);
    p->seconds = b < c ? b : c;
    return p;
}

static void side_release(struct pairing_side *side)
{
    for (size_t m = 0; m < METRIC_COUNT; m++)
        slices_free(side->series[m]);
    for (size_t set = 0; set < FAILURES_SETS; set++)
        free(side->blocks[set]);
    free(side->usable);
    free(side->rows);
    free(side->runs);
}

void pairing_free(struct pairing *p)
{
    if (p == NULL)
        return;
    side_release(&p->sides[SIDE_BASELINE]);
    side_release(&p->sides[SIDE_CANARY]);
    free(p);
}

/* ---- series */

/* A run's values and losses, its seconds moved by offset. Strata only where they are
 * weighed: arms with the same schedule have the same lengths, and four times fewer
 * cells without.
 * LIMIT: values past 4e9 requests of an arm are left out. */
static void add_run(struct slices *s, const struct pairing *p, const struct witness *w,
                    enum metric m, size_t offset)
{
    bool is_fine = true, has_strata = metric_rows[m].has_strata && !p->is_same_schedule;
    for (size_t i = 0; i < w->values[m].count && is_fine; i++) {
        const struct observation *o = &w->values[m].items[i];
        struct hist_bin bin = {o->slot, o->count};
        if (o->second < w->row_count)
            is_fine =
                slices_add(s, offset + o->second, has_strata ? o->stratum : 0, &bin, 1);
    }
    for (size_t i = 0; i < w->loss_count && is_fine; i++) {
        const struct loss *l = &w->losses[i];
        unsigned stratum = has_strata ? l->stratum : 0;
        if (witness_loses(w, l->class_index, m))
            is_fine = slices_add_infinite(s, offset + l->second, stratum, l->count);
    }
}

const struct slices *pairing_series(struct pairing *p, enum side which, enum metric m)
{
    struct pairing_side *side = &p->sides[which];
    size_t offset = 0;
    if (side->series[m] != NULL)
        return side->series[m];
    struct slices *s = slices_new();
    for (size_t i = 0; i < side->testimony->count; i++) {
        const struct witness *w = run_of(side, i);
        add_run(s, p, w, m, offset);
        offset += w->row_count;
    }
    slices_seal(s, offset, side->usable);
    side->series[m] = s;
    return s;
}

bool pairing_has(const struct pairing *p, enum side side, enum metric m)
{
    const struct testimony *t = p->sides[side].testimony;
    for (size_t i = 0; i < t->count; i++)
        if (t->runs[i]->values[m].count > 0)
            return true;
    return false;
}

/* ---- bad seconds */

/* Seconds with a failure, and seconds with traffic. */
static void count_bad_seconds(const struct pairing_side *side, enum failures set,
                              uint64_t *bad, uint64_t *busy)
{
    *bad = *busy = 0;
    for (size_t s = 0; s < side->count; s++) {
        *bad += side->rows[s].failed[set] > 0;
        *busy += side->rows[s].requests > 0;
    }
}

double pairing_bad_seconds_log_e(const struct pairing *p, enum failures set)
{
    uint64_t bad[SIDES], busy[SIDES];
    for (unsigned i = 0; i < SIDES; i++)
        count_bad_seconds(&p->sides[i], set, &bad[i], &busy[i]);
    if (busy[SIDE_BASELINE] == 0 || busy[SIDE_CANARY] == 0)
        return -HUGE_VAL;
    double theta =
        (double)busy[SIDE_CANARY] / (double)(busy[SIDE_CANARY] + busy[SIDE_BASELINE]);
    return bad_seconds_log_e(bad[SIDE_CANARY], bad[SIDE_BASELINE], theta);
}
