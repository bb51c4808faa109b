/*
 * Hedging: a second attempt beside a slow first one; the first content wins, the
 * other is cancelled (Dean, Barroso: The Tail at Scale). Pure.
 *
 * The wait is a fixed time, or a percentile of the TTFT seen so far (of requests, from
 * the start of the first attempt; HEDGE_ENOUGH of them are needed first), computed
 * anew after each tenth. Hedges are at most `share` of the requests of the last ten
 * seconds. What is no stream has its first content when it is whole.
 *
 * LIMIT: each worker has its own; one hedge per request, beside its first attempt; one
 * percentile for all classes of requests, streams or not.
 */
#ifndef GUST_HEDGE_H
#define GUST_HEDGE_H

#include "measure/hist.h"
#include "policy/window.h"

#define HEDGE_ENOUGH 50
#define HEDGE_WINDOW_NS (10 * NS_PER_S)

struct hedge_rule {
    int64_t after_ns;  /* fixed wait; with a percentile: the least wait. 0 and no
                          percentile: no hedging */
    double percentile; /* 0: fixed */
    double share;
};

struct hedge {
    const struct hedge_rule *rule;
    struct hist *ttft;    /* owned; NULL unless a percentile is wanted */
    int64_t wait_ns;      /* as last computed; -1 not known yet */
    unsigned fresh;       /* values since */
    struct window window; /* a requests, b hedges */
};

static inline bool hedge_is_on(const struct hedge_rule *rule)
{
    return rule->after_ns > 0 || rule->percentile > 0;
}

void hedge_init(struct hedge *h, const struct hedge_rule *rule);
void hedge_release(struct hedge *h);

/* A request is sent: how long to wait for its first content, -1 for ever. */
int64_t hedge_wait_ns(struct hedge *h, int64_t now_ns);

/* A request's first content came, so long after its wire start. */
void hedge_ttft(struct hedge *h, int64_t ttft_ns);

/* The wait is over: is there room in the budget? A yes is booked. */
bool hedge_allows(struct hedge *h, int64_t now_ns);

#endif
