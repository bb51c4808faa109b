/* Ends what takes too long; see overdue.h. */
#include "engine/overdue.h"

#include "engine/deadline.h"

/* The clock is read once for all streams: there may be thousands. */
struct round {
    const struct plan *plan;
    int64_t now_ns;
};

static void check_timers(void *context, struct slot *s)
{
    const struct round *r = context;
    if (s->is_warm_up)
        return;
    enum timer_fired timer = deadline_passed(&r->plan->timers, &s->exchange, r->now_ns);
    if (r->plan->policy != NULL && timer == TIMER_NONE &&
        r->now_ns >= s->journey.deadline_ns)
        timer = TIMER_TOTAL;
    if (timer != TIMER_NONE)
        slot_abort(s, timer);
}

void overdue_abort(struct sockets *sockets, int64_t now_ns)
{
    struct round round = {.plan = sockets->plan, .now_ns = now_ns};
    sockets_each_active(sockets, check_timers, &round);
}

static void censor(void *context, struct slot *s)
{
    (void)context;
    if (!s->is_warm_up)
        slot_abort(s, TIMER_RUN_END);
}

void overdue_censor(struct sockets *sockets)
{
    sockets_each_active(sockets, censor, NULL);
}
