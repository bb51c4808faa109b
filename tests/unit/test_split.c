/* Which arms get a request, and which of them waits: over many requests, by chance. */
#include "engine/split.h"

#include "plan_world.h"

#define REQUESTS 10000

static const struct phase minute[] = {{.kind = PHASE_STEADY,
                                       .duration_ns = 60 * NS_PER_S,
                                       .from = 1,
                                       .to = 1,
                                       .factor = 1,
                                       .is_measured = true}};

/* Four standard deviations of a count of REQUESTS. */
static double chance(double share)
{
    return 4 * 100 * (share < 0.5 ? 0.3 : 0.5);
}

/* The shares of requests whose first, and whose only, arm is the canary. */
static void arms_are_dealt(void)
{
    static const struct {
        const char *name;
        enum split split;
        double canary_share, first; /* first: expected of the canary */
        unsigned arms;
    } rows[] = {
        {"one arm", SPLIT_FIRST, 0, 0, 1},
        {"mirror: neither arm always waits", SPLIT_MIRROR, 0, 0.5, 2},
        {"half each", SPLIT_SHARE, 0.5, 0.5, 1},
        {"a tenth", SPLIT_SHARE, 0.1, 0.1, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct plan_world w = plan_world_new(
            CHAT_CLASS(""), "\"kind\":\"poisson\",\"rate\":\"10/s\"", minute, 1);
        double canary = 0;
        check_row = rows[i].name;
        w.plan.split = rows[i].split;
        w.plan.canary_share = rows[i].canary_share;
        for (uint64_t number = 0; number < REQUESTS; number++) {
            const struct arrival a = {.number = number};
            uint16_t arms[PLAN_ARMS_MAX] = {9, 9}, again[PLAN_ARMS_MAX] = {9, 9};
            CHECK_INT(split_arms(&w.plan, &a, arms), rows[i].arms);
            (void)split_arms(&w.plan, &a, again);
            CHECK(arms[0] == again[0] && arms[1] == again[1]);
            CHECK(rows[i].arms == 1 || arms[0] + arms[1] == 1);
            canary += arms[0];
        }
        CHECK_NEAR(canary, rows[i].first * REQUESTS,
                   rows[i].first > 0 ? chance(rows[i].first) : 0);
        plan_world_release(&w);
    }
}

/* A turn of a conversation goes where the one before it went. */
static void turns_keep_their_arm(void)
{
    struct plan_world w = plan_world_new(
        CHAT_CLASS(""), "\"kind\":\"poisson\",\"rate\":\"10/s\"", minute, 1);
    w.plan.split = SPLIT_MIRROR;
    for (uint16_t arm = 0; arm < 2; arm++) {
        const struct arrival a = {.number = 5, .turn = 1, .arms = split_bit(arm)};
        uint16_t arms[PLAN_ARMS_MAX] = {9, 9};
        CHECK_INT(split_arms(&w.plan, &a, arms), 1);
        CHECK_INT(arms[0], arm);
    }
    plan_world_release(&w);
}

int main(void)
{
    RUN(arms_are_dealt);
    RUN(turns_keep_their_arm);
    return check_report();
}
