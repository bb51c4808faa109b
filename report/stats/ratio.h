/*
 * Ratios of sums: cost per request, tokens per second, mean output length, share
 * of good requests. R = sum of y over sum of x; the canary's against the
 * baseline's, with the long-run variance of the slices.
 */
#ifndef GUST_RATIO_H
#define GUST_RATIO_H

#include "base/base.h"

#include <stdbool.h>

/* One slice of scheduled start; both are finite and x >= 0. */
struct ratio_slice {
    double y, x;
};

enum ratio_scale {
    RATIO_LOG,        /* ln(R canary / R baseline); the sums of y are positive */
    RATIO_DIFFERENCE, /* R canary - R baseline, for shares */
};

struct ratio_gate {
    enum ratio_scale scale;
    bool is_down_worse; /* speed, goodput; else up is worse: cost */
    bool is_aligned;    /* both arms ran at the same time: slice by slice */
    double margin;      /* tolerated worsening: 0.05 of the ratio, or the
                           difference itself; > 0, below 1 for a fall in ratio */
    double kappa;       /* noise beyond what one run shows; >= 1 */
    double tau;         /* run-to-run SD on the scale; 0: none */
};

struct ratio_result {
    bool is_defined;         /* both sums of x positive, and of y for RATIO_LOG */
    double baseline, canary; /* R; 0 when undefined */
    double estimate;         /* on the scale; above 0: the canary's R is greater */
    double low, high;        /* 90 % interval on the scale */
    double margin;           /* on the scale, as a bound for estimate: negative
                                when down is worse */
    double se;
    double p_go;     /* of "worse than the baseline by the margin" */
    double p_nogo;   /* of "not worse than the baseline" */
    double p_beyond; /* of "worse by no more than the margin" */
    unsigned nu;
};

/* Undefined: all p are 1. Aligned arms have the same number of slices. */
void ratio_compare(const struct ratio_slice *baseline, size_t n_b,
                   const struct ratio_slice *canary, size_t n_c,
                   const struct ratio_gate *gate, struct ratio_result *out);

/* R of one arm, with its interval. */
struct ratio_estimate {
    bool is_defined; /* the sum of x is positive */
    double value, low, high;
    unsigned nu;
};

/* Two-sided at level (0.95), on the scale of ln R; [0, infinite] where the slices are
 * too few to say. Sums of y are not negative. */
void ratio_interval(const struct ratio_slice *slices, size_t n, double level,
                    struct ratio_estimate *out);

#endif
