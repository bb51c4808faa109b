/* The alarm: how early a request is begun, learnt from what its way takes. */
#include "engine/alarm.h"

#include "base/clock.h"
#include "base/rng.h"
#include "check.h"

#define US NS_PER_US

/* It fires for n requests, each of which takes what the function says. */
static void fire(struct alarm *a, int n, int64_t (*took_ns)(struct rng *r))
{
    struct rng r;
    rng_init(&r, 1, RNG_ARRIVAL, 0);
    for (int i = 0; i < n; i++) {
        int64_t due_ns = (i + 1) * NS_PER_MS;
        a->armed_ns = due_ns; /* alarm_set less the kernel's part */
        alarm_clear(a);
        CHECK(alarm_is_time(a, due_ns, due_ns - a->lead_ns));
        alarm_learn(a, due_ns - a->lead_ns + took_ns(&r));
    }
}

static int64_t between_30_and_70_us(struct rng *r)
{
    return 30 * US + (int64_t)(rng_unit(r) * 40 * US);
}

static int64_t a_second(struct rng *r)
{
    (void)r;
    return NS_PER_S;
}

static int64_t nothing(struct rng *r)
{
    (void)r;
    return 0;
}

static struct alarm made(enum pace pace)
{
    struct alarm a;
    CHECK_INT(alarm_init(&a, pace), 0);
    return a;
}

static void the_lead_covers_a_share_of_the_ways(void)
{
    struct alarm timer = made(PACE_TIMER), spin = made(PACE_SPIN);
    fire(&timer, 5000, between_30_and_70_us);
    CHECK_NEAR((double)timer.lead_ns, 40e3, 5e3); /* a quarter */
    fire(&spin, 5000, between_30_and_70_us);
    CHECK_NEAR((double)spin.lead_ns, 66e3, 5e3); /* nine of ten */
    alarm_release(&timer);
    alarm_release(&spin);
}

static void the_lead_has_bounds(void)
{
    struct alarm a = made(PACE_TIMER);
    int64_t before_ns = a.lead_ns;
    fire(&a, 10, a_second); /* ten stalls move it by steps */
    CHECK(a.lead_ns > before_ns && a.lead_ns <= before_ns + 10 * US);
    fire(&a, 1000, a_second);
    CHECK_INT(a.lead_ns, ALARM_LEAD_MAX_NS);
    fire(&a, 1000, nothing);
    CHECK_INT(a.lead_ns, 0);
    alarm_release(&a);
}

static void only_what_it_fired_for_is_early_and_teaches(void)
{
    struct alarm a = made(PACE_TIMER);
    a.lead_ns = 50 * US;
    CHECK(!alarm_is_time(&a, NS_PER_MS, NS_PER_MS - 1));
    CHECK(alarm_is_time(&a, NS_PER_MS, NS_PER_MS));
    alarm_learn(&a, NS_PER_MS + 70 * US);
    CHECK_INT(a.lead_ns, 50 * US);
    a.armed_ns = NS_PER_MS;
    alarm_clear(&a);
    CHECK(alarm_is_time(&a, NS_PER_MS, NS_PER_MS - 50 * US));
    CHECK(!alarm_is_time(&a, NS_PER_MS, NS_PER_MS - 50 * US - 1));
    alarm_learn(&a, -1); /* waits for a connection: its way says nothing */
    CHECK_INT(a.lead_ns, 50 * US);
    CHECK(!alarm_is_time(&a, 2 * NS_PER_MS, 2 * NS_PER_MS - 1));
    alarm_release(&a);
}

int main(void)
{
    RUN(the_lead_covers_a_share_of_the_ways);
    RUN(the_lead_has_bounds);
    RUN(only_what_it_fired_for_is_early_and_teaches);
    return check_report();
}
