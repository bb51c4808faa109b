/*
 * A summary as OpenMetrics text (the exposition format 1.0 of the CNCF), for a
 * push gateway or a file collector. Prefix gust_, base units, under 300 series.
 */
#ifndef GUST_OPENMETRICS_H
#define GUST_OPENMETRICS_H

#include "judge/summary.h"

void summary_openmetrics(const struct summary *s, struct buf *out);

#endif
