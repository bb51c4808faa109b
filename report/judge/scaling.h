/*
 * What the curve of a capacity search says beside the capacity: where its knee is, and
 * how throughput scales with concurrency. Neither is a capacity: the knee is where more
 * load begins to buy more waiting than throughput, whatever the objectives are, and the
 * law is a fit.
 */
#ifndef GUST_SCALING_H
#define GUST_SCALING_H

#include "judge/capacity.h"

/* Kneedle: of throughput over requests in flight, both scaled to 0..1, the point
 * furthest above the diagonal. Its load, never above most; NAN with fewer than 4
 * points, or where no point is a tenth above. */
double scaling_knee(const struct capacity_point *points, size_t n, double most);

/* The universal scalability law (stats/usl.h) over requests in flight. NAN with fewer
 * than 6 points that differ in them. */
struct capacity_usl scaling_usl(const struct capacity_point *points, size_t n);

#endif
