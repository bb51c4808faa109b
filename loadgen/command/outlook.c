/* What a run will cost; see outlook.h. */
#include "command/outlook.h"

#include "base/money.h"
#include "base/units.h"
#include "workload/demand.h"

#include <math.h>

#define WALK_MAX UINT64_C(1000000) /* requests of an open loop */
#define WALK_CLOSED UINT64_C(20000)
#define WALK_RATE 1000.0
#define HOUR_S 3600.0

/* How much of the load an arm gets. */
static double share_of(const struct plan *plan, uint32_t arm)
{
    if (plan->split != SPLIT_SHARE)
        return 1;
    return arm == 0 ? 1 - plan->canary_share : plan->canary_share;
}

static void class_prices(const struct plan *plan, uint32_t target,
                         struct demand_price out[PROFILE_CLASSES_MAX])
{
    for (size_t c = 0; c < plan->profile->class_count; c++)
        out[c] = demand_price_of(&plan->pricing.prices[target][c]);
}

/* Every attempt that the policy allows, at the dearest endpoint. */
static double worst_of(const struct plan *plan, const struct demand *d, uint32_t arm)
{
    struct demand_price prices[PROFILE_CLASSES_MAX] = {{{0}}};
    class_prices(plan, arm, prices);
    double most = demand_worst(d, prices);
    for (uint32_t t = plan->arms; t < plan_targets(plan); t++) {
        class_prices(plan, t, prices);
        most = fmax(most, demand_worst(d, prices));
    }
    unsigned attempts = plan->policy != NULL ? plan->policy->retry.attempts : 1;
    return most * (attempts > 1 ? attempts : 1);
}

/* Lengths do not depend on when a request comes, so of a closed loop they are drawn
 * as if it were an open one. */
static int walk_closed(const struct plan *plan, struct demand *d, struct err *e)
{
    struct profile open = *plan->profile; /* borrows what it points to */
    const struct phase phase = {.kind = PHASE_STEADY,
                                .duration_ns = INT64_MAX / 4,
                                .from = 1,
                                .to = 1,
                                .factor = 1};
    struct schedule_spec spec = plan->schedule;
    const struct demand_options o = {.duration_ns = phase.duration_ns,
                                     .requests_max = WALK_CLOSED};
    open.arrival.kind = ARRIVAL_CONSTANT;
    spec.profile = &open;
    spec.phases = &phase;
    spec.phase_count = 1;
    spec.rate_per_s = WALK_RATE;
    return demand_walk(&spec, &o, d, e);
}

static int walk_open(const struct plan *plan, struct demand *d, struct err *e)
{
    const struct demand_options o = {.duration_ns = plan->duration_ns,
                                     .requests_max = WALK_MAX};
    return demand_walk(&plan->schedule, &o, d, e);
}

/* The whole load as a multiple of what was walked; NAN: not known. */
static double scale_of(const struct plan *plan, const struct demand *d, bool is_closed)
{
    if (is_closed || (!d->is_whole && plan->is_open_ended))
        return (double)NAN;
    return d->is_whole ? 1 : (double)plan->duration_ns / (double)(d->last_due_ns + 1);
}

int outlook_of(const struct plan *plan, struct outlook *out, struct err *e)
{
    struct demand d;
    double expected = 0, worst = 0;
    bool is_closed = plan->profile->arrival.kind == ARRIVAL_CLOSED;
    if ((is_closed ? walk_closed(plan, &d, e) : walk_open(plan, &d, e)) < 0)
        return -1;
    for (uint32_t arm = 0; arm < plan->arms; arm++) {
        struct demand_price prices[PROFILE_CLASSES_MAX] = {{{0}}};
        class_prices(plan, arm, prices);
        expected += demand_expected(&d, prices) * share_of(plan, arm);
        worst += worst_of(plan, &d, arm) * share_of(plan, arm);
    }
    double scale = scale_of(plan, &d, is_closed), n = (double)d.requests;
    double seconds = plan->is_open_ended ? (double)d.last_due_ns / 1e9
                                         : (double)plan->duration_ns / 1e9;
    *out = (struct outlook){.expected = expected * scale,
                            .worst = worst * scale,
                            .each = d.requests > 0 ? expected / n : (double)NAN,
                            .each_worst = d.requests > 0 ? worst / n : (double)NAN,
                            .requests = n * scale,
                            .seconds = isfinite(scale) ? seconds : (double)NAN};
    return 0;
}

enum outlook_reach outlook_reach(const struct outlook *o, double budget,
                                 double *requests)
{
    *requests = floor(budget / o->each);
    if (budget < o->each_worst)
        return REACH_NOTHING;
    if (!isfinite(o->worst))
        return REACH_UNKNOWN;
    if (budget >= o->worst)
        return REACH_ALL;
    return budget >= o->expected ? REACH_LIKELY : REACH_PART;
}

/* --- words ------------------------------------------------------------------------- */

static void put_money(struct buf *out, double units, const char *currency)
{
    char text[MONEY_TEXT];
    buf_puts(out, money_format_units(text, units, currency));
}

static void put_count(struct buf *out, double count)
{
    char text[UNITS_TEXT];
    buf_puts(out, units_format_count(text, (uint64_t)fmin(count, 1e18)));
}

void outlook_cost(const struct outlook *o, const char *currency, struct buf *out)
{
    if (isfinite(o->worst)) {
        put_money(out, o->expected, currency);
        buf_puts(out, " expected, at most ");
        put_money(out, o->worst, currency);
    } else {
        buf_puts(out, "depends on how much the server answers");
    }
    if (!isfinite(o->each))
        return;
    buf_puts(out, "; ");
    put_money(out, 1000 * o->each, currency);
    buf_puts(out, " for 1,000 requests");
}

void outlook_budget(const struct outlook *o, double budget, const char *currency,
                    struct buf *out)
{
    double n = 0;
    char text[UNITS_TEXT];
    enum outlook_reach reach = outlook_reach(o, budget, &n);
    put_money(out, budget, currency);
    switch (reach) {
    case REACH_ALL:
        buf_puts(out, " pays for all of it, in the worst case, too");
        return;
    case REACH_LIKELY:
        buf_puts(out, " pays for what is expected, not for the worst case");
        return;
    case REACH_NOTHING:
        buf_puts(out, " does not pay for one request, which may cost ");
        put_money(out, o->each_worst, currency);
        return;
    case REACH_PART:
    case REACH_UNKNOWN:
        break;
    }
    buf_puts(out, " pays for about ");
    put_count(out, n);
    if (reach == REACH_PART) {
        buf_puts(out, " of ");
        put_count(out, o->requests);
    }
    buf_puts(out, " requests");
    if (reach == REACH_PART && isfinite(o->seconds))
        buf_printf(
            out, ", %s of the load, and ends it",
            units_format_ns(text, (int64_t)(o->seconds * n / o->requests * 1e9)));
}

void outlook_rate(const struct outlook *o, double budget_per_h, const char *currency,
                  struct buf *out)
{
    double per_h = o->expected / o->seconds * HOUR_S;
    put_money(out, budget_per_h, currency);
    buf_puts(out, " an hour is ");
    if (!isfinite(per_h)) {
        buf_puts(out, "looked at as the run goes: its rate depends on the server");
        return;
    }
    buf_puts(out, per_h > budget_per_h ? "less than" : "enough for");
    buf_puts(out, " the ");
    put_money(out, per_h, currency);
    buf_puts(out, per_h > budget_per_h
                      ? " an hour that are expected: the run would be stopped"
                      : " an hour that are expected");
}
