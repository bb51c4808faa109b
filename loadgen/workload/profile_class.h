/* One element of a profile's "classes": for profile.c only. */
#ifndef GUST_PROFILE_CLASS_H
#define GUST_PROFILE_CLASS_H

#include "workload/profile.h"

/* Fills *out, which the caller releases also after a failure. The weight is as
 * written; the profile normalises. */
MUST_CHECK int profile_class_parse(const struct jnode *n, struct request_class *out,
                                   struct err *e);
/* The member "name", which becomes a tag of logs, a metric label or a folder's
 * name: 1 .. max letters, digits, - and _. *out is the caller's. */
MUST_CHECK int profile_name_parse(const struct jnode *n, size_t max, char **out,
                                  struct err *e);
void profile_class_release(struct request_class *c);

#endif
