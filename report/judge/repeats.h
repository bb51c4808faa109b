/*
 * Repeats: with three or more runs of each arm, runs are the units. What differs
 * from run to run (another node, other neighbours) is then seen, not assumed.
 */
#ifndef GUST_REPEATS_H
#define GUST_REPEATS_H

#include "judge/gate_result.h"

#define REPEATS_MIN 3 /* runs per arm */

/* Replaces the within-run test of a quantile by a two-sample t on the runs' log
 * quantiles, when there are enough runs and each has the quantile. */
void repeats_quantile(struct pairing *p, const struct strata *strata,
                      struct gate_result *out);

/* Log quantile of one run of a side; infinite among failures, NAN without data. */
double repeats_log_quantile(struct pairing *p, enum side side, size_t run,
                            const struct gate *gate, const struct strata *strata);

#endif
