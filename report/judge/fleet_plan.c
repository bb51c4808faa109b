/* How many replicas a rate needs; see fleet_plan.h. */
#include "judge/fleet_plan.h"

#include <math.h>

#define REQUESTS_LEAST 20000.0
#define REQUESTS_MOST 300000.0
#define REQUESTS_PER_SLOT 4.0
#define WIDTH 1.01
#define RATE_WIDTH 1.02

/* Enough for every simulated slot to be used several times, and for a p99. */
static uint64_t requests_for(const struct plan_ask *ask, double replicas)
{
    double slots = fmin(replicas, FLEET_SAMPLE) * ask->fit->server.slots;
    return (uint64_t)fmin(fmax(slots * REQUESTS_PER_SLOT, REQUESTS_LEAST),
                          REQUESTS_MOST);
}

void plan_look(const struct plan_ask *ask, double replicas, double rate_per_s,
               enum fleet_route route, struct fleet_result *out)
{
    struct fleet_limit limits[FLEET_LIMITS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < ask->goal_count; i++)
        if (!ask->goals[i].is_goodput)
            limits[n++] =
                (struct fleet_limit){ask->goals[i].metric, ask->goals[i].limit_s};
    uint64_t requests = requests_for(ask, replicas);
    struct fleet_spec spec = {
        .server = ask->fit->server,
        .replicas = (uint64_t)replicas,
        .route = route,
        .rate_per_s = rate_per_s,
        .lengths = ask->lengths,
        .length_count = ask->length_count,
        .requests = requests,
        .warm_up = requests / 4,
        .limits = limits,
        .limit_count = n,
        .seed = ask->seed,
    };
    fleet_run(&spec, out);
}

bool plan_holds(const struct plan_ask *ask, const struct fleet_result *r)
{
    size_t limit = 0;
    bool is_held = r->refused == 0;
    for (size_t i = 0; i < ask->goal_count; i++) {
        const struct plan_goal *g = &ask->goals[i];
        uint64_t within = g->is_goodput ? r->good : r->within[limit++];
        is_held &= (double)within >= g->share * (double)r->requests;
    }
    return is_held;
}

static bool holds(const struct plan_ask *ask, double replicas, double rate_per_s,
                  enum fleet_route route)
{
    struct fleet_result r;
    plan_look(ask, replicas, rate_per_s, route, &r);
    return plan_holds(ask, &r);
}

/* The least number that holds, to 1 % of it; NAN: eight times the measured does not. */
static double needed_on_paper(const struct plan_ask *ask, double measured,
                              enum fleet_route route)
{
    double low = 0, high = measured;
    while (!holds(ask, high, ask->rate_per_s, route)) {
        low = high;
        high *= 2;
        if (high > 8 * measured)
            return (double)NAN;
    }
    if (low == 0)
        low = floor(measured / 4);
    while (high - low > fmax(1, floor(high * (WIDTH - 1)))) {
        double middle = floor((low + high) / 2);
        if (holds(ask, middle, ask->rate_per_s, route))
            high = middle;
        else
            low = middle;
    }
    return high;
}

void plan_make(const struct plan_ask *ask, struct plan *out)
{
    assert(ask->rate_per_s > 0 && ask->per_replica > 0 && ask->spare >= 0);
    *out = (struct plan){0};
    out->measured = fmax(ceil(ask->rate_per_s / ask->per_replica - 1e-9), 1);
    out->needed = out->measured;
    out->is_trusted = ask->fit != NULL && ask->fit->typical <= PLAN_TRUSTED &&
                      out->measured * 8 <= PLAN_REPLICAS_MAX;
    for (int route = 0; route < FLEET_ROUTES; route++)
        out->paper[route] = out->is_trusted ? needed_on_paper(ask, out->measured,
                                                              (enum fleet_route)route)
                                            : (double)NAN;
    if (isfinite(out->paper[FLEET_ROUND_ROBIN]))
        out->needed = fmax(out->needed, out->paper[FLEET_ROUND_ROBIN]);
    out->total = out->needed + ask->spare;
    if (!out->is_trusted)
        return;
    plan_look(ask, out->needed, ask->rate_per_s, FLEET_ROUND_ROBIN, &out->at_needed);
    plan_look(ask, out->total, ask->rate_per_s, FLEET_ROUND_ROBIN, &out->at_total);
}

double plan_rate_of(const struct plan_ask *ask, double replicas, enum fleet_route route)
{
    double low = 0, high = 2 * ask->per_replica;
    while (holds(ask, replicas, high * replicas, route) && high < 1e6) {
        low = high;
        high *= 2;
    }
    if (low == 0) {
        low = high / 64;
        if (!holds(ask, replicas, low * replicas, route))
            return 0;
    }
    while (high > low * RATE_WIDTH) {
        double middle = sqrt(low * high);
        if (holds(ask, replicas, middle * replicas, route))
            low = middle;
        else
            high = middle;
    }
    return low;
}
