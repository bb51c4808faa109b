/* Retry budgets; see budget.h. */
#include "policy/budget.h"

const char *const budget_kind_names[BUDGET_KINDS] = {
    [BUDGET_NONE] = "none",         [BUDGET_THROTTLE] = "throttle",
    [BUDGET_SHARE] = "share",       [BUDGET_CONCURRENT] = "concurrent",
    [BUDGET_ADAPTIVE] = "adaptive",
};

void budget_init(struct budget *b, const struct budget_rule *rule)
{
    *b = (struct budget){.rule = rule, .tokens = rule->max};
    if (rule->window_ns > 0)
        window_init(&b->window, rule->window_ns);
}

/* Google SRE, handling overload: the client's own share of refusals. */
static bool is_adaptively_refused(struct budget *b, int64_t now_ns, double unit)
{
    window_advance(&b->window, now_ns);
    double requests = (double)b->window.sum_a, accepted = (double)b->window.sum_b;
    double p = (requests - b->rule->k * accepted) / (requests + 1);
    return unit < p;
}

bool budget_admits(struct budget *b, int64_t now_ns, double unit)
{
    bool is_admitted = true;
    if (b->rule->kind == BUDGET_ADAPTIVE)
        is_admitted = !is_adaptively_refused(b, now_ns, unit);
    if (b->rule->window_ns > 0) /* refused ones count as asked for */
        window_add(&b->window, now_ns, 1, 0);
    return is_admitted;
}

static bool is_within_share(struct budget *b, int64_t now_ns)
{
    window_advance(&b->window, now_ns);
    double seconds = (double)b->rule->window_ns / (double)NS_PER_S;
    double allowed =
        b->rule->share * (double)b->window.sum_a + b->rule->floor * seconds;
    if ((double)b->window.sum_b + 1 > allowed)
        return false;
    window_add(&b->window, now_ns, 0, 1);
    return true;
}

bool budget_allows_retry(struct budget *b, int64_t now_ns, uint64_t in_flight,
                         uint64_t retrying, double unit)
{
    double allowed = b->rule->share * (double)in_flight;
    switch (b->rule->kind) {
    case BUDGET_NONE:
        return true;
    case BUDGET_THROTTLE:
        return b->tokens > b->rule->max / 2;
    case BUDGET_SHARE:
        return is_within_share(b, now_ns);
    case BUDGET_CONCURRENT:
        if (allowed < b->rule->floor)
            allowed = b->rule->floor;
        return (double)retrying + 1 <= allowed;
    case BUDGET_ADAPTIVE:
        return budget_admits(b, now_ns, unit);
    case BUDGET_KINDS:
        break;
    }
    bug("no such budget");
}

void budget_ended(struct budget *b, int64_t now_ns, bool is_ok, bool is_failure)
{
    if (b->rule->kind == BUDGET_ADAPTIVE && !is_failure)
        window_add(&b->window, now_ns, 0, 1);
    if (b->rule->kind != BUDGET_THROTTLE)
        return;
    b->tokens += is_ok ? b->rule->ratio : is_failure ? -1.0 : 0.0;
    if (b->tokens > b->rule->max)
        b->tokens = b->rule->max;
    if (b->tokens < 0)
        b->tokens = 0;
}
