/*
 * Holm's step-down: which of several hypotheses may be rejected together while
 * the chance of any wrong rejection stays below alpha.
 */
#ifndef GUST_HOLM_H
#define GUST_HOLM_H

#include "base/base.h"

#include <stdbool.h>

#define HOLM_MAX 64

struct holm {
    double threshold; /* alpha / (n - rank): what p was held against */
    bool is_rejected;
};

/* out[i] for p[i], i < n <= HOLM_MAX. Equal p are ranked by their index. */
void holm(const double *p, size_t n, double alpha, struct holm *out);

#endif
