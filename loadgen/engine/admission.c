/* Admission under --respect-limits; see admission.h. */
#include "engine/admission.h"

#include "engine/split.h"

#include <string.h>

/* Arms at one address share its limits. */
static struct allowance *allowance_of(struct admission *a, uint16_t arm)
{
    const struct target *t = a->plan->targets;
    bool is_shared = arm > 0 && strcmp(t[arm].base_url, t[0].base_url) == 0;
    return &a->allowances[is_shared ? 0 : arm];
}

void admission_init(struct admission *a, const struct plan *plan)
{
    *a = (struct admission){.plan = plan};
    for (uint16_t arm = 0; plan->respects_limits && arm < plan->arms; arm++)
        allowance_learn(allowance_of(a, arm), &plan->targets[arm].limits, true, 0);
}

/* Tokens that the request is expected to be charged. */
static int64_t tokens_of(const struct plan *plan, uint16_t arm, const struct arrival *a)
{
    uint32_t prompt = prompt_expected_tokens(&plan->targets[arm].prompt, a);
    uint32_t asked = a->history_tokens + a->prompt_tokens + a->suffix_tokens;
    return (int64_t)(prompt > 0 ? prompt : asked) + a->output_tokens;
}

int64_t admission_leave_ns(struct admission *a, const struct arrival *first,
                           int64_t now_ns)
{
    const struct plan *plan = a->plan;
    uint16_t arms[PLAN_ARMS_MAX];
    int64_t leave_ns = first->due_ns;
    int64_t end_ns = plan->duration_ns + plan->drain_ns + NS_PER_S;
    if (!plan->respects_limits)
        return leave_ns;
    unsigned n = split_arms(plan, first, arms);
    for (unsigned i = 0; i < n; i++) {
        int64_t ready_ns = allowance_ready_ns(allowance_of(a, arms[i]),
                                              tokens_of(plan, arms[i], first));
        leave_ns = ready_ns > leave_ns ? ready_ns : leave_ns;
    }
    leave_ns = leave_ns < end_ns ? leave_ns : end_ns;
    if (leave_ns > now_ns && leave_ns > first->due_ns)
        a->held_until_ns = leave_ns;
    return leave_ns;
}

int64_t admission_take(struct admission *a, const struct arrival *first,
                       const uint16_t *arms, unsigned arm_count, int64_t now_ns)
{
    if (!a->plan->respects_limits)
        return 0;
    for (unsigned i = 0; i < arm_count; i++)
        allowance_take(allowance_of(a, arms[i]), tokens_of(a->plan, arms[i], first),
                       now_ns);
    if (a->held_until_ns > now_ns) /* it was allowed earlier than thought */
        a->held_until_ns = now_ns;
    if (a->held_until_ns <= first->due_ns)
        return 0;
    a->held++;
    return a->held_until_ns - first->due_ns;
}

void admission_again(struct admission *a, const struct slot *s, int64_t now_ns)
{
    if (a->plan->respects_limits)
        allowance_take(allowance_of(a, s->arm), tokens_of(a->plan, s->arm, &s->arrival),
                       now_ns);
}

/* What the server was seen to charge; where it says nothing, what was expected. */
static int64_t used_by(const struct exchange *x, enum outcome outcome, int64_t expected)
{
    if (outcome == OUTCOME_RATE_LIMITED)
        return 0;
    if (!x->usage.is_present)
        return expected;
    return (int64_t)x->usage.prompt_tokens - x->usage.cached_tokens +
           x->usage.completion_tokens;
}

void admission_ended(struct admission *a, const struct slot *s, enum outcome outcome,
                     int64_t now_ns)
{
    const struct exchange *x = &s->exchange;
    struct allowance *allowance = allowance_of(a, s->arm);
    if (!a->plan->respects_limits)
        return;
    int64_t expected = tokens_of(a->plan, s->arm, &s->arrival);
    allowance_correct(allowance, expected, used_by(x, outcome, expected));
    allowance_learn(allowance, &x->limits, false, now_ns);
    if (outcome == OUTCOME_RATE_LIMITED)
        allowance_refused(allowance, &x->limits, now_ns);
}
