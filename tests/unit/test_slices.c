/* Sparse slices, strata and arms against a plain list of the same values. */
#include "check.h"

#include "base/rng.h"
#include "stats/arm.h"

#include <math.h>
#include <stdlib.h>

#define LIST_MAX 4000

struct value {
    size_t slice;
    unsigned stratum;
    double us; /* infinite: a failure */
};

struct list {
    struct value values[LIST_MAX];
    size_t n;
};

static void add_one(struct slices *s, struct value v)
{
    if (isinf(v.us)) {
        CHECK(slices_add_infinite(s, v.slice, v.stratum, 1));
        return;
    }
    struct hist_bin bin = {(uint32_t)hist_slot((int64_t)v.us), 1};
    CHECK(slices_add(s, v.slice, v.stratum, &bin, 1));
}

static struct slices *series_of(const struct list *list, size_t count)
{
    struct slices *s = slices_new();
    for (size_t i = 0; i < list->n; i++)
        add_one(s, list->values[i]);
    slices_seal(s, count, NULL);
    return s;
}

/* Lengths between 1 us and 1 s, 3 % failures, strata 3..6, slices 0..slices-1. */
static struct list random_list(size_t n, size_t slices, uint64_t seed)
{
    struct list list = {.n = n};
    struct rng r;
    rng_init(&r, seed, RNG_JITTER, 0);
    for (size_t i = 0; i < n; i++) {
        struct value *v = &list.values[i];
        v->slice = (size_t)rng_below(&r, slices);
        v->stratum = 3 + (unsigned)rng_below(&r, 4);
        v->us = floor(exp(rng_unit(&r) * 13.8));
        if (rng_unit(&r) < 0.03)
            v->us = HUGE_VAL;
    }
    return list;
}

/* Share of a value's slot that lies up to x. */
static double part(double us, double x)
{
    if (isinf(us))
        return 0;
    size_t slot = hist_slot((int64_t)us);
    double low = (double)hist_slot_low(slot), high = (double)hist_slot_high(slot) + 1;
    return fmin(fmax((x - low) / (high - low), 0), 1);
}

static void cells_hold_what_was_added(void)
{
    struct slices *s = slices_new();
    const struct hist_bin first[] = {{500, 2}, {100, 1}}, second[] = {{500, 3}, {7, 4}};
    CHECK(slices_add(s, 2, 5, first, 2));
    CHECK(slices_add(s, 0, 9, first, 1));
    CHECK(slices_add_infinite(s, 2, 5, 6));
    CHECK(slices_add(s, 2, 5, second, 2));
    CHECK(slices_add_infinite(s, 1, 1, 0)); /* nothing: no cell */
    CHECK(slices_add_infinite(s, 2, 6, 1));
    slices_seal(s, 4, NULL);
    CHECK_INT(slices_count(s), 4);
    size_t n;
    const struct slice_cell *c = slices_cells(s, 0, 4, &n);
    CHECK_INT(n, 3);
    CHECK_INT(c[0].slice, 0);
    CHECK_INT(c[0].stratum, 9);
    CHECK_INT(c[0].requests, 2);
    CHECK_INT(c[1].slice, 2);
    CHECK_INT(c[1].stratum, 5);
    CHECK_INT(c[1].requests, 16);
    CHECK_INT(c[1].bins, 3);
    CHECK_INT(c[2].bins, 0);
    const struct hist_bin expected[] = {{7, 4}, {100, 1}, {500, 5}};
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT(slices_bin(s, &c[1], i).slot, expected[i].slot);
        CHECK_INT(slices_bin(s, &c[1], i).count, expected[i].count);
    }
    (void)slices_cells(s, 1, 1, &n);
    CHECK_INT(n, 0);
    slices_free(s);
    slices_free(NULL);
}

static void crowded_cells_are_wide(void)
{
    struct slices *s = slices_new();
    const struct hist_bin bins[] = {
        {10, 60000}, {20, 5535}, {21, 1}, {28671, 30000000}};
    CHECK(slices_add(s, 0, 0, bins, 2));
    CHECK(slices_add(s, 1, 0, bins, 4));
    slices_seal(s, 2, NULL);
    size_t n;
    const struct slice_cell *c = slices_cells(s, 0, 2, &n);
    CHECK(!c[0].is_wide);
    CHECK(c[1].is_wide);
    CHECK_INT(slices_bin(s, &c[0], 1).count, 5535);
    for (size_t i = 0; i < 4; i++)
        CHECK_INT(slices_bin(s, &c[1], i).count, bins[i].count);
    CHECK_NEAR(slices_count_to(s, &c[1], (struct slice_point){21, 0.5}), 65535.5, 0);
    CHECK_NEAR(slices_count_to(s, &c[1], slice_point_of(HUGE_VAL)), 30065536, 0);
    slices_free(s);
}

