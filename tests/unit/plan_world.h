/*
 * A small plan for tests of the engine: a profile from its classes and arrival,
 * and phases of the test's own.
 */
#ifndef GUST_PLAN_WORLD_H
#define GUST_PLAN_WORLD_H

#include "check.h"

#include "engine/plan.h"

#include <stdlib.h>

/* A class of constant lengths; more: further members, each with a comma before. */
#define CHAT_CLASS(more)                                                               \
    "{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":20,\"output\":10" more "}"

struct plan_world {
    struct profile *profile;
    struct plan plan;
};

static inline struct plan_world plan_world_new(const char *classes, const char *arrival,
                                               const struct phase *phases, size_t n)
{
    char text[4096];
    struct err e = {0};
    struct plan_world w = {0};
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"world\",\"title\":\"A world\",\"classes\":[%s],"
                   "\"arrival\":{%s}}",
                   classes, arrival);
    w.profile = profile_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    if (w.profile == NULL)
        abort();
    w.plan = (struct plan){.profile = w.profile,
                           .schedule = {.profile = w.profile,
                                        .phases = phases,
                                        .phase_count = n,
                                        .seed = 7,
                                        .rate_per_s = w.profile->arrival.rate_per_s,
                                        .users = w.profile->arrival.users},
                           .arms = 1,
                           .threads = 1,
                           .shards = 1,
                           .max_in_flight = 100};
    for (size_t i = 0; i < n; i++)
        w.plan.duration_ns += phases[i].duration_ns;
    return w;
}

static inline void plan_world_release(struct plan_world *w)
{
    profile_free(w->profile);
}

#endif
