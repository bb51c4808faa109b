/*
 * Judges SLOs; see slo_check.h.
 *
 * A sample has a minimum size: for a percentile the one at which it is printed
 * (contracts.md), for a share 1 / (1 - share), so that no single request decides.
 * Below it nothing is met; a miss is still certain once even a perfect rest up to
 * the minimum could not repair it.
 *
 * A histogram knows a value to 0.1 %: a percentile whose slot holds the limit
 * counts as within it.
 */
#include "judge/slo_check.h"

#include <math.h>

#define SHARE_SAMPLES_LEAST 11

static bool is_within(int64_t us, int64_t limit_us)
{
    return hist_slot_low(hist_slot(us)) <= limit_us;
}

/* good of n are within; n is below the minimum. */
static enum slo_verdict verdict_of_few(double good, uint64_t n, uint64_t needed,
                                       double limit)
{
    double best = (good + (double)(needed - n)) / (double)needed;
    return best < limit ? SLO_MISSED : SLO_NO_DATA;
}

static void check_latency(const struct summary *s, struct slo_result *row)
{
    const struct latency *l = &s->latency[row->slo.metric];
    int64_t limit_us = row->slo.limit_ns / NS_PER_US;
    row->quantile = latency_quantile(l, row->slo.percentile);
    row->n = latency_count(l);
    row->needed = row->quantile.needed;
    row->share = latency_share_within(l, limit_us);
    switch (row->quantile.state) {
    case QUANTILE_NONE:
        row->verdict = SLO_NO_DATA;
        break;
    case QUANTILE_FEW:
        row->verdict = verdict_of_few(row->share * (double)row->n, row->n, row->needed,
                                      row->slo.percentile / 100);
        break;
    case QUANTILE_VALUE:
        row->verdict = is_within(row->quantile.us, limit_us) ? SLO_MET : SLO_MISSED;
        break;
    case QUANTILE_BEYOND:
        row->verdict = SLO_MISSED;
        break;
    }
}

static void check_share(struct slo_result *row, uint64_t good, uint64_t n)
{
    double limit = row->slo.share, rest = 1 - limit;
    double needed = rest > 1e-9 ? ceil(1 / rest - 1e-6) : SHARE_SAMPLES_LEAST;
    row->n = n;
    row->needed = (uint64_t)fmax(needed, SHARE_SAMPLES_LEAST);
    row->share = n > 0 ? (double)good / (double)n : (double)NAN;
    if (n < row->needed)
        row->verdict = verdict_of_few((double)good, n, row->needed, limit);
    else
        row->verdict = row->share >= limit ? SLO_MET : SLO_MISSED;
}

void slo_check(struct summary *s)
{
    for (size_t i = 0; i < s->slo_count; i++) {
        struct slo_result *row = &s->slos[i];
        switch (row->slo.kind) {
        case SLO_LATENCY:
            check_latency(s, row);
            break;
        case SLO_SUCCESS:
            check_share(row, s->window.succeeded, s->window.scheduled);
            break;
        case SLO_GOODPUT:
            check_share(row, s->window.good, s->window.scheduled);
            break;
        }
    }
}
