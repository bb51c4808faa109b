/*
 * How much longer an undecided comparison should run.
 */
#ifndef GUST_EXTRA_H
#define GUST_EXTRA_H

#include "base/base.h"

/* An undecided metric, on a scale where greater is worse. */
struct extra_metric {
    double estimate; /* ln(canary / baseline) or a difference */
    double margin;   /* on the same scale; > 0 */
    double se;       /* (upper bound - estimate) / t; infinite: unknown */
};

/* Total usable seconds after which the metric is decided with 80 % chance, when it
 * ran for seconds already and noise stays: the lesser of what GO and (if the
 * estimate is above 0) NO-GO need. Infinite when unknown. Never below seconds. */
double extra_total_s(double seconds, const struct extra_metric *m);

/* What to add for all of n metrics, rounded up to 30 s; infinite if unknown. */
double extra_seconds(double seconds, const struct extra_metric *m, size_t n);

#endif
