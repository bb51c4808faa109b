/* Is a failed attempt worth another one; see retry.h. */
#include "policy/retry.h"

#include <math.h>

const char *const retry_after_over_names[RETRY_AFTER_OVERS] = {
    [RETRY_AFTER_IGNORE] = "ignore",
    [RETRY_AFTER_CAP] = "cap",
    [RETRY_AFTER_STOP] = "stop",
};

const char *const retry_why_names[RETRY_WHYS] = {
    [RETRY_YES] = "yes",           [RETRY_NOT_THIS] = "not_retryable",
    [RETRY_CONTENT] = "content",   [RETRY_ATTEMPTS] = "attempts",
    [RETRY_TOLD_NOT] = "told_not", [RETRY_DEADLINE] = "deadline",
    [RETRY_BUDGET] = "budget",     [RETRY_BREAKER] = "breaker",
};

/* The sleep, or -1: the server asks for more patience than the policy has. A
 * Retry-After of 0 or in the past says nothing, as in the SDKs. */
static int64_t delay_of(const struct retry_rule *rule, const struct retry_facts *f,
                        double unit, double jitter_unit)
{
    const struct retry_after_rule *r = &rule->retry_after;
    int64_t own_ns =
        backoff_delay_ns(&rule->backoff, f->attempts - 1, f->previous_ns, unit);
    int64_t told_ns = f->retry_after_ns;
    if (!r->is_honoured || told_ns <= 0)
        return own_ns;
    if (r->max_ns > 0 && told_ns > r->max_ns) {
        if (r->over == RETRY_AFTER_STOP)
            return -1;
        if (r->over == RETRY_AFTER_IGNORE)
            return own_ns;
        told_ns = r->max_ns;
    }
    double told = (double)told_ns * (1 + r->jitter * jitter_unit);
    told_ns = told < 9e18 ? llround(told) : INT64_MAX;
    return r->is_least && own_ns > told_ns ? own_ns : told_ns;
}

static int64_t last_moment(const struct retry_rule *rule, const struct retry_facts *f)
{
    int64_t last_ns = f->deadline_ns;
    if (rule->max_elapsed_ns > 0 && f->due_ns + rule->max_elapsed_ns < last_ns)
        last_ns = f->due_ns + rule->max_elapsed_ns;
    return last_ns;
}

enum retry_why retry_decide(const struct retry_rule *rule, const struct retry_facts *f,
                            double unit, double jitter_unit, int64_t *delay_ns)
{
    assert(f->attempts >= 1);
    *delay_ns = 0;
    if (!outcome_in(rule->on, f->outcome))
        return RETRY_NOT_THIS;
    if (f->saw_content && !rule->restarts_content)
        return RETRY_CONTENT;
    if (f->attempts >= rule->attempts)
        return RETRY_ATTEMPTS;
    int64_t delay = f->is_elsewhere ? 0 : delay_of(rule, f, unit, jitter_unit);
    if (delay < 0)
        return RETRY_TOLD_NOT;
    if (delay >= last_moment(rule, f) - f->now_ns)
        return RETRY_DEADLINE;
    *delay_ns = delay;
    return RETRY_YES;
}
