/*
 * The arrival process of a trace in a few numbers, from one pass: rate,
 * coefficient of variation (CV) of the times between arrivals, and the index of
 * dispersion (IDC) of the counts per window: variance / mean.
 *
 * Poisson has CV 1 and IDC 1 in every window. A CV above 1 is burstiness from one
 * arrival to the next; an IDC that grows with the window is a rate that drifts,
 * which no renewal process has.
 */
#ifndef GUST_ARRIVALS_H
#define GUST_ARRIVALS_H

#include "workload/profile.h"

#define ARRIVALS_WINDOWS 3

/* 1 s, 10 s, 60 s. */
extern const int64_t arrivals_window_ns[ARRIVALS_WINDOWS];

/* Counts per window: the open one, and sums over all before it. */
struct arrivals_window {
    int64_t index;
    uint64_t open;
    double sum, sum_of_squares;
    uint64_t peak;
};

struct arrivals {
    uint64_t count;
    int64_t first_ns, last_ns;
    double gap_sum_of_squares; /* s^2 */
    struct arrivals_window windows[ARRIVALS_WINDOWS];
};

struct arrivals_summary {
    uint64_t count;
    double duration_s;            /* first to last */
    double rate_per_s;            /* NAN below two arrivals or in no time at all */
    double cv;                    /* NAN likewise */
    double idc[ARRIVALS_WINDOWS]; /* whole windows only; NAN below two of them */
    uint64_t peak_per_s;          /* most arrivals in one second */
};

/* The largest CV that a gamma process is taken for; measured traffic is gamma up
 * to about there (ServeGen 2025), and more is on and off. */
#define ARRIVALS_CV_MAX 6.0

/* Counts an arrival; due_ns never goes back. The struct starts zeroed. */
void arrivals_add(struct arrivals *a, int64_t due_ns);
void arrivals_summarise(const struct arrivals *a, struct arrivals_summary *out);

/* The process a profile should have: Poisson when the CV is within a tenth of 1
 * (or unknown), constant below 0.1, else gamma, its CV at most ARRIVALS_CV_MAX. */
struct arrival_plan arrivals_plan(const struct arrivals_summary *s);

#endif
