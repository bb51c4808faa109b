/*
 * A gradual rollout: weights one after the other, each set by a hook and judged
 * before the next; a NO-GO rolls back.
 */
#ifndef GUST_ROLLOUT_H
#define GUST_ROLLOUT_H

#include "base/command.h"

/* Drives the steps of a canary invocation; the exit code is the last verdict's, 3
 * when a weight could not be set, 6 when a rollback failed. */
int rollout(const struct invocation *in);

/* One run of both arms, judged and printed, into out_dir (NULL: the usual one);
 * returns the exit code. Defined by the canary verb. */
int canary_trial(const struct invocation *in, const char *out_dir);

/* One request of each class to the canary. Defined by the canary verb. */
int canary_smoke(const struct invocation *in);

/* Reads "5,10,25,50,100" into at most cap ascending whole percents. */
MUST_CHECK int rollout_steps(const char *text, unsigned *steps, size_t cap,
                             size_t *count, struct err *e);

#endif
