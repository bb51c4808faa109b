/*
 * Halves against each other; see steadiness.h. A drift counts when it is proven at
 * a small level and larger than what the gate tolerates: at high rates every drift
 * can be proven, and most do not matter.
 */
#include "judge/steadiness.h"

#include <math.h>

static const struct {
    enum side side;
    const char *name;
    enum caveat_code code;
} side_rows[] = {
    {SIDE_BASELINE, "baseline", CAVEAT_CODE_BASELINE_UNSTABLE},
    {SIDE_CANARY, "canary", CAVEAT_CODE_CANARY_CHANGES},
};

void steadiness_check(struct pairing *p, const struct gate_result *results, size_t n,
                      struct caveats *out)
{
    double alpha = p->policy->limits.unstable_alpha;
    for (size_t i = 0; i < n; i++) {
        const struct gate_result *r = &results[i];
        if (!r->is_gating || !r->is_latency || !r->is_eligible || !r->is_defined)
            continue;
        for (size_t k = 0; k < ARRAY_LEN(side_rows); k++) {
            double change = 0;
            double probability =
                gate_halves_p(p, side_rows[k].side, r->gate, r->noise, &change);
            if (probability < alpha)
                caveats_add(
                    out, side_rows[k].code, r->gate->name,
                    "%s of the %s changed by %.3g %% from its first half to its "
                    "second",
                    r->gate->name, side_rows[k].name, expm1(change) * 100);
        }
    }
}
