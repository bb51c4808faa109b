/*
 * Comparability: may these two arms be compared at all? Each rule that is broken
 * becomes a caveat; the rules and their limits come from the policy.
 */
#ifndef GUST_COMPARABILITY_H
#define GUST_COMPARABILITY_H

#include "judge/caveat.h"
#include "judge/pairing.h"

/* planned_ratio: canary requests per baseline request; is_live: the runs may still
 * be running. */
void comparability_check(struct pairing *p, double planned_ratio, bool is_live,
                         struct caveats *out);

#endif
