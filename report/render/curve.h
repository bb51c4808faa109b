/*
 * A latency distribution as a line over the percentiles, as gnuplot data.
 */
#ifndef GUST_CURVE_H
#define GUST_CURVE_H

#include "base/buf.h"

#define CURVE_AXIS_LEAST 10000 /* the axis goes to 99.99 % at least */

/* Points "1/(1-p) seconds" up to a sample of n > 0: first those that the sample
 * carries, then, after two empty lines, the rest. at gives the latency in seconds
 * that percent of the requests (0..100, never 100) do not exceed; NAN: none. */
void curve_put(uint64_t n, double (*at)(const void *context, double percent),
               const void *context, struct buf *out);

/* Commands (of one plot command) that draw a block of such points, the second part
 * dotted. between stands before them: "plot " or ", ". */
void curve_draw(const char *between, const char *block, const char *title, unsigned ink,
                double width, struct buf *out);

#endif
