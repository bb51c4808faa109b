/*
 * The histogram against HdrHistogram's formulas, against exact order statistics,
 * and against the published minimum sample counts.
 */
#include "base/rng.h"
#include "check.h"
#include "measure/hist.h"
#include "measure/metric.h"

#include <math.h>
#include <stdlib.h>

/* facts of the format: first slots of the linear part, of each wider bucket, and
 * the last slot of the range; computed from the formulas of its specification. */
static void slots_are_javas(void)
{
    static const struct {
        const char *name;
        int64_t value, slot, low, high, mid;
    } rows[] = {
        {"zero", 0, 0, 0, 0, 0},
        {"one", 1, 1, 1, 1, 1},
        {"last of bucket 0", 2047, 2047, 2047, 2047, 2047},
        {"first of bucket 1", 2048, 2048, 2048, 2049, 2049},
        {"its odd value", 2049, 2048, 2048, 2049, 2049},
        {"first of bucket 2", 4096, 3072, 4096, 4099, 4098},
        {"5 s", 5000000, 13508, 4997120, 5001215, 4999168},
        {"24 h", HIST_HIGHEST_US, 27911, 86369107968, 86436216831, 86402662400},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        size_t slot = hist_slot(rows[i].value);
        CHECK_INT(slot, rows[i].slot);
        CHECK_INT(hist_slot_low(slot), rows[i].low);
        CHECK_INT(hist_slot_high(slot), rows[i].high);
        CHECK_INT(hist_slot_mid(slot), rows[i].mid);
    }
}

static void slots_tile_the_range(void)
{
    size_t wrong = 0;
    for (size_t slot = 0; slot + 1 < HIST_SLOTS; slot++) {
        int64_t low = hist_slot_low(slot), high = hist_slot_high(slot);
        wrong += high + 1 != hist_slot_low(slot + 1);
        wrong += (high - low) * 1000 > low; /* three digits */
        if (high <= HIST_HIGHEST_US)
            wrong += hist_slot(low) != slot || hist_slot(high) != slot;
    }
    CHECK_INT(wrong, 0);
    CHECK(hist_slot_low(HIST_SLOTS - 1) > HIST_HIGHEST_US);
}

static void out_of_range_is_refused(void)
{
    struct hist *h = hist_new();
    CHECK(!hist_record(h, -1, 3));
    CHECK(!hist_record(h, HIST_HIGHEST_US + 1, 2));
    CHECK(!hist_record(h, INT64_MIN, 1));
    CHECK(!hist_record(h, INT64_MAX, 1));
    CHECK_INT(h->refused, 7);
    CHECK_INT(h->total, 0);
    CHECK(hist_record(h, HIST_HIGHEST_US, 1));
    CHECK(hist_record(h, 0, 1));
    CHECK_INT(h->total, 2);
    CHECK_INT(h->first, 0);
    CHECK_INT(hist_min_us(h), 0);
    hist_free(h);
}

static void empty_is_zero(void)
{
    struct hist *h = hist_new();
    CHECK_INT(hist_percentile_us(h, 50), 0);
    CHECK_INT(hist_percentile_with_us(h, 0, 50), 0);
    CHECK_INT(hist_percentile_with_us(h, 1, 50), -1);
    CHECK_INT(hist_min_us(h), 0);
    CHECK_INT(hist_max_us(h), 0);
    CHECK_NEAR(hist_mean_us(h), 0, 0);
    CHECK_NEAR(hist_stddev_us(h), 0, 0);
    CHECK_NEAR(hist_count_to(h, 1e9), 0, 0);
    hist_reset(h);
    CHECK_INT(h->first, HIST_SLOTS);
    hist_free(h);
}

/* Values 1..n once each: the value at rank r is r. */
static struct hist *one_to(int64_t n)
{
    struct hist *h = hist_new();
    for (int64_t v = 1; v <= n; v++)
        (void)hist_record(h, v, 1);
    return h;
}

