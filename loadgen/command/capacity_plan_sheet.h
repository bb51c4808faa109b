/*
 * What a plan says: the model between the verb, which fills it, and its sheet.
 */
#ifndef GUST_CAPACITY_PLAN_SHEET_H
#define GUST_CAPACITY_PLAN_SHEET_H

#include "command/capacity_plan.h"
#include "judge/capacity.h"
#include "judge/fleet_plan.h"
#include "measure/price.h"
#include "render/sheet.h"

struct capacity_plan {
    const struct plan_settings *settings;
    struct capacity found;
    double replicas; /* that the curve was measured with */
    struct fleet_length *lengths;
    size_t length_count;
    bool has_profile; /* lengths are the profile's, else means */
    struct plan_goal goals[FLEET_LIMITS_MAX];
    size_t goal_count;
    const char *not_on_paper; /* an objective that the paper does not know; NULL */
    const struct capacity_point *measured[FLEET_POINTS_MAX]; /* of points, alike */
    struct fleet_point points[FLEET_POINTS_MAX];
    size_t point_count;
    struct fleet_fit fit;
    bool has_fit;
    struct plan_ask ask;
    struct plan plan;
    bool has_house;
    double hour_replica;     /* with --gpu-hour */
    struct price_list *list; /* with --against */
    double api_request;      /* NAN: none */
};

void capacity_plan_sheet(const struct capacity_plan *x, int64_t wall_ns,
                         struct sheet *s);

#endif
