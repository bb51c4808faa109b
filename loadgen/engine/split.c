/* Which arms a request goes to; see split.h. */
#include "engine/split.h"

static unsigned keep_arm(const struct arrival *a, uint16_t arms[PLAN_ARMS_MAX])
{
    arms[0] = a->arms & split_bit(0) ? 0 : 1;
    return 1;
}

unsigned split_arms(const struct plan *plan, const struct arrival *a,
                    uint16_t arms[PLAN_ARMS_MAX])
{
    if (a->arms != 0)
        return keep_arm(a, arms);
    struct rng r;
    rng_init(&r, plan->schedule.seed, RNG_ARM, a->number);
    switch (plan->split) {
    case SPLIT_FIRST:
        arms[0] = 0;
        return 1;
    case SPLIT_MIRROR:
        arms[0] = rng_below(&r, 2) == 1;
        arms[1] = arms[0] == 0;
        return 2;
    case SPLIT_SHARE:
        arms[0] = rng_unit(&r) < plan->canary_share;
        return 1;
    }
    bug("unknown split");
}
