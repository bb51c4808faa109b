/* Distributions with their failures, against percentiles counted by hand. */
#include "judge/latency.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>

/* n values 1000, 2000, ... us, and lost requests. */
static struct latency made(unsigned n, uint64_t lost, int64_t beyond_us)
{
    struct latency l = {.lost = lost, .beyond_us = beyond_us};
    struct hist_bin *bins = xcalloc(n + 1, sizeof *bins);
    for (unsigned i = 0; i < n; i++)
        bins[i] =
            (struct hist_bin){.slot = (uint32_t)hist_slot((i + 1) * 1000), .count = 1};
    if (n > 0)
        latency_add(&l, bins, n);
    free(bins);
    return l;
}

static void states(void)
{
    static const struct {
        const char *name;
        unsigned n;
        uint64_t lost;
        int64_t beyond_us;
        double percentile;
        enum quantile_state state;
        const char *text;
    } rows[] = {
        {"nothing at all", 0, 0, 0, 50, QUANTILE_NONE, "n/a"},
        {"ten are too few for a median", 10, 0, 0, 50, QUANTILE_FEW, "n/a (needs 11)"},
        {"eleven are enough", 11, 0, 0, 50, QUANTILE_VALUE, "6.00 ms"},
        {"lost requests count as observations", 9, 2, 0, 50, QUANTILE_VALUE, "6.00 ms"},
        {"and push the median up", 11, 8, 0, 50, QUANTILE_VALUE, "10.0 ms"},
        {"until it is among them", 10, 11, 0, 50, QUANTILE_BEYOND,
         "n/a (52.4 % failed)"},
        {"a timer bounds it from below", 10, 11, 60000000, 50, QUANTILE_BEYOND,
         "> 60.0 s"},
        {"everything lost", 0, 200, 0, 95, QUANTILE_BEYOND, "n/a (100 % failed)"},
        {"p99 needs 662", 661, 0, 0, 99, QUANTILE_FEW, "n/a (needs 662)"},
        {"one lost of 662 leaves p99", 661, 1, 0, 99, QUANTILE_VALUE, "656 ms"},
        {"eight lost take it", 654, 8, 0, 99, QUANTILE_BEYOND, "n/a (1.21 % failed)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[QUANTILE_TEXT];
        struct latency l = made(rows[i].n, rows[i].lost, rows[i].beyond_us);
        struct quantile q = latency_quantile(&l, rows[i].percentile);
        check_row = rows[i].name;
        CHECK_INT(q.state, rows[i].state);
        CHECK_STR(quantile_format(text, &q), rows[i].text);
        latency_release(&l);
    }
}

static void shares(void)
{
    struct latency l = made(100, 25, 0), none = {0};
    CHECK_INT(latency_count(&l), 125);
    CHECK_NEAR(latency_share_within(&l, 50500), 50.0 / 125, 1e-9);
    CHECK_NEAR(latency_share_within(&l, 900000000), 100.0 / 125, 1e-9);
    CHECK(isnan(latency_share_within(&none, 1000)));
    CHECK(isnan(latency_mean_us(&none)));
    CHECK_INT(latency_max_us(&none), 0);
    CHECK_NEAR(latency_mean_us(&l), 50500, 50500 * 0.001);
    latency_release(&l);
    latency_release(&l); /* empty is fine */
}

int main(void)
{
    RUN(states);
    RUN(shares);
    return check_report();
}
