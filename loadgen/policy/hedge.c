/* Hedging; see hedge.h. */
#include "policy/hedge.h"

void hedge_init(struct hedge *h, const struct hedge_rule *rule)
{
    *h = (struct hedge){.rule = rule, .wait_ns = -1};
    if (!hedge_is_on(rule))
        return;
    window_init(&h->window, HEDGE_WINDOW_NS);
    if (rule->percentile > 0)
        h->ttft = hist_new();
    else
        h->wait_ns = rule->after_ns;
}

void hedge_release(struct hedge *h)
{
    hist_free(h->ttft);
    *h = (struct hedge){0};
}

int64_t hedge_wait_ns(struct hedge *h, int64_t now_ns)
{
    if (!hedge_is_on(h->rule))
        return -1;
    window_add(&h->window, now_ns, 1, 0);
    return h->wait_ns;
}

void hedge_ttft(struct hedge *h, int64_t ttft_ns)
{
    if (h->ttft == NULL)
        return;
    (void)hist_record(h->ttft, hist_us(ttft_ns), 1); /* refused ones are counted */
    h->fresh++;
    if (h->ttft->total < HEDGE_ENOUGH || h->fresh < 10)
        return;
    h->fresh = 0;
    h->wait_ns = hist_percentile_us(h->ttft, h->rule->percentile) * NS_PER_US;
    if (h->wait_ns < h->rule->after_ns)
        h->wait_ns = h->rule->after_ns;
}

bool hedge_allows(struct hedge *h, int64_t now_ns)
{
    window_advance(&h->window, now_ns);
    if ((double)h->window.sum_b + 1 > h->rule->share * (double)h->window.sum_a)
        return false;
    window_add(&h->window, now_ns, 0, 1);
    return true;
}
