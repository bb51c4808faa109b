/* Objectives as binomial tests; see attainment.h. */
#include "judge/attainment.h"

#include "stats/distribution.h"

#include <math.h>

#define WHOLE_TARGET 0.999999 /* above it no miss is allowed */
#define WHOLE_AS 0.99         /* and so much is asked of the sample */

double attainment_needed(double target, double alpha)
{
    double p = target < WHOLE_TARGET ? target : WHOLE_AS;
    return p > 0 ? ceil(log(alpha) / log(p) - 1e-9) : 1;
}

enum capacity_state attainment_state(double misses, double n, double target,
                                     double alpha)
{
    assert(misses >= 0 && misses <= n && target >= 0 && target <= 1);
    bool is_whole = target >= WHOLE_TARGET;
    double missed = is_whole ? 1 - WHOLE_AS : 1 - target;
    if (!(n > 0))
        return CAPACITY_UNSURE;
    if (is_whole && misses > 0)
        return CAPACITY_FAIL;
    if (!(missed < 1)) /* nothing is asked for */
        return CAPACITY_PASS;
    /* P(at most so many misses) of a server that misses just so much */
    if (n > misses && beta_tail(missed, misses + 1, n - misses) <= alpha)
        return CAPACITY_PASS;
    /* P(at least so many) */
    if (misses > 0 && beta_cdf(missed, misses, n - misses + 1) <= alpha)
        return CAPACITY_FAIL;
    return CAPACITY_UNSURE;
}

struct capacity_count attainment_count(const struct trials *seconds, size_t n)
{
    struct trials blocks[ATTAINMENT_BLOCKS];
    size_t size = (n + ATTAINMENT_BLOCKS - 1) / ATTAINMENT_BLOCKS;
    struct trials sum = trials_sum(seconds, n);
    double deflation = 1;
    for (size_t i = 0; i < ATTAINMENT_BLOCKS; i++)
        blocks[i] = (struct trials){0};
    for (size_t i = 0; i < n; i++) {
        blocks[i / size].requests += seconds[i].requests;
        blocks[i / size].failures += seconds[i].failures;
    }
    if (n >= 2)
        deflation = burst_deflation(blocks, (n + size - 1) / size, NULL, 0);
    return (struct capacity_count){.within = sum.requests - sum.failures,
                                   .n = sum.requests,
                                   .effective = (double)sum.requests / deflation};
}

enum capacity_state attainment_judge(const struct capacity_count *c, double target,
                                     double alpha)
{
    if (c->n == 0)
        return CAPACITY_UNSURE;
    double worth = c->effective / (double)c->n;
    return attainment_state((double)(c->n - c->within) * worth, (double)c->n * worth,
                            target, alpha);
}

bool attainment_is_met(const struct capacity_count *c, double target)
{
    return c->n > 0 && (double)c->within >= target * (double)c->n;
}

double attainment_target(const struct slo *slo)
{
    return slo->kind == SLO_LATENCY ? slo->percentile / 100 : slo->share;
}
