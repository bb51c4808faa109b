/*
 * Lost requests; see lost.h. A request that failed has no latency, and leaving it
 * out would make a server look faster the more it fails. So it counts as longer
 * than everything measured. When our own timers ended all of them we know more:
 * each took at least as long as its timer.
 */
#include "judge/lost.h"

#define BIT(m) (UINT32_C(1) << METRIC_##m)

/* Metrics of requests. A class whose successes never have the metric (no stream)
 * does not have it when it fails either; of a class without any success that is
 * unknown, so it counts in the first set. */
static const uint32_t lost_always =
    BIT(TTFT) | BIT(TTFT_SENT) | BIT(TPOT) | BIT(E2E) | BIT(E2E_SENT) | BIT(TTFB);
static const uint32_t lost_if_seen = BIT(TTFT_ANSWER);

/* What a timer that ended a request proves about a metric. */
static const struct {
    uint32_t metrics;
    enum outcome outcome;
    size_t limit; /* of the summary, microseconds */
} bound_rows[] = {
    {BIT(TTFT) | BIT(TTFT_SENT) | BIT(TTFT_ANSWER) | BIT(E2E) | BIT(E2E_SENT),
     OUTCOME_TTFT_TIMEOUT, offsetof(struct summary, ttft_limit_us)},
    {BIT(E2E) | BIT(E2E_SENT), OUTCOME_TOTAL_TIMEOUT,
     offsetof(struct summary, total_limit_us)},
};

static bool is_lost_in(const struct class_summary *c, size_t m)
{
    uint32_t bit = UINT32_C(1) << m;
    if (((lost_always | lost_if_seen) & bit) == 0)
        return false;
    if (c->values[m] > 0)
        return true;
    return (lost_always & bit) != 0 && c->window.succeeded == 0;
}

/* The bound that outcome o proves for metric m; 0: none. */
static int64_t bound_of(const struct summary *s, size_t m, size_t o)
{
    for (size_t i = 0; i < ARRAY_LEN(bound_rows); i++)
        if (bound_rows[i].outcome == o && (bound_rows[i].metrics >> m & 1) != 0)
            return *(const int64_t *)(const void *)((const char *)s +
                                                    bound_rows[i].limit);
    return 0;
}

static bool is_loss(size_t o)
{
    return outcome_rows[o].kind == KIND_FAILED || outcome_rows[o].kind == KIND_CENSORED;
}

/* What all lost requests exceeded: the least bound; 0 when one of them has none. */
static int64_t beyond_us(const struct summary *s, const struct totals *t, size_t m)
{
    int64_t least = INT64_MAX;
    for (size_t o = 0; o < OUTCOME_COUNT; o++) {
        if (t->outcomes[o] == 0 || !is_loss(o))
            continue;
        int64_t bound = bound_of(s, m, o);
        least = bound < least ? bound : least;
    }
    return least == INT64_MAX ? 0 : least;
}

void lost_count(struct summary *s)
{
    for (size_t m = 0; m < METRIC_COUNT; m++) {
        for (size_t i = 0; i < s->class_count; i++) {
            struct class_summary *c = &s->classes[i];
            if (!is_lost_in(c, m))
                continue;
            c->latency[m].lost = c->window.failed + c->window.censored;
            c->latency[m].beyond_us = beyond_us(s, &c->window, m);
            s->latency[m].lost += c->latency[m].lost;
        }
        s->latency[m].beyond_us = beyond_us(s, &s->window, m);
    }
}
