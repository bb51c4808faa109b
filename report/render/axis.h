/*
 * Axes that people can read: latencies with their units on a 1-2-5 scale, time
 * since the start in the form that suits the length of the run.
 */
#ifndef GUST_AXIS_H
#define GUST_AXIS_H

#include "judge/summary.h"

/* y axis of seconds from lowest to highest > 0: logarithmic when they are more
 * than one decade apart, else linear from zero. */
void axis_latency(double lowest_s, double highest_s, struct buf *out);

/* x axis of time from 0 to end_s. */
void axis_seconds(double end_s, struct buf *out);

/* x axis of the whole run, and shading of what was not measured. */
void axis_time(const struct summary *s, struct buf *out);

/* x axis 1/(1-p), logarithmic, labelled with percentiles, up to a sample of n. */
void axis_percentile(uint64_t n, struct buf *out);

/* x axis of half octaves first..last of tokens, labelled with token counts. */
void axis_strata(size_t first, size_t last, struct buf *out);

#endif
