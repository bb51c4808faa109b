/*
 * How many replicas a rate needs: by what was measured, and by the fleet on paper.
 *
 * The measured line says: a replica takes its share of what was found, so a rate needs
 * so many. The paper (fleet.h, fitted) says what routing adds or takes away, what users
 * would see, and how it is at sizes that nobody measured. The greater of the two counts.
 */
#ifndef GUST_FLEET_PLAN_H
#define GUST_FLEET_PLAN_H

#include "judge/fleet_fit.h"

#define PLAN_REPLICAS_MAX 100000000.0
#define PLAN_TRUSTED 0.15 /* typical error of a fit that may decide */

/* An objective on paper: so great a share of the requests within a limit, or good
 * (within all limits). */
struct plan_goal {
    bool is_goodput;
    enum fleet_metric metric;
    double limit_s, share;
};

struct plan_ask {
    double rate_per_s;           /* > 0 */
    double per_replica;          /* measured to hold, > 0 */
    double spare;                /* replicas kept for a failure */
    const struct fleet_fit *fit; /* NULL: nothing could be fitted */
    const struct fleet_length *lengths;
    size_t length_count;
    const struct plan_goal *goals; /* at most FLEET_LIMITS_MAX */
    size_t goal_count;
    uint64_t seed;
};

struct plan {
    double measured;            /* replicas by the measured line */
    double paper[FLEET_ROUTES]; /* by the paper; NAN: it says nothing, or never */
    double needed, total;       /* what counts; with the spare ones */
    bool is_trusted;            /* the paper had a say */
    struct fleet_result at_total, at_needed; /* behind round robin; with a fit */
};

/* What a number of replicas serves at this rate, behind a route. */
void plan_look(const struct plan_ask *ask, double replicas, double rate_per_s,
               enum fleet_route route, struct fleet_result *out);

/* Do the goals hold there? */
bool plan_holds(const struct plan_ask *ask, const struct fleet_result *r);

/* Takes up to seconds. */
void plan_make(const struct plan_ask *ask, struct plan *out);

/* The greatest rate per replica that so many serve within the goals, to 2 %; 0: none. */
double plan_rate_of(const struct plan_ask *ask, double replicas,
                    enum fleet_route route);

#endif
