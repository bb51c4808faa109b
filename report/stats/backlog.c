/* The trend of what is in flight; see backlog.h. */
#include "stats/backlog.h"

#include "stats/distribution.h"

#include <math.h>

#define BLOCKS 10
#define ALPHA 0.01
#define RISE_SHARE 0.02 /* of the arrivals */
#define RISE_LEAST 4.0

/* Means of ten runs of seconds, as equal as whole seconds allow. */
static void block_means(const double *x, size_t n, double out[BLOCKS])
{
    for (size_t b = 0; b < BLOCKS; b++) {
        size_t first = b * n / BLOCKS, end = (b + 1) * n / BLOCKS;
        double sum = 0;
        for (size_t i = first; i < end; i++)
            sum += x[i];
        out[b] = sum / (double)(end - first);
    }
}

struct backlog backlog_of(const double *in_flight, size_t n, double arrivals)
{
    struct backlog out = {0};
    double y[BLOCKS], mean = 0, sxy = 0, sse = 0;
    const double middle = (BLOCKS - 1) / 2.0;
    const double sxx = BLOCKS * (BLOCKS * (double)BLOCKS - 1) / 12;
    if (n < BLOCKS)
        return out;
    block_means(in_flight, n, y);
    for (size_t b = 0; b < BLOCKS; b++) {
        mean += y[b] / BLOCKS;
        sxy += ((double)b - middle) * y[b];
    }
    double slope = sxy / sxx;
    for (size_t b = 0; b < BLOCKS; b++) {
        double residual = y[b] - mean - slope * ((double)b - middle);
        sse += residual * residual;
    }
    double error = sqrt(sse / (BLOCKS - 2) / sxx), rise = slope * BLOCKS;
    out.per_s = slope * BLOCKS / (double)n;
    out.before = mean - rise / 2;
    out.after = mean + rise / 2;
    bool is_large = rise >= fmax(RISE_LEAST, RISE_SHARE * arrivals);
    bool is_sure =
        error > 0 ? student_tail(slope / error, BLOCKS - 2) <= ALPHA : slope > 0;
    out.is_growing = is_large && is_sure;
    return out;
}
