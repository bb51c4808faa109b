/*
 * SLO guards: absolute limits that the canary must keep whatever the baseline does.
 */
#ifndef GUST_SLO_GUARD_H
#define GUST_SLO_GUARD_H

#include "judge/gate_result.h"

enum guard_state {
    GUARD_KEPT,
    GUARD_MISSED,  /* missed in what was measured: no GO */
    GUARD_BROKEN,  /* missed, and proven: NO-GO */
    GUARD_NO_DATA, /* this SLO is not judged here, or nothing was measured */
};

extern const char *const guard_state_names[GUARD_NO_DATA + 1];

struct guard_result {
    struct slo slo;
    char text[64];
    enum guard_state state;
    double baseline, canary; /* share within the limit, or that succeeded */
    double wanted;           /* share that the SLO asks for */
    double p_broken;         /* of "the SLO is kept"; shares: 1 or below 0.01 */
    double p_kept;           /* of "the SLO is broken"; shares: 1 */
    double low, high;        /* 90 % interval of the canary's; shares: 0..1 */
    uint64_t n;
};

/* alpha: of a proof; kappa as of a gate. */
void guard_judge(struct pairing *p, const struct slo *slo, double kappa, double alpha,
                 bool is_strict, struct guard_result *out);

#endif
