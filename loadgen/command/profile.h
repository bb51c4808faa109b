/*
 * What the verbs of profiles share: a class as the sketch of what it asks for,
 * and a file that is only written when it was not there.
 */
#ifndef GUST_COMMAND_PROFILE_H
#define GUST_COMMAND_PROFILE_H

#include "workload/profile.h"
#include "workload/sketch.h"

/* Adds n first turns of the class, as the schedule would draw them. */
void profile_draw(const struct request_class *c, uint64_t n, struct sketch *out);

/* "poisson, 5.53/s", "gamma with CV 6, 2.57/s", "20 users". */
void profile_arrival_text(const struct arrival_plan *a, struct buf *out);

/* Creates path, which must not exist, with this text; no half file is left. */
MUST_CHECK int profile_write_new(const char *path, const struct buf *text,
                                 struct err *e);

#endif
