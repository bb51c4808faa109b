/*
 * Rare events: is the canary's failure rate worse than the baseline's?
 *
 * Failures come in bursts, and a burst is one event, not forty. So an interval is
 * widened by what the 10-second blocks vary beyond chance, and proof of harm must
 * hold twice: for requests that fail independently, and for blocks as the unit.
 *
 * A block is ten slices of scheduled start. x failures of n requests; p = x / n.
 */
#ifndef GUST_PROPORTION_H
#define GUST_PROPORTION_H

#include "base/base.h"

#include <stdbool.h>

#define PROPORTION_BLOCK 10 /* slices */

/* Invariant: failures <= requests. */
struct trials {
    uint64_t requests, failures;
};

struct trials trials_sum(const struct trials *t, size_t n);

/* Adds each size neighbours up: out[(n + size - 1) / size]; the last block may be
 * shorter. Returns the number of blocks. out may be t itself. */
size_t trials_fold(const struct trials *t, size_t n, size_t size, struct trials *out);

/* Wilson's score bounds of x / n, z standard errors each; counts may be fractions.
 * n = 0: 0 and 1. */
double wilson_low(double x, double n, double z);
double wilson_high(double x, double n, double z);

/* Newcombe's hybrid-score bounds of the difference xc / nc - xb / nb. */
double newcombe_low(double xc, double nc, double xb, double nb, double z);
double newcombe_high(double xc, double nc, double xb, double nb, double z);

/* How much more than chance the blocks of the arms vary, at least 1: both variance
 * and information are off by this factor. other may be NULL with other_n 0. */
double burst_deflation(const struct trials *blocks, size_t n,
                       const struct trials *other, size_t other_n);

/* P(canary has at least xc of the xc + xb failures) if both fail alike and
 * independently, half of P(exactly xc) left out (mid-p). */
double conditional_midp(double xc, double nc, double xb, double nb);

/* P(sum of the +/- e[k] is at least the sum of e) over fair, independent signs,
 * mid-p. Exact while n * sum |e| is below 5e7, a saddlepoint after that. */
double sign_flip_midp(const int64_t *e, size_t n);

/* One-sided p of "the canary fails no more", blocks as independent units, t with
 * the lesser number of blocks - 1 degrees of freedom; 1 with fewer than 2. */
double cluster_p(const struct trials *baseline, size_t n_b, const struct trials *canary,
                 size_t n_c);

struct proportion_gate {
    double margin;   /* tolerated rise of the rate: 0.005; > 0 */
    bool is_aligned; /* both arms ran at the same time: block by block */
};

struct proportion_result {
    double baseline, canary; /* failure rates; 0 without requests */
    double difference;       /* canary - baseline */
    double low, high;        /* 90 % interval, deflated: each end one-sided 95 % */
    double deflation;        /* >= 1 */
    double p_go;             /* of "worse than the baseline by the margin" */
    double p_nogo;           /* of "not worse": the greater of the next two */
    double p_requests;       /* conditional test: requests are independent */
    double p_blocks;         /* sign flip or cluster t: blocks are */
    size_t bad_blocks;       /* in which the canary's rate was the higher one */
};

/* Blocks as trials_fold makes them. Without requests in either arm all p are 1. */
void proportion_compare(const struct trials *baseline, size_t n_b,
                        const struct trials *canary, size_t n_c,
                        const struct proportion_gate *gate,
                        struct proportion_result *out);

/* Deflated one-sided 99 % Wilson lower bound of one arm's failure rate: above an
 * error budget it proves the violation. */
double proportion_at_least(const struct trials *blocks, size_t n);

#endif