static void refuses_what_does_not_fit(void)
{
    struct slices *s = slices_new();
    struct hist_bin bin = {HIST_SLOTS, 1}, huge = {1, UINT64_MAX},
                    full = {1, UINT32_MAX};
    CHECK(!slices_add(s, 0, 0, &bin, 1));
    CHECK(!slices_add(s, 0, 0, &huge, 1));
    bin.slot = 5;
    CHECK(!slices_add(s, SLICES_MAX, 0, &bin, 1));
    CHECK(!slices_add(s, 0, SLICES_STRATA, &bin, 1));
    CHECK(!slices_add_infinite(s, SLICES_MAX, 0, 1));
    CHECK(slices_add(s, SLICES_MAX - 1, SLICES_STRATA - 1, &bin, 1));
    CHECK(!slices_add(s, 0, 0, &full, 1)); /* one is in already */
    CHECK(!slices_add_infinite(s, 0, 0, UINT32_MAX));
    CHECK(slices_add_infinite(s, 0, 0, UINT32_MAX - 1));
    slices_seal(s, SLICES_MAX, NULL);
    size_t n;
    const struct slice_cell *c = slices_cells(s, 0, SLICES_MAX, &n);
    CHECK_INT(n, 2);
    CHECK_INT(c[0].requests, UINT32_MAX - 1);
    CHECK_INT(c[1].slice, SLICES_MAX - 1);
    CHECK_INT(c[1].stratum, SLICES_STRATA - 1);
    slices_free(s);
}

static void unusable_slices_are_left_out(void)
{
    struct slices *s = slices_new();
    for (uint32_t i = 0; i < 6; i++)
        CHECK(slices_add(s, i, 0, &(struct hist_bin){i, 1}, 1));
    const bool usable[] = {false, true, false, true, true};
    slices_seal(s, 5, usable); /* slice 5 lies beyond */
    CHECK_INT(slices_count(s), 3);
    size_t n;
    const struct slice_cell *c = slices_cells(s, 0, 3, &n);
    const size_t slots[] = {1, 3, 4};
    CHECK_INT(n, 3);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(c[i].slice, i);
        CHECK_INT(slices_bin(s, &c[i], 0).slot, slots[i]);
    }
    slices_free(s);
}

static void empty_series(void)
{
    struct slices *s = slices_new();
    slices_seal(s, 3, NULL);
    struct arm *a = arm_new(s, 0, 3, NULL);
    double d[3] = {1, 1, 1};
    arm_influence(a, 100, d);
    CHECK_NEAR(d[0] + d[1] + d[2], 0, 0);
    CHECK_NEAR(arm_share(a, 100), 0, 0);
    CHECK(isinf(arm_quantile(a, 0.5)));
    CHECK_INT(arm_requests(a), 0);
    arm_free(a);
    arm_free(NULL);
    slices_free(s);
}

static void share_and_influence_by_brute_force(void)
{
    static const double points[] = {0,    0.5,   1.25, 77,  2047.5,
                                    2049, 30001, 5e5,  1e6, 1e12};
    const size_t slices = 50, first = 10, count = 30;
    static struct list list;
    list = random_list(LIST_MAX, slices, 1);
    struct slices *s = series_of(&list, slices);
    struct arm *a = arm_new(s, first, count, NULL);
    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        double x = points[i], values[50] = {0}, requests[50] = {0}, sum = 0, all = 0;
        for (size_t k = 0; k < list.n; k++) {
            const struct value *v = &list.values[k];
            values[v->slice] += part(v->us, x);
            requests[v->slice]++;
            if (v->slice >= first && v->slice < first + count) {
                sum += part(v->us, x);
                all++;
            }
        }
        double d[30], total = 0;
        arm_influence(a, x, d);
        CHECK_NEAR(arm_share(a, x), sum / all, 1e-12);
        CHECK_NEAR((double)arm_requests(a), all, 0);
        for (size_t k = 0; k < count; k++) {
            double fair = sum / all * requests[first + k];
            CHECK_NEAR(d[k], (values[first + k] - fair) / all, 1e-12);
            total += d[k];
        }
        CHECK_NEAR(total, 0, 1e-12);
    }
    arm_free(a);
    slices_free(s);
}

