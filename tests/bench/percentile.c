/*
 * Percentiles of one metric over the measured requests of a run, from its log:
 *
 *   percentile RUN METRIC
 *
 * Prints n, <metric>_us_p50 and <metric>_us_p99.
 */
#include "measure/hist.h"
#include "measure/runread.h"

#include <inttypes.h>
#include <stdio.h>

static bool add(void *context, const struct series_name *name, int64_t start_ns,
                const struct hist_bin *bins, size_t n)
{
    (void)start_ns;
    if (name->is_measured)
        hist_add_bins(context, bins, n);
    return true;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    enum metric metric = argc == 3 ? metric_find(argv[2]) : METRIC_COUNT;
    if (metric == METRIC_COUNT) {
        fprintf(stderr, "usage: percentile RUN METRIC\n");
        return 2;
    }
    struct hist *h = hist_new();
    struct runread *run = runread_open(argv[1], &e);
    if (run == NULL || runread_log(run, 1u << metric, add, h, &e) < 0) {
        fprintf(stderr, "percentile: %s\n", e.text);
        return 1;
    }
    printf("n %" PRIu64 "\n%s_us_p50 %" PRId64 "\n%s_us_p99 %" PRId64 "\n", h->total,
           argv[2], hist_percentile_us(h, 50), argv[2], hist_percentile_us(h, 99));
    runread_close(run);
    hist_free(h);
    return 0;
}
