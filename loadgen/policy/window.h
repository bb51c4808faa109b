/*
 * Two counts over a sliding window, in WINDOW_BUCKETS buckets: what was added in the
 * last length_ns, give or take a bucket. Pure; time never goes back.
 */
#ifndef GUST_POLICY_WINDOW_H
#define GUST_POLICY_WINDOW_H

#include "base/base.h"

#define WINDOW_BUCKETS 20

struct window {
    int64_t bucket_ns;
    int64_t head; /* number of the newest bucket since t0 */
    uint32_t a[WINDOW_BUCKETS], b[WINDOW_BUCKETS];
    uint64_t sum_a, sum_b;
};

/* length_ns > 0. */
void window_init(struct window *w, int64_t length_ns);
void window_add(struct window *w, int64_t now_ns, uint32_t a, uint32_t b);
/* Forgets what is too old at now_ns; sum_a and sum_b are right then. */
void window_advance(struct window *w, int64_t now_ns);

#endif