static void percentiles_follow_java(void)
{
    static const struct {
        const char *name;
        int64_t n;
        double percentile;
        int64_t expected;
    } rows[] = {
        {"ceil, where C rounds to 9", 10, 94, 10},
        {"median of ten", 10, 50, 5},
        {"just above the median", 10, 50.0001, 6},
        {"zero is the lowest", 10, 0, 1},
        {"tiny is rank 1", 10, 1e-9, 1},
        {"all", 10, 100, 10},
        {"past all", 10, 150, 10},
        {"p99 of 100", 100, 99, 99},
        {"99.9 of 2,000: 1,998 and a rounding error", 2000, 99.9, 1998},
        {"one value", 1, 99.999, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct hist *h = one_to(rows[i].n);
        CHECK_INT(hist_percentile_us(h, rows[i].percentile), rows[i].expected);
        CHECK_INT(hist_percentile_with_us(h, 0, rows[i].percentile), rows[i].expected);
        hist_free(h);
    }
}

/* 99.9 % of 5,000 is 4,995 (naive rounding up says 4,996). */
static void ulp_guard_at_5000(void)
{
    struct hist *h = hist_new();
    (void)hist_record(h, 10, 4995);
    (void)hist_record(h, 20, 5);
    CHECK_INT(hist_percentile_us(h, 99.9), 10);
    CHECK_INT(hist_percentile_us(h, 99.91), 20);
    hist_free(h);
}

static void failures_are_infinite(void)
{
    struct hist *h = one_to(90);
    CHECK_INT(hist_percentile_with_us(h, 10, 50), 50);
    CHECK_INT(hist_percentile_with_us(h, 10, 90), 90);
    CHECK_INT(hist_percentile_with_us(h, 10, 90.5), -1);
    CHECK_INT(hist_percentile_with_us(h, 10, 100), -1);
    hist_free(h);
}

static void moments_use_the_middle(void)
{
    struct hist *h = hist_new();
    (void)hist_record(h, 1000, 3);
    (void)hist_record(h, 4096, 1); /* slot 4096..4099, middle 4098 */
    CHECK_NEAR(hist_mean_us(h), (3 * 1000 + 4098) / 4.0, 1e-9);
    CHECK_NEAR(hist_stddev_us(h), sqrt(3.0) / 4 * 3098, 1e-9);
    CHECK_INT(hist_min_us(h), 1000);
    CHECK_INT(hist_max_us(h), 4099);
    hist_free(h);
}

static void count_to_interpolates(void)
{
    static const struct {
        const char *name;
        double value, expected;
    } rows[] = {
        {"below all", 999, 0},    {"exact slot", 1000, 10},
        {"between", 3000, 10},    {"a quarter of the slot", 4096, 12},
        {"half of it", 4097, 14}, {"all of it", 4099, 18},
        {"past it", 4100, 18},    {"past the range", 1e18, 18},
        {"negative", -1, 0},      {"not a number", (double)NAN, 0},
    };
    struct hist *h = hist_new();
    (void)hist_record(h, 1000, 10);
    (void)hist_record(h, 4098, 8);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        CHECK_NEAR(hist_count_to(h, rows[i].value), rows[i].expected, 1e-12);
    }
    hist_free(h);
}

static void adding_and_reset(void)
{
    struct hist *a = one_to(10), *b = hist_new(), *empty = hist_new();
    (void)hist_record(b, 5000000, 7);
    (void)hist_record(b, -1, 1);
    hist_add(a, empty);
    CHECK_INT(a->first, 1);
    CHECK_INT(a->last, 10);
    hist_add(a, b);
    CHECK_INT(a->total, 17);
    CHECK_INT(a->refused, 1);
    CHECK_INT(a->counts[hist_slot(5000000)], 7);
    CHECK_INT(a->last, hist_slot(5000000));
    hist_add(empty, b);
    CHECK_INT(empty->first, hist_slot(5000000));
    hist_reset(a);
    struct hist *fresh = hist_new();
    CHECK(memcmp(a, fresh, sizeof *a) == 0);
    hist_free(fresh);
    hist_free(empty);
    hist_free(b);
    hist_free(a);
}

