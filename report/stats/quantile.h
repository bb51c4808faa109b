/*
 * The core of the judge: is the canary's quantile worse than the baseline's?
 *
 * Two distribution functions are compared at a scaled point: under the hypothesis
 * "the canary's p-quantile is r times the baseline's", F_C(x) = F_B(x / r). The
 * difference divided by its long-run standard error is a Student t. Nothing is
 * assumed about the shape of the distributions, nor about independence of
 * requests; failures are values above all others.
 *
 * Deterministic. Cost: some 50 passes over the slices of both arms.
 */
#ifndef GUST_QUANTILE_H
#define GUST_QUANTILE_H

#include "stats/arm.h"

struct quantile_gate {
    double p;        /* of the quantile, 0 < p < 1 */
    double margin;   /* tolerated rise, relative: 0.10; > 0 */
    double floor_us; /* tolerated rise, absolute, if that is more; >= 0 */
    double kappa;    /* noise beyond what one run shows, from A/A runs; >= 1 */
    double tau;      /* run-to-run SD of the log quantile; 0: none */
    bool is_aligned; /* both arms ran at the same time: slice by slice */
};

/* Times are microseconds, ratios natural logarithms. A quantile that lies among
 * the failures is infinite, and so is the ratio then. */
struct quantile_result {
    bool is_defined; /* both arms have requests, not both quantiles infinite */
    double baseline_us, canary_us;
    double log_ratio;         /* ln(canary / baseline) */
    double log_low, log_high; /* 90 % interval: each end one-sided 95 % */
    bool is_low_open;         /* the true end lies beyond log_low: not found in */
    bool is_high_open;        /* the range searched, a factor of 5 either way */
    double log_margin;        /* of the margin or the floor, whichever is more */
    double se;                /* (log_high - log_low) / 2 t; infinite when open */
    double se_low, se_high;   /* of either side of the estimate */
    double p_go;              /* of "worse than the baseline by the margin" */
    double p_nogo;            /* of "not worse than the baseline" */
    double p_beyond;          /* of "worse by no more than the margin" */
    double deff;              /* variance over that of independent requests */
    double lag1;              /* autocorrelation of the slices' 10-s sums */
    unsigned nu;              /* degrees of freedom */
};

/* Compares the arms; without requests in either, all p are 1. Aligned arms have
 * the same number of slices. From canary-statistics 2.2: the margin is tested at
 * the pooled point, "not worse" at the lesser of both quantiles. */
void quantile_compare(const struct arm *baseline, const struct arm *canary,
                      const struct quantile_gate *gate, struct quantile_result *out);

/* Its p_nogo alone, in two passes instead of a hundred. Without a run-to-run floor:
 * gate->tau is 0. */
double quantile_p_nogo(const struct arm *baseline, const struct arm *canary,
                       const struct quantile_gate *gate);

/* One arm against a limit: share p of all requests within limit_us. */
struct quantile_limit {
    double p;        /* 0 < p < 1 */
    double limit_us; /* > 0 */
    double kappa;    /* >= 1 */
};

struct quantile_guard {
    double share;      /* of requests within the limit */
    bool is_exceeded;  /* share < p */
    double p_exceeded; /* of "the limit is kept"; small: violation proven */
    double p_kept;     /* of "the limit is violated" */
    double low, high;  /* 90 % interval of share: each end one-sided 95 % */
    unsigned nu;
};

/* Without requests nothing is exceeded, both p are 1 and the interval is 0..1. */
void quantile_guard(const struct arm *a, const struct quantile_limit *limit,
                    struct quantile_guard *out);

#endif
