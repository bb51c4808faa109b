/*
 * An arm: cumulative counts per group of strata over the window, and the weighted
 * sums of canary-statistics 2.10. With one group of weight 1 they are the plain
 * empirical distribution function with failures at infinity.
 */
#include "stats/arm.h"

#include "stats/bisect.h"

#include <math.h>
#include <stdlib.h>

struct arm {
    const struct slices *series;
    const struct slice_cell *cells; /* of the window */
    size_t cell_count;
    size_t first, count;
    struct strata strata;
    uint64_t requests;
    uint64_t requests_of[SLICES_STRATA]; /* by group */
    size_t slot_first, slot_end;         /* of the slots in use */
    uint64_t *upto; /* [group][slot - slot_first]: cumulative count */
};

static size_t group_of(const struct arm *a, const struct slice_cell *c)
{
    return a->strata.group_of[c->stratum];
}

static size_t slot_width(const struct arm *a)
{
    return a->slot_end - a->slot_first;
}

static void count_requests(struct arm *a)
{
    for (size_t i = 0; i < a->cell_count; i++) {
        a->requests += a->cells[i].requests;
        a->requests_of[group_of(a, &a->cells[i])] += a->cells[i].requests;
    }
}

static void find_slots(struct arm *a)
{
    a->slot_first = HIST_SLOTS;
    for (size_t i = 0; i < a->cell_count; i++) {
        const struct slice_cell *c = &a->cells[i];
        if (c->bins == 0)
            continue;
        size_t low = slices_bin(a->series, c, 0).slot;
        size_t high = slices_bin(a->series, c, c->bins - 1u).slot;
        a->slot_first = low < a->slot_first ? low : a->slot_first;
        a->slot_end = high + 1 > a->slot_end ? high + 1 : a->slot_end;
    }
    if (a->slot_end == 0)
        a->slot_first = 0;
}

static void merge_counts(struct arm *a)
{
    size_t width = slot_width(a);
    a->upto = xcalloc(a->strata.groups * width, sizeof a->upto[0]);
    for (size_t i = 0; i < a->cell_count; i++) {
        const struct slice_cell *c = &a->cells[i];
        uint64_t *row = a->upto + group_of(a, c) * width;
        for (size_t k = 0; k < c->bins; k++) {
            struct hist_bin bin = slices_bin(a->series, c, k);
            row[bin.slot - a->slot_first] += bin.count;
        }
    }
    for (size_t g = 0; g < a->strata.groups; g++)
        for (size_t k = 1; k < width; k++)
            a->upto[g * width + k] += a->upto[g * width + k - 1];
}

struct arm *arm_new(const struct slices *series, size_t first, size_t count,
                    const struct strata *strata)
{
    struct arm *a = xcalloc(1, sizeof *a);
    a->series = series;
    a->first = first;
    a->count = count;
    a->cells = slices_cells(series, first, count, &a->cell_count);
    if (strata != NULL)
        a->strata = *strata;
    else
        strata_one(&a->strata);
    count_requests(a);
    find_slots(a);
    merge_counts(a);
    return a;
}

void arm_free(struct arm *a)
{
    if (a == NULL)
        return;
    free(a->upto);
    free(a);
}

size_t arm_slices(const struct arm *a)
{
    return a->count;
}

uint64_t arm_requests(const struct arm *a)
{
    return a->requests;
}

/* Values of a group up to the point. */
static double group_count(const struct arm *a, size_t group, struct slice_point at)
{
    size_t width = slot_width(a);
    const uint64_t *row = a->upto + group * width;
    if (width == 0 || at.slot < a->slot_first)
        return 0;
    if (at.slot >= a->slot_end)
        return (double)row[width - 1];
    size_t k = at.slot - a->slot_first;
    double below = k > 0 ? (double)row[k - 1] : 0;
    return below + at.share * ((double)row[k] - below);
}

static double group_share(const struct arm *a, size_t group, struct slice_point at)
{
    uint64_t requests = a->requests_of[group];
    return requests > 0 ? group_count(a, group, at) / (double)requests : 0;
}

double arm_share(const struct arm *a, double value_us)
{
    struct slice_point at = slice_point_of(value_us);
    double share = 0;
    for (size_t g = 0; g < a->strata.groups; g++)
        share += a->strata.weight[g] * group_share(a, g, at);
    return share;
}

struct wanted {
    const struct arm *arm;
    double p;
};

static bool is_share_reached(const void *context, double log_us)
{
    const struct wanted *w = context;
    return arm_share(w->arm, exp(log_us)) >= w->p;
}

double arm_quantile(const struct arm *a, double p)
{
    assert(p > 0 && p < 1);
    struct wanted w = {a, p};
    if (!is_share_reached(&w, ARM_LOG_HIGH))
        return HUGE_VAL;
    return exp(bisect(ARM_LOG_LOW, ARM_LOG_HIGH, ARM_STEPS, is_share_reached, &w));
}

void arm_influence(const struct arm *a, double value_us, double *out)
{
    struct slice_point at = slice_point_of(value_us);
    double share[SLICES_STRATA] = {0}, scale[SLICES_STRATA] = {0};
    for (size_t g = 0; g < a->strata.groups; g++) {
        uint64_t requests = a->requests_of[g];
        share[g] = group_share(a, g, at);
        scale[g] = requests > 0 ? a->strata.weight[g] / (double)requests : 0;
    }
    for (size_t s = 0; s < a->count; s++)
        out[s] = 0;
    for (size_t i = 0; i < a->cell_count; i++) {
        const struct slice_cell *c = &a->cells[i];
        size_t g = group_of(a, c);
        double beyond = slices_count_to(a->series, c, at) - share[g] * c->requests;
        out[c->slice - a->first] += scale[g] * beyond;
    }
}
