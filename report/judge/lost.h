/*
 * Lost requests: which distributions a failed or censored request belongs to, as
 * a value larger than every measured one.
 */
#ifndef GUST_LOST_H
#define GUST_LOST_H

#include "judge/summary.h"

/* Sets lost and beyond_us of all latencies of s, from its window's outcomes. Call
 * once, after the files are read. */
void lost_count(struct summary *s);

#endif
