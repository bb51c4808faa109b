/* Which endpoint does an attempt go to; see failover.h. */
#include "policy/failover.h"

void failover_init(struct failover *f, const struct failover_rule *rule)
{
    assert(rule->endpoints >= 1 && rule->endpoints <= ENDPOINTS_MAX);
    *f = (struct failover){.rule = rule};
}

/* The one place that changes the active endpoint. */
static void set_active(struct failover *f, unsigned endpoint, int64_t now_ns)
{
    assert(endpoint < f->rule->endpoints && endpoint != f->active);
    *(endpoint == 0 ? &f->counts.failbacks : &f->counts.failovers) += 1;
    f->active = endpoint;
    f->since_ns = now_ns;
    f->streak = f->tried_ok = 0;
}

static bool is_refusing(uint32_t refusing, unsigned endpoint)
{
    return (refusing >> endpoint & 1) != 0;
}

/* The first from `from` on, in a circle, that does not refuse; from if all do. */
static unsigned next_open(const struct failover *f, unsigned from, uint32_t refusing)
{
    for (unsigned i = 0; i < f->rule->endpoints; i++) {
        unsigned endpoint = (from + i) % f->rule->endpoints;
        if (!is_refusing(refusing, endpoint))
            return endpoint;
    }
    return from;
}

static bool should_try(const struct failover *f, int64_t now_ns, uint32_t refusing)
{
    return f->active != 0 && !f->is_trying && !is_refusing(refusing, 0) &&
           now_ns - f->since_ns >= f->rule->after_ns;
}

unsigned failover_choose(struct failover *f, int64_t now_ns, unsigned attempt,
                         uint32_t refusing, bool *is_try)
{
    *is_try = false;
    if (f->rule->endpoints == 1)
        return 0;
    if (!f->rule->is_sticky)
        return next_open(f, attempt % f->rule->endpoints, refusing);
    if (should_try(f, now_ns, refusing)) {
        *is_try = f->is_trying = true;
        return 0;
    }
    unsigned endpoint = next_open(f, f->active, refusing);
    /* back to 0 only through tries, unless nothing else is left */
    if (endpoint != f->active)
        set_active(f, endpoint, now_ns);
    return endpoint;
}

static void ended_try(struct failover *f, int64_t now_ns, bool is_ok, bool is_failure)
{
    f->is_trying = false;
    if (f->active == 0)
        return; /* it was changed meanwhile */
    if (is_failure) {
        f->tried_ok = 0;
        f->since_ns = now_ns;
    } else if (is_ok && ++f->tried_ok >= f->rule->successes) {
        set_active(f, 0, now_ns);
    }
}

void failover_ended(struct failover *f, int64_t now_ns, unsigned endpoint, bool is_try,
                    bool is_ok, bool is_failure)
{
    if (is_try) {
        ended_try(f, now_ns, is_ok, is_failure);
        return;
    }
    if (endpoint != f->active || f->rule->endpoints == 1 || !f->rule->is_sticky)
        return;
    if (is_ok)
        f->streak = 0;
    if (is_failure && ++f->streak >= f->rule->failures)
        set_active(f, (f->active + 1) % f->rule->endpoints, now_ns);
}
