/* Our own timeouts; see deadline.h. */
#include "engine/deadline.h"

#include "measure/sample.h"

static bool is_over(int64_t limit_ns, int64_t spent_ns)
{
    return limit_ns > 0 && spent_ns >= limit_ns;
}

enum timer_fired deadline_passed(const struct timers *t, const struct exchange *x,
                                 int64_t now_ns)
{
    if (is_over(t->total_ns, now_ns - x->wire_ns))
        return TIMER_TOTAL;
    if (!x->ask.is_stream)
        return TIMER_NONE;
    if (x->first_content_ns == SAMPLE_UNDEFINED)
        return is_over(t->ttft_ns, now_ns - x->wire_ns) ? TIMER_TTFT : TIMER_NONE;
    return is_over(t->stall_ns, now_ns - x->last_content_ns) ? TIMER_STALL : TIMER_NONE;
}
