/*
 * Does the backlog grow? A server that is asked for more than it can do has more
 * requests in flight every second, without end, however good its latencies still are.
 */
#ifndef GUST_BACKLOG_H
#define GUST_BACKLOG_H

#include "base/base.h"

#include <stdbool.h>

struct backlog {
    double per_s;  /* slope of the fitted line */
    double before; /* the line at the beginning ... */
    double after;  /* ... and at the end */
    bool is_growing;
};

/* in_flight[n], one value a second, while so many requests arrived. It grows when the
 * slope of ten block means is above 0 at 99 % (Student), and the line rises by 2 % of
 * what arrived, at least 4 requests: so much of the load is not served. Below 10
 * seconds nothing is said. */
struct backlog backlog_of(const double *in_flight, size_t n, double arrivals);

#endif
