/* Buckets of time, their number bounded; see timeline.h. */
#include "judge/timeline.h"

#include <math.h>
#include <stdlib.h>

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void activity_add(struct activity *into, const struct activity *from)
{
    into->due += from->due;
    into->sent += from->sent;
    into->attempts += from->attempts;
    into->done += from->done;
    into->ok += from->ok;
    into->failed += from->failed;
    into->not_sent += from->not_sent;
    into->censored += from->censored;
    into->first_contents += from->first_contents;
    into->content_events += from->content_events;
    into->prompt_tokens += from->prompt_tokens;
    into->output_tokens += from->output_tokens;
    into->body_bytes += from->body_bytes;
}

void moment_budget(struct moment *m, size_t budget, double remaining)
{
    assert(budget < MOMENT_BUDGETS);
    bool is_first = m->budget_count[budget]++ == 0;
    if (is_first || remaining < m->budget_min[budget])
        m->budget_min[budget] = remaining;
}

void moment_spending(struct moment *m, double spent, double per_h)
{
    if (isfinite(spent)) {
        m->spent = m->spent_count++ > 0 ? fmax(m->spent, spent) : spent;
    }
    if (isfinite(per_h)) {
        m->spent_per_h =
            m->spent_per_h_count++ > 0 ? fmax(m->spent_per_h, per_h) : per_h;
    }
}

static void add_server(struct moment *into, const struct moment *from)
{
    for (size_t i = 0; i < GAUGES; i++) {
        into->gauge_count[i] += from->gauge_count[i];
        into->gauge_sum[i] += from->gauge_sum[i];
    }
    for (size_t i = 0; i < MOMENT_BUDGETS; i++)
        if (from->budget_count[i] > 0)
            moment_budget(into, i, from->budget_min[i]);
}

static void moment_add(struct moment *into, const struct moment *from)
{
    activity_add(&into->activity, &from->activity);
    into->scheduled += from->scheduled;
    into->lost += from->lost;
    into->good += from->good;
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        into->by[i] += from->by[i];
    into->in_flight_sum += from->in_flight_sum;
    into->health_lines += from->health_lines;
    into->in_flight_max = max_u64(into->in_flight_max, from->in_flight_max);
    into->connections_max = max_u64(into->connections_max, from->connections_max);
    into->lag_us_max = max_u64(into->lag_us_max, from->lag_us_max);
    into->stall_us_max = max_u64(into->stall_us_max, from->stall_us_max);
    add_server(into, from);
    moment_spending(into, from->spent_count > 0 ? from->spent : (double)NAN,
                    from->spent_per_h_count > 0 ? from->spent_per_h : (double)NAN);
    for (size_t band = 0; band < BAND_COUNT; band++)
        for (size_t i = 0; i < BAND_SLOTS; i++)
            into->bands[band][i] += from->bands[band][i];
}

void timeline_release(struct timeline *t)
{
    free(t->moments);
    *t = (struct timeline){0};
}

/* Makes count moments exist; the new ones are empty. */
static void grow(struct timeline *t, size_t count)
{
    if (count > t->cap) {
        t->cap = count > 2 * t->cap ? count : 2 * t->cap;
        t->moments = xrealloc_array(t->moments, t->cap, sizeof *t->moments);
    }
    for (; t->count < count; t->count++)
        t->moments[t->count] = (struct moment){0};
}

/* Merges each `merge` neighbours in place. */
static void squeeze(struct timeline *t, size_t merge)
{
    size_t count = (t->count + merge - 1) / merge;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            t->moments[i] = t->moments[i * merge];
        for (size_t k = i * merge + 1; k < (i + 1) * merge && k < t->count; k++)
            moment_add(&t->moments[i], &t->moments[k]);
    }
    t->count = count;
    t->width_s *= (uint32_t)merge;
}

struct moment *timeline_at(struct timeline *t, double at_s)
{
    assert(at_s >= 0 && at_s < 1e9);
    if (t->width_s == 0)
        t->width_s = 1;
    while (at_s >= (double)t->width_s * TIMELINE_POINTS)
        squeeze(t, 2);
    size_t i = (size_t)(at_s / (double)t->width_s);
    grow(t, i + 1);
    return &t->moments[i];
}

void moment_latency(struct moment *m, enum band band, const struct hist_bin *bins,
                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        m->bands[band][bins[i].slot >> BAND_SHIFT] += (uint32_t)bins[i].count;
}

void timeline_coarsen(const struct timeline *t, size_t merge, struct timeline *out)
{
    assert(merge >= 1);
    size_t count = (t->count + merge - 1) / merge;
    *out = (struct timeline){.width_s = t->width_s * (uint32_t)merge};
    grow(out, count);
    for (size_t i = 0; i < t->count; i++)
        moment_add(&out->moments[i / merge], &t->moments[i]);
}

double timeline_first(const struct timeline *t, enum band band, uint64_t enough,
                      struct moment *out)
{
    size_t i = 0;
    for (; i < t->count && moment_count(out, band) < enough; i++)
        moment_add(out, &t->moments[i]);
    return (double)i * (double)t->width_s;
}

uint64_t moment_count(const struct moment *m, enum band band)
{
    uint64_t total = 0;
    for (size_t i = 0; i < BAND_SLOTS; i++)
        total += m->bands[band][i];
    return total;
}

/* Middle of a coarse slot's range. */
static int64_t band_mid_us(size_t i)
{
    int64_t low = hist_slot_low(i << BAND_SHIFT);
    return low + (hist_slot_high(((i + 1) << BAND_SHIFT) - 1) - low) / 2;
}

int64_t moment_quantile_us(const struct moment *m, enum band band, double percentile,
                           uint64_t enough)
{
    uint64_t measured = moment_count(m, band);
    if (measured < enough || measured == 0)
        return -1;
    uint64_t total = measured + m->lost;
    uint64_t rank = (uint64_t)ceil(percentile / 100 * (double)total);
    uint64_t seen = 0;
    for (size_t i = 0; i < BAND_SLOTS; i++) {
        seen += m->bands[band][i];
        if (seen >= rank && seen > 0)
            return band_mid_us(i);
    }
    return -1;
}
