/* A distribution with its failures; see latency.h. */
#include "judge/latency.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>

void latency_release(struct latency *l)
{
    hist_free(l->hist);
    *l = (struct latency){0};
}

void latency_add(struct latency *l, const struct hist_bin *bins, size_t n)
{
    if (l->hist == NULL)
        l->hist = hist_new();
    hist_add_bins(l->hist, bins, n);
}

static uint64_t measured(const struct latency *l)
{
    return l->hist == NULL ? 0 : l->hist->total;
}

uint64_t latency_count(const struct latency *l)
{
    return measured(l) + l->lost;
}

struct quantile latency_quantile(const struct latency *l, double percentile)
{
    uint64_t n = latency_count(l);
    struct quantile q = {
        .needed = hist_samples_needed(percentile),
        .beyond_us = l->beyond_us,
        .lost_share = n == 0 ? 0 : (double)l->lost / (double)n,
    };
    if (n == 0)
        return q;
    if (n < q.needed) {
        q.state = QUANTILE_FEW;
        return q;
    }
    q.us = l->hist == NULL ? -1 : hist_percentile_with_us(l->hist, l->lost, percentile);
    q.state = q.us < 0 ? QUANTILE_BEYOND : QUANTILE_VALUE;
    return q;
}

double latency_share_within(const struct latency *l, int64_t limit_us)
{
    uint64_t n = latency_count(l);
    if (n == 0)
        return (double)NAN;
    double within = l->hist == NULL ? 0 : hist_count_to(l->hist, (double)limit_us);
    return within / (double)n;
}

double latency_mean_us(const struct latency *l)
{
    return measured(l) == 0 ? (double)NAN : hist_mean_us(l->hist);
}

int64_t latency_max_us(const struct latency *l)
{
    return measured(l) == 0 ? 0 : hist_max_us(l->hist);
}

const char *quantile_format(char text[QUANTILE_TEXT], const struct quantile *q)
{
    char value[UNITS_TEXT];
    switch (q->state) {
    case QUANTILE_NONE:
        (void)snprintf(text, QUANTILE_TEXT, "n/a");
        break;
    case QUANTILE_FEW:
        (void)snprintf(text, QUANTILE_TEXT, "n/a (needs %s)",
                       units_format_count(value, q->needed));
        break;
    case QUANTILE_VALUE:
        (void)snprintf(text, QUANTILE_TEXT, "%s",
                       units_format_ns(value, q->us * NS_PER_US));
        break;
    case QUANTILE_BEYOND:
        if (q->beyond_us > 0)
            (void)snprintf(text, QUANTILE_TEXT, "> %s",
                           units_format_ns(value, q->beyond_us * NS_PER_US));
        else
            (void)snprintf(text, QUANTILE_TEXT, "n/a (%.3g %% failed)",
                           q->lost_share * 100);
        break;
    }
    return text;
}
