/* A capacity search on the terminal: a line per trial while it runs, the verdict, the
 * curve and what to do with it at the end. */
#ifndef GUST_CAPACITY_TEXT_H
#define GUST_CAPACITY_TEXT_H

#include "judge/capacity.h"

/* "trial 7  24.0/s  fails: ttft p95 612 ms > 500 ms  after 18 s", without a newline. */
void capacity_line(const struct capacity_point *p, size_t number,
                   enum capacity_axis axis, struct buf *out);

/* "24.0/s" or "24 users". */
void capacity_load(double load, enum capacity_axis axis, struct buf *out);

/* The whole, at most width columns wide where tables allow. */
void capacity_text(const struct capacity *c, size_t width, bool is_colour,
                   struct buf *out);

#endif