static void bins_and_back(void)
{
    static struct hist_bin bins[HIST_SLOTS];
    struct hist *h = one_to(3), *back = hist_new();
    (void)hist_record(h, HIST_HIGHEST_US, 4);
    size_t n = hist_bins(h, bins);
    CHECK_INT(n, 4);
    CHECK_INT(bins[0].slot, 1);
    CHECK_INT(bins[3].count, 4);
    hist_add_bins(back, bins, n);
    CHECK(memcmp(h, back, sizeof *h) == 0);
    hist_free(back);
    hist_free(h);
}

static int compare_values(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* For random samples the percentile is within one slot of the order statistic of
 * the same rank: it is the highest value of that statistic's own slot. */
static void percentiles_match_order_statistics(void)
{
    enum { SAMPLES = 1000, ROUNDS = 40 };
    static int64_t values[SAMPLES];
    static const double percentiles[] = {1, 10, 50, 90, 95, 99, 99.9, 100};
    static const int64_t ranks[] = {10, 100, 500, 900, 950, 990, 999, 1000};
    size_t wrong = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct rng r;
        rng_init(&r, 7, RNG_JITTER, round);
        struct hist *h = hist_new();
        for (size_t i = 0; i < SAMPLES; i++) {
            values[i] = (int64_t)(rng_exp(4 + 2 * rng_normal(&r)) * 100);
            (void)hist_record(h, values[i], 1);
        }
        qsort(values, SAMPLES, sizeof values[0], compare_values);
        for (size_t i = 0; i < ARRAY_LEN(percentiles); i++) {
            int64_t exact = values[ranks[i] - 1];
            wrong += hist_percentile_us(h, percentiles[i]) !=
                     hist_slot_high(hist_slot(exact));
        }
        hist_free(h);
    }
    CHECK_INT(wrong, 0);
}

/* Published by MLPerf and in the contract. */
static void sample_counts_are_published_ones(void)
{
    static const struct {
        double percentile;
        uint64_t needed;
    } rows[] = {{50, 11}, {90, 64}, {95, 130}, {99, 662}, {99.9, 6636}, {99.99, 66381}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_INT(hist_samples_needed(rows[i].percentile), rows[i].needed);
}

static void microseconds_are_rounded(void)
{
    CHECK_INT(hist_us(0), 0);
    CHECK_INT(hist_us(499), 0);
    CHECK_INT(hist_us(500), 1);
    CHECK_INT(hist_us(1499), 1);
    CHECK_INT(hist_us(1500), 2);
}

static void strata_are_half_octaves(void)
{
    static const struct {
        unsigned tokens, stratum;
    } rows[] = {
        {0, 0},
        {1, 0},
        {2, 2},
        {3, 3},
        {4, 4},
        {5, 4},
        {6, 5},
        {8, 6},
        {1023, 19},
        {1024, 20},
        {1448, 20},
        {1449, 21},
        {2047, 21},
        {2048, 22},
        {1482910, 40},
        {1482911, 41},
        {4000000000u, 41},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_INT(stratum_of(rows[i].tokens), rows[i].stratum);
}

static void metrics_are_found_by_name(void)
{
    CHECK_INT(metric_find("ttft"), METRIC_TTFT);
    CHECK_INT(metric_find("failure"), METRIC_FAILURE);
    CHECK_INT(metric_find("ttf"), METRIC_COUNT);
    CHECK(metric_rows[METRIC_TPOT].has_strata && !metric_rows[METRIC_GAP].has_strata);
}

int main(void)
{
    RUN(slots_are_javas);
    RUN(slots_tile_the_range);
    RUN(out_of_range_is_refused);
    RUN(empty_is_zero);
    RUN(percentiles_follow_java);
    RUN(ulp_guard_at_5000);
    RUN(failures_are_infinite);
    RUN(moments_use_the_middle);
    RUN(count_to_interpolates);
    RUN(adding_and_reset);
    RUN(bins_and_back);
    RUN(percentiles_match_order_statistics);
    RUN(sample_counts_are_published_ones);
    RUN(microseconds_are_rounded);
    RUN(strata_are_half_octaves);
    RUN(metrics_are_found_by_name);
    return check_report();
}
