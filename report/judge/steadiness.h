/*
 * Steadiness: does an arm's second half look like its first? A baseline that drifts
 * is no yardstick; a canary that does is worth a look.
 */
#ifndef GUST_STEADINESS_H
#define GUST_STEADINESS_H

#include "judge/gate_result.h"

/* Checks the gating latency gates among n results. */
void steadiness_check(struct pairing *p, const struct gate_result *results, size_t n,
                      struct caveats *out);

#endif