static void quantiles(void)
{
    static struct list list;
    list = random_list(LIST_MAX, 20, 2);
    struct slices *s = series_of(&list, 20);
    struct arm *a = arm_new(s, 0, 20, NULL);
    for (double p = 0.05; p < 0.96; p += 0.1) {
        double x = arm_quantile(a, p);
        CHECK_NEAR(arm_share(a, x), p, 1e-9);
        CHECK(arm_share(a, x * (1 - 1e-9)) < p);
    }
    CHECK(isinf(arm_quantile(a, 0.99))); /* 3 % failed */
    arm_free(a);
    slices_free(s);
}

/* Ten requests a slice and stratum; the arms differ in the mix only. */
static struct slices *mixed(size_t of_short, size_t of_long)
{
    struct slices *s = slices_new();
    for (size_t slice = 0; slice < 10; slice++) {
        CHECK(slices_add(s, slice, 10, &(struct hist_bin){100, of_short}, 1));
        CHECK(slices_add(s, slice, 20, &(struct hist_bin){900, of_long}, 1));
    }
    slices_seal(s, 10, NULL);
    return s;
}

static void strata_undo_a_different_mix(void)
{
    struct slices *b = mixed(9, 1), *c = mixed(3, 7);
    struct strata t;
    strata_init(&t, b, c);
    CHECK_INT(t.groups, 2);
    CHECK_NEAR(t.weight[0], 0.6, 1e-12);
    CHECK_NEAR(t.weight[1], 0.4, 1e-12);
    CHECK_NEAR(strata_mismatch(b, c), 0.6, 1e-12);
    CHECK_NEAR(strata_mismatch(b, b), 0, 0);
    struct arm *plain_b = arm_new(b, 0, 10, NULL), *plain_c = arm_new(c, 0, 10, NULL);
    struct arm *arm_b = arm_new(b, 0, 10, &t), *arm_c = arm_new(c, 0, 10, &t);
    CHECK_NEAR(arm_share(plain_b, 500), 0.9, 1e-12);
    CHECK_NEAR(arm_share(plain_c, 500), 0.3, 1e-12);
    CHECK_NEAR(arm_share(arm_b, 500), 0.6, 1e-12);
    CHECK_NEAR(arm_share(arm_c, 500), 0.6, 1e-12);
    double d[10];
    arm_influence(arm_b, 500, d);
    for (size_t i = 0; i < 10; i++)
        CHECK_NEAR(d[i], 0, 1e-15);
    arm_free(plain_b);
    arm_free(plain_c);
    arm_free(arm_b);
    arm_free(arm_c);
    slices_free(b);
    slices_free(c);
}

static struct slices *with_strata(const unsigned counts[8])
{
    struct slices *s = slices_new();
    for (unsigned h = 0; h < 8; h++)
        CHECK(slices_add_infinite(s, 0, h, counts[h]));
    slices_seal(s, 1, NULL);
    return s;
}

static void thin_strata_are_merged(void)
{
    static const struct {
        const char *name;
        unsigned b[8], c[8];
        size_t groups;
        uint8_t group_of[8];
    } rows[] = {
        {"all thick",
         {5, 5, 5, 5, 5, 5, 5, 5},
         {9, 9, 9, 9, 9, 9, 9, 9},
         8,
         {0, 1, 2, 3, 4, 5, 6, 7}},
        {"thin in one arm",
         {9, 9, 9, 9, 9, 9, 9, 9},
         {2, 3, 9, 0, 5, 4, 1, 4},
         4,
         {0, 0, 1, 2, 2, 3, 3, 3}},
        {"nothing thick", {1, 1}, {2, 1}, 1, {0}},
        {"empty arm", {9, 9}, {0}, 1, {0}},
        {"both empty", {0}, {0}, 1, {0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct slices *b = with_strata(rows[i].b), *c = with_strata(rows[i].c);
        struct strata t;
        strata_init(&t, b, c);
        CHECK_INT(t.groups, rows[i].groups);
        double weights = 0;
        for (size_t g = 0; g < t.groups; g++)
            weights += t.weight[g];
        CHECK_NEAR(weights, 1, 1e-12);
        for (size_t h = 0; h < 8; h++)
            CHECK_INT(t.group_of[h], rows[i].group_of[h]);
        slices_free(b);
        slices_free(c);
    }
}

int main(void)
{
    RUN(cells_hold_what_was_added);
    RUN(crowded_cells_are_wide);
    RUN(refuses_what_does_not_fit);
    RUN(unusable_slices_are_left_out);
    RUN(empty_series);
    RUN(share_and_influence_by_brute_force);
    RUN(quantiles);
    RUN(strata_undo_a_different_mix);
    RUN(thin_strata_are_merged);
    return check_report();
}
