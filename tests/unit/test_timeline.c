/* Buckets of time: nothing is lost when they are merged, and their number stays
 * bounded. */
#include "judge/timeline.h"

#include "check.h"

#include <stdlib.h>

static void widths(void)
{
    static const struct {
        const char *name;
        double at_s;
        uint32_t width_s;
        size_t count;
    } rows[] = {
        {"first second", 0.5, 1, 1},
        {"last of the first resolution", 1199.9, 1, 1200},
        {"one more doubles", 1200, 2, 601},
        {"an hour", 3599, 4, 900},
        {"a day", 86399, 128, 675},
        {"a leap from nothing", 1e8, 131072, 763},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct timeline t = {0};
        timeline_at(&t, rows[i].at_s)->activity.due++;
        check_row = rows[i].name;
        CHECK_INT(t.width_s, rows[i].width_s);
        CHECK_INT(t.count, rows[i].count);
        CHECK(t.count <= TIMELINE_POINTS);
        timeline_release(&t);
    }
}

/* Marks second i with i + 1 in each field that adds, and i in those that peak. */
static void mark(struct timeline *t, unsigned i)
{
    struct moment *m = timeline_at(t, i);
    struct hist_bin bin = {.slot = (uint32_t)hist_slot(5000), .count = 1};
    m->activity.due += i + 1;
    m->by[OUTCOME_RESET]++;
    m->lost++;
    m->in_flight_max = i > m->in_flight_max ? i : m->in_flight_max;
    moment_latency(m, BAND_TTFT, &bin, 1);
}

static void merging_keeps_everything(void)
{
    struct timeline t = {0};
    uint64_t due = 0, resets = 0, lost = 0, values = 0, peak = 0;
    for (unsigned i = 0; i < 5000; i++)
        mark(&t, i);
    for (size_t i = 0; i < t.count; i++) {
        due += t.moments[i].activity.due;
        lost += t.moments[i].lost;
        resets += t.moments[i].by[OUTCOME_RESET];
        values += moment_count(&t.moments[i], BAND_TTFT);
        if (t.moments[i].in_flight_max > peak)
            peak = t.moments[i].in_flight_max;
    }
    CHECK_INT(t.width_s, 8);
    CHECK_INT(due, 5000 * 5001 / 2);
    CHECK_INT(resets, 5000);
    CHECK_INT(lost, 5000);
    CHECK_INT(values, 5000);
    CHECK_INT(peak, 4999);
    CHECK_INT(t.moments[1].activity.due, 9 + 10 + 11 + 12 + 13 + 14 + 15 + 16);
    timeline_release(&t);
}

static void coarsening_copies(void)
{
    struct timeline t = {0}, coarse = {0};
    for (unsigned i = 0; i < 10; i++)
        mark(&t, i);
    timeline_coarsen(&t, 4, &coarse);
    CHECK_INT(coarse.count, 3);
    CHECK_INT(coarse.width_s, 4);
    CHECK_INT(coarse.moments[0].activity.due, 1 + 2 + 3 + 4);
    CHECK_INT(coarse.moments[2].activity.due, 9 + 10);
    CHECK_INT(t.moments[0].activity.due, 1);
    timeline_release(&coarse);
    timeline_release(&t);
}

static void quantiles(void)
{
    static struct moment m;
    struct hist_bin bins[100];
    for (unsigned i = 0; i < ARRAY_LEN(bins); i++)
        bins[i] =
            (struct hist_bin){.slot = (uint32_t)hist_slot((i + 1) * 10000), .count = 1};
    moment_latency(&m, BAND_E2E, bins, ARRAY_LEN(bins));
    CHECK_NEAR((double)moment_quantile_us(&m, BAND_E2E, 50, 1), 500000, 500000 * 0.032);
    CHECK_NEAR((double)moment_quantile_us(&m, BAND_E2E, 95, 1), 950000, 950000 * 0.032);
    CHECK_INT(moment_quantile_us(&m, BAND_E2E, 50, 101), -1);
    CHECK_INT(moment_quantile_us(&m, BAND_TTFT, 50, 0), -1);
    m.lost = 20; /* of 120: p80 is the 96th value, p95 is lost */
    CHECK_NEAR((double)moment_quantile_us(&m, BAND_E2E, 80, 1), 960000, 960000 * 0.032);
    CHECK_INT(moment_quantile_us(&m, BAND_E2E, 95, 1), -1);
}

int main(void)
{
    RUN(widths);
    RUN(merging_keeps_everything);
    RUN(coarsening_copies);
    RUN(quantiles);
    return check_report();
}
