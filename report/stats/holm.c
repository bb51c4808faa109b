/*
 * Holm (1979): the smallest p against alpha / n, the next against alpha / (n - 1),
 * and so on; the first that fails stops the rejecting.
 */
#include "stats/holm.h"

/* How many hypotheses come before i. */
static size_t rank_of(const double *p, size_t n, size_t i)
{
    size_t rank = 0;
    for (size_t k = 0; k < n; k++)
        rank += p[k] < p[i] || (k < i && p[k] <= p[i]);
    return rank;
}

void holm(const double *p, size_t n, double alpha, struct holm *out)
{
    assert(n <= HOLM_MAX);
    size_t at[HOLM_MAX];
    for (size_t i = 0; i < n; i++)
        at[rank_of(p, n, i)] = i;
    bool is_rejecting = true;
    for (size_t rank = 0; rank < n; rank++) {
        struct holm *h = &out[at[rank]];
        h->threshold = alpha / (double)(n - rank);
        is_rejecting = is_rejecting && p[at[rank]] <= h->threshold;
        h->is_rejected = is_rejecting;
    }
}
