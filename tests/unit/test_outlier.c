/*
 * A shard unlike the others is named, and equal shards are not: against populations
 * whose truth is known.
 */
#include "command/outlier.h"

#include "base/base.h"
#include "base/rng.h"
#include "check.h"

#include <stdlib.h>

static const struct series_name ttft = {.metric = METRIC_TTFT_SENT,
                                        .is_measured = true};
static const struct series_name lag = {.metric = METRIC_LAG, .is_measured = true};

/* n log-normal values around median_us; a share of them is `factor` times slower. */
static void fill(struct outliers *o, size_t shard, const struct series_name *name,
                 uint64_t seed, unsigned n, double median_us, double share,
                 double factor)
{
    struct rng r;
    rng_init(&r, seed, RNG_JITTER, shard);
    for (unsigned i = 0; i < n; i++) {
        double value = median_us * rng_exp(0.5 * rng_normal(&r));
        if (rng_unit(&r) < share)
            value *= factor;
        struct hist_bin bin = {(uint32_t)hist_slot((int64_t)value), 1};
        outliers_add(o, shard, name, &bin, 1);
    }
}

static void known_populations(void)
{
    static const struct {
        const char *name;
        unsigned shards, values, odd; /* shard that differs */
        const struct series_name *metric;
        double median_us, share, factor;
        const char *says; /* NULL: nothing */
    } rows[] = {
        {"two equal shards", 2, 200, 1, &ttft, 20000, 0, 1, NULL},
        {"eight equal shards", 8, 500, 3, &ttft, 20000, 0, 1, NULL},
        {"300 equal shards", 300, 100, 5, &ttft, 20000, 0, 1, NULL},
        {"one twice as slow", 8, 500, 3, &ttft, 20000, 1, 2, "first tokens: p50"},
        {"one of two", 2, 500, 1, &ttft, 20000, 1, 2, "first tokens: p50"},
        {"one of 300", 300, 100, 7, &ttft, 20000, 1, 2, "first tokens: p50"},
        {"a slow tail", 8, 1000, 3, &ttft, 20000, 0.18, 5, "first tokens: p90"},
        {"faster is no fault", 8, 500, 3, &ttft, 20000, 1, 0.5, NULL},
        {"5 % slower is chance", 8, 500, 3, &ttft, 20000, 1, 1.05, NULL},
        {"too few values", 8, 20, 3, &ttft, 20000, 1, 3, NULL},
        {"late", 8, 500, 3, &lag, 100, 1, 40, "sent late: p50"},
        {"lag of microseconds", 8, 500, 3, &lag, 50, 1, 4, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct outliers *o = outliers_new(rows[i].shards);
        struct buf out;
        unsigned named = 0;
        buf_init(&out, 4096);
        check_row = rows[i].name;
        for (size_t shard = 0; shard < rows[i].shards; shard++) {
            bool is_odd = shard == rows[i].odd;
            fill(o, shard, rows[i].metric, 11 + i, rows[i].values, rows[i].median_us,
                 is_odd ? rows[i].share : 0, is_odd ? rows[i].factor : 1);
        }
        for (size_t shard = 0; shard < rows[i].shards; shard++) {
            buf_reset(&out);
            bool is_told = outliers_tell(o, shard, &out);
            named += is_told;
            bool is_expected = rows[i].says != NULL && shard == rows[i].odd;
            CHECK_INT(is_told, is_expected);
            CHECK(!is_expected || strstr(out.data, rows[i].says) != NULL);
        }
        CHECK_INT(named, rows[i].says != NULL);
        buf_release(&out);
        outliers_free(o);
    }
}

/* What was not measured, and what is not compared, says nothing. */
static void other_series_are_ignored(void)
{
    static const struct series_name others[] = {
        {.metric = METRIC_TTFT_SENT, .is_measured = false},
        {.metric = METRIC_E2E, .is_measured = true},
    };
    struct outliers *o = outliers_new(4);
    struct buf out;
    buf_init(&out, 4096);
    for (size_t shard = 0; shard < 4; shard++)
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
            fill(o, shard, &others[i], 3, 300, shard == 2 ? 90000 : 10000, 0, 1);
    for (size_t shard = 0; shard < 4; shard++)
        CHECK(!outliers_tell(o, shard, &out));
    buf_release(&out);
    outliers_free(o);
}

/* False alarms: 200 runs of 20 equal shards. */
static void equal_shards_are_rarely_named(void)
{
    unsigned alarms = 0;
    struct buf out;
    buf_init(&out, 1u << 20);
    for (uint64_t run = 0; run < 200; run++) {
        struct outliers *o = outliers_new(20);
        for (size_t shard = 0; shard < 20; shard++)
            fill(o, shard, &ttft, 1000 + run, 60, 20000, 0.1, 4);
        for (size_t shard = 0; shard < 20; shard++)
            alarms += outliers_tell(o, shard, &out);
        outliers_free(o);
    }
    CHECK(alarms <= 2);
    buf_release(&out);
}

int main(void)
{
    RUN(known_populations);
    RUN(other_series_are_ignored);
    RUN(equal_shards_are_rarely_named);
    return check_report();
}
