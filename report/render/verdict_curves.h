/*
 * The pictures of one latency in both arms: by percentile, with the intervals of
 * the quantiles that were judged, and over time.
 */
#ifndef GUST_VERDICT_CURVES_H
#define GUST_VERDICT_CURVES_H

#include "judge/verdict.h"
#include "render/plot.h"

/* Appends two pictures for a metric that some gate judges. */
void verdict_curves(const struct verdict *v, struct pairing *p, enum metric m,
                    struct plots *out);

#endif
