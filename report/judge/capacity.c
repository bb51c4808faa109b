/* What a search for the capacity found; see capacity.h. */
#include "judge/capacity.h"

#include <math.h>
#include <stdlib.h>

const char *const capacity_axes[CAPACITY_AXES] = {"rate", "users"};
const char *const capacity_phases[CAPACITY_PHASES] = {
    "unloaded", "bracket", "bisect", "recheck", "confirm", "soak", "overload",
};
const char *const capacity_states[CAPACITY_STATES] = {"pass", "fail", "unsure",
                                                      "invalid"};
const char *const capacity_verdicts[CAPACITY_VERDICTS] = {
    "found", "at_least", "never", "generator", "incomplete",
};

void capacity_init(struct capacity *c)
{
    double unknown = (double)NAN;
    *c = (struct capacity){
        .verdict = CAPACITY_INCOMPLETE,
        .feasible_max = unknown,
        .infeasible_min = unknown,
        .confidence = unknown,
        .knee = unknown,
        .replicas = unknown,
        .headroom = unknown,
        .usl = {unknown, unknown, unknown, unknown},
        .recovery_s = unknown,
        .elapsed_s = unknown,
        .spent = unknown,
    };
}

void capacity_release(struct capacity *c)
{
    free(c->profile);
    free(c->target);
    free(c->model);
    free(c->started);
    for (size_t i = 0; i < c->slo_count; i++)
        free(c->slos[i]);
    free(c->points);
    *c = (struct capacity){0};
}

bool capacity_add(struct capacity *c, const struct capacity_point *p)
{
    if (c->point_count == CAPACITY_POINTS_MAX)
        return false;
    c->points = xrealloc_array(c->points, c->point_count + 1, sizeof *c->points);
    c->points[c->point_count++] = *p;
    return true;
}
