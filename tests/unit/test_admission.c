/*
 * Admission: requests leave when they are due, or when the limit allows, and the time
 * between the two is their queue.
 */
#include "engine/admission.h"

#include "plan_world.h"

#define S NS_PER_S

static const struct phase one_minute[] = {
    {.kind = PHASE_STEADY, .duration_ns = 60 * NS_PER_S, .is_measured = true},
};

/* 54 s fill the budget of 60 a minute: 1.111 s a request, three at once. */
static struct plan_world limited(bool respects_limits)
{
    struct plan_world w = plan_world_new(
        CHAT_CLASS(""), "\"kind\":\"constant\",\"rate\":1", one_minute, 1);
    struct ratelimit *r = &w.plan.targets[0].limits;
    w.plan.drain_ns = 10 * S;
    w.plan.respects_limits = respects_limits;
    w.plan.targets[0].base_url = w.plan.targets[1].base_url = "http://one";
    for (size_t i = 0; i < PLAN_ARMS_MAX; i++) {
        w.plan.targets[i].prompt.profile = w.plan.profile;
        w.plan.targets[i].prompt.dialect = dialect_find("openai");
    }
    ratelimit_reset(r);
    r->count = 1;
    r->budgets[0] = (struct ratelimit_budget){.thing = RATELIMIT_REQUESTS,
                                              .window_s = 60,
                                              .limit = 60,
                                              .remaining = 60,
                                              .reset_ns = RATELIMIT_UNKNOWN};
    w.plan.targets[1].limits = *r;
    return w;
}

static struct arrival due_at(int64_t due_ns)
{
    return (struct arrival){.due_ns = due_ns, .prompt_tokens = 20, .output_tokens = 10};
}

static const uint16_t first_arm[] = {0};

static void without_the_option_all_leave_when_due(void)
{
    struct plan_world w = limited(false);
    struct admission a;
    admission_init(&a, &w.plan);
    for (int i = 0; i < 100; i++) {
        struct arrival x = due_at(i);
        CHECK_INT(admission_leave_ns(&a, &x, 0), i);
        CHECK_INT(admission_take(&a, &x, first_arm, 1, 5 * S), 0);
    }
    CHECK_INT(a.held, 0);
    plan_world_release(&w);
}

/* Due at once, ten of them: three leave, the others at the pace of the limit, each
 * with the time it was kept, whoever is late. */
static void waiting_is_queue_and_lateness_is_not(void)
{
    struct plan_world w = limited(true);
    struct admission a;
    int64_t now_ns = 0;
    admission_init(&a, &w.plan);
    for (int i = 0; i < 10; i++) {
        struct arrival x = due_at(0);
        int64_t leave_ns = admission_leave_ns(&a, &x, now_ns);
        int64_t late_ns = i == 7 ? 200 * NS_PER_MS : 0;
        now_ns = leave_ns + late_ns;
        CHECK_INT(admission_leave_ns(&a, &x, now_ns), leave_ns);
        CHECK_INT(admission_take(&a, &x, first_arm, 1, now_ns), leave_ns);
        CHECK(i < 3 ? leave_ns == 0 : leave_ns > 0);
    }
    CHECK_INT(a.held, 7);
    CHECK_NEAR((double)now_ns / 1e9, 7 * 60.0 / 54, 0.21);
    plan_world_release(&w);
}

/* Told to wait, and then the server gives back: what left earlier than thought was
 * kept until it left, and the next one is not thought to have been kept. */
static void a_hold_may_end_early(void)
{
    struct plan_world w = limited(true);
    struct admission a;
    admission_init(&a, &w.plan);
    struct arrival x = due_at(1 * S);
    a.allowances[0].hold_until_ns = 20 * S;
    CHECK_INT(admission_leave_ns(&a, &x, 2 * S), 20 * S);
    a.allowances[0].hold_until_ns = 0;
    CHECK_INT(admission_leave_ns(&a, &x, 5 * S), 1 * S);
    CHECK_INT(admission_take(&a, &x, first_arm, 1, 5 * S), 4 * S);
    x = due_at(6 * S);
    CHECK_INT(admission_leave_ns(&a, &x, 7 * S), 6 * S);
    CHECK_INT(admission_take(&a, &x, first_arm, 1, 7 * S), 0);
    plan_world_release(&w);
}

static void what_never_may_leave_waits_for_the_end(void)
{
    struct plan_world w = limited(true);
    struct admission a;
    admission_init(&a, &w.plan);
    a.allowances[0].is_used_up = true;
    struct arrival x = due_at(1 * S);
    CHECK_INT(admission_leave_ns(&a, &x, 2 * S), 71 * S);
    plan_world_release(&w);
}

/* Both arms at one address draw on one budget; at two, each has its own. */
static void arms_at_one_address_share(void)
{
    static const uint16_t both[] = {0, 1};
    for (int is_shared = 0; is_shared < 2; is_shared++) {
        struct plan_world w = limited(true);
        struct admission a;
        w.plan.arms = 2;
        w.plan.split = SPLIT_MIRROR;
        w.plan.targets[1].base_url = is_shared ? "http://one" : "http://two";
        admission_init(&a, &w.plan);
        struct arrival x = due_at(0);
        unsigned at_once = 0;
        while (admission_leave_ns(&a, &x, 0) <= 0) {
            (void)admission_take(&a, &x, both, 2, 0);
            at_once++;
        }
        CHECK_INT(at_once, is_shared ? 2 : 3);
        plan_world_release(&w);
    }
}

int main(void)
{
    RUN(without_the_option_all_leave_when_due);
    RUN(waiting_is_queue_and_lateness_is_not);
    RUN(a_hold_may_end_early);
    RUN(what_never_may_leave_waits_for_the_end);
    RUN(arms_at_one_address_share);
    return check_report();
}
