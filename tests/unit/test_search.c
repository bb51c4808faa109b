/*
 * The search against servers whose capacity is known: a step, a noisy logistic curve,
 * and a queue whose waits Erlang computed. The lines with counts are printed, so that
 * they can be looked at.
 */
#include "judge/search.h"

#include "base/rng.h"
#include "check.h"

#include <math.h>

#define TRIALS_MAX 200

static struct search_rules rules_of(double start, double most)
{
    struct search_rules r = {.start = start,
                             .most = most,
                             .factor = 2,
                             .width = 0.05,
                             .step = 0.03,
                             .alpha = 0.05,
                             .confirms = 3,
                             .repeats = 1,
                             .seed = 100,
                             .slo_count = 1,
                             .targets = {0.95}};
    return r;
}

/* --- a step: everything holds up to the edge, nothing above -------------------------- */

static struct search_answer answer_of(enum capacity_state state, double rate)
{
    uint64_t within = state == CAPACITY_FAIL ? 100 : 400;
    struct search_answer a = {
        .state = state, .rate = rate, .counts = {{within, 400, 400}}};
    return a;
}

static struct search_answer step_answer(const struct search_order *o, double edge,
                                        double unloaded)
{
    double load = o->phase == CAPACITY_UNLOADED ? unloaded : o->load;
    return answer_of(load <= edge ? CAPACITY_PASS : CAPACITY_FAIL, load);
}

static size_t run_step(struct search *s, double edge)
{
    struct search_order o;
    size_t n = 0;
    for (; n < TRIALS_MAX && search_next(s, &o); n++) {
        struct search_answer a = step_answer(&o, edge, 1);
        search_take(s, &a);
    }
    return n;
}

static const struct {
    const char *name;
    double edge, start, most;
    bool is_whole;
    enum capacity_verdict verdict;
    double least, greatest; /* of lo */
    size_t trials;          /* at most */
} step_rows[] = {
    {"in reach", 37, 5, 1e6, false, CAPACITY_FOUND, 37 / 1.05, 37, 14},
    {"from what unloaded gave", 37, 0, 1e6, false, CAPACITY_FOUND, 37 / 1.05, 37, 17},
    {"far above", 90000, 1, 1e6, false, CAPACITY_FOUND, 90000 / 1.05, 90000, 29},
    {"below the start", 37, 500, 1e6, false, CAPACITY_FOUND, 37 / 1.05, 37, 15},
    {"at the start", 50, 50, 1e6, false, CAPACITY_FOUND, 50 / 1.05, 50, 13},
    {"all that was asked for", 1e9, 10, 70, false, CAPACITY_AT_LEAST, 70, 70, 8},
    {"start above the most", 1e9, 100, 70, false, CAPACITY_AT_LEAST, 70, 70, 5},
    {"not even alone", 0.5, 10, 1e6, false, CAPACITY_NEVER, 0, 0, 1},
    {"alone only", 1, 16, 1e6, true, CAPACITY_FOUND, 1, 1, 10},
    {"37 users", 37, 1, 1e6, true, CAPACITY_FOUND, 36, 37, 18},
    {"3 users", 3, 1, 1e6, true, CAPACITY_FOUND, 3, 3, 12},
};

static void finds_a_step(void)
{
    for (size_t i = 0; i < ARRAY_LEN(step_rows); i++) {
        struct search_rules r = rules_of(step_rows[i].start, step_rows[i].most);
        struct search s;
        check_row = step_rows[i].name;
        r.is_whole = step_rows[i].is_whole;
        search_init(&s, &r);
        size_t trials = run_step(&s, step_rows[i].edge);
        CHECK(trials <= step_rows[i].trials);
        CHECK_INT(s.verdict, step_rows[i].verdict);
        CHECK(s.end != NULL);
        bool is_found = s.verdict != CAPACITY_NEVER;
        CHECK(!is_found ||
              (s.lo >= step_rows[i].least - 1e-9 && s.lo <= step_rows[i].greatest));
        CHECK(!is_found || !r.is_whole || s.lo == round(s.lo));
        CHECK(isnan(s.hi) || !is_found || s.hi > step_rows[i].edge);
    }
}

/* Every load on the way down to the least fails. */
static void never_holds_under_load(void)
{
    struct search_rules r = rules_of(8, 1e6);
    struct search s;
    struct search_order o;
    size_t n = 0;
    search_init(&s, &r);
    for (; n < TRIALS_MAX && search_next(&s, &o); n++) {
        bool is_alone = o.phase == CAPACITY_UNLOADED;
        struct search_answer a = answer_of(is_alone ? CAPACITY_PASS : CAPACITY_FAIL, 4);
        CHECK(is_alone || o.load >= 4.0 / 16);
        search_take(&s, &a);
    }
    CHECK_INT(s.verdict, CAPACITY_NEVER);
    CHECK_INT(n, 7); /* alone, then 8, 4, 2, 1, 0.5, 0.25 */
}

/* --- what goes wrong on the way ------------------------------------------------------- */

/* Trial number `at` (from 0) is answered with state, the others by the step. */
static size_t run_disturbed(struct search *s, double edge, size_t at, size_t count,
                            enum capacity_state state)
{
    struct search_order o;
    size_t n = 0;
    for (; n < TRIALS_MAX && search_next(s, &o); n++) {
        struct search_answer a = step_answer(&o, edge, 1);
        if (n >= at && n < at + count)
            a = answer_of(state, o.load);
        search_take(s, &a);
    }
    return n;
}

static void invalid_counts_as_nothing(void)
{
    for (size_t at = 0; at < 12; at++) { /* whichever trial it is */
        struct search_rules r = rules_of(5, 1e6);
        struct search plain, one, two;
        search_init(&plain, &r);
        search_init(&one, &r);
        search_init(&two, &r);
        size_t trials = run_step(&plain, 37);
        CHECK_INT(run_disturbed(&one, 37, at, 1, CAPACITY_INVALID), trials + 1);
        CHECK_NEAR(one.lo, plain.lo, 0);
        CHECK_INT(one.verdict, CAPACITY_FOUND);
        CHECK_INT(run_disturbed(&two, 37, at, 2, CAPACITY_INVALID), at + 2);
        CHECK_INT(two.verdict, CAPACITY_GENERATOR);
    }
}

/* One hiccup in the bracket must not hide what is above it. */
static void hiccup_is_tried_again(void)
{
    struct search_rules r = rules_of(5, 1e6);
    struct search s;
    search_init(&s, &r);
    (void)run_disturbed(&s, 1000, 2, 1, CAPACITY_FAIL); /* at 10/s */
    CHECK_INT(s.verdict, CAPACITY_FOUND);
    CHECK(s.lo > 1000 / 1.06 && s.lo <= 1000);
}

/* What is not confirmed steps down, in growing steps, until it is. */
static void steps_down(void)
{
    struct search_rules r = rules_of(5, 1e6);
    struct search s;
    struct search_order o;
    double last = 0;
    unsigned failed = 0;
    r.has_soak = true;
    search_init(&s, &r);
    for (size_t n = 0; n < TRIALS_MAX && search_next(&s, &o); n++) {
        struct search_answer a = step_answer(&o, 37, 1);
        bool is_late = o.phase == CAPACITY_CONFIRM || o.phase == CAPACITY_SOAK;
        if (is_late && o.load > 33) {
            a = answer_of(CAPACITY_FAIL, o.load);
            CHECK(last < 1 || (o.load < last && o.load > last * 0.9));
            last = o.load;
            failed++;
        }
        search_take(&s, &a);
    }
    CHECK_INT(s.verdict, CAPACITY_FOUND);
    CHECK(s.lo <= 33 && s.lo > 30);
    CHECK(failed >= 2);
    CHECK(s.hi > s.lo && s.hi < 36);
}

static void seeds(void)
{
    struct search_rules r = rules_of(5, 1e6);
    struct search s;
    struct search_order o;
    r.has_soak = r.has_overload = true;
    uint64_t expected = 101;
    search_init(&s, &r);
    for (size_t n = 0; n < TRIALS_MAX && search_next(&s, &o); n++) {
        struct search_answer a = step_answer(&o, 37, 1);
        bool is_common = o.phase <= CAPACITY_RECHECK;
        bool is_again = o.phase == CAPACITY_RECHECK;
        CHECK(is_common ? o.seed == 100u + is_again : o.seed == expected);
        expected += is_common ? 0 : 1;
        search_take(&s, &a);
    }
    CHECK_INT(expected, 106); /* three confirmations, soak, overload: all different */
    CHECK_INT(s.verdict, CAPACITY_FOUND);
}

static void stops(void)
{
    struct search_rules r = rules_of(5, 1e6);
    struct search s;
    struct search_order o;
    struct search_answer pass = answer_of(CAPACITY_PASS, 1);
    search_init(&s, &r);
    search_take(&s, &pass);
    search_take(&s, &pass);
    search_stop(&s, "time is up");
    CHECK(!search_next(&s, &o));
    CHECK_INT(s.verdict, CAPACITY_INCOMPLETE);
    CHECK_STR(s.end, "time is up");
    CHECK_NEAR(s.lo, 5, 0);
}

/* --- a noisy curve ---------------------------------------------------------------------- */

#define TRUTH 37.0 /* where 95 % are within */
#define NOISE 0.6  /* of a trial's own capacity, sd */
#define SCALE 1.36 /* of the logistic */
#define SECONDS 30
#define SEARCHES 200

static double logistic(double load, double capacity)
{
    return 1 / (1 + exp((load - capacity - SCALE * log(19)) / SCALE));
}

/* SECONDS of 10 requests, looked at as the conductor does. */
static struct search_answer noisy_trial(struct rng *rng, double load, bool is_whole)
{
    struct trials seconds[SECONDS];
    double share = logistic(load, TRUTH + NOISE * rng_normal(rng));
    struct search_answer a = {.state = CAPACITY_UNSURE, .rate = load};
    for (size_t t = 0; t < SECONDS; t++) {
        seconds[t] = (struct trials){.requests = 10};
        for (size_t i = 0; i < 10; i++)
            seconds[t].failures += rng_unit(rng) > share;
        bool is_end = t + 1 == SECONDS;
        a.counts[0] = attainment_count(seconds, t + 1);
        a.state = attainment_judge(&a.counts[0], 0.95, is_end ? 0.05 : 0.01);
        bool is_early = t >= SECONDS / 3 && a.state != CAPACITY_UNSURE;
        if (is_early && (!is_whole || a.state == CAPACITY_FAIL))
            break;
    }
    return a;
}

/* What peers do: one trial a point, its share against the objective, no confirmation. */
static double plain_bisection(struct rng *rng)
{
    double lo = 5, hi = 80;
    while (hi > lo * 1.03) {
        double load = sqrt(lo * hi);
        struct search_answer a = noisy_trial(rng, load, true);
        if (attainment_is_met(&a.counts[0], 0.95))
            lo = load;
        else
            hi = load;
    }
    return lo;
}

struct tally {
    double sum, trials;
    unsigned above, beyond, below, found; /* above the truth; by 3 %; 10 % below */
};

static void tally_add(struct tally *t, double found, double truth, size_t trials)
{
    t->sum += found / truth;
    t->trials += (double)trials;
    t->above += found > truth;
    t->beyond += found > truth * 1.03;
    t->below += found < truth * 0.9;
    t->found++;
}

static void tally_print(const struct tally *t, const char *name, double n)
{
    printf("%-28s mean %.3f of the truth, above it %.1f %%, by 3 %% %.1f %%, more than "
           "10 %% below %.1f %%, %.1f trials\n",
           name, t->sum / n, 100 * t->above / n, 100 * t->beyond / n,
           100 * t->below / n, t->trials / n);
}

static void finds_a_noisy_curve(void)
{
    struct tally search = {0}, plain = {0};
    for (uint64_t k = 0; k < SEARCHES; k++) {
        struct search_rules r = rules_of(5 + 0.01 * (double)k, 1e6);
        struct search s;
        struct search_order o;
        struct rng rng;
        size_t n = 0;
        rng_init(&rng, 1, RNG_SERVICE, k);
        search_init(&s, &r);
        for (; n < TRIALS_MAX && search_next(&s, &o); n++) {
            struct search_answer a =
                noisy_trial(&rng, o.load, o.phase == CAPACITY_CONFIRM);
            search_take(&s, &a);
        }
        CHECK_INT(s.verdict, CAPACITY_FOUND);
        tally_add(&search, s.lo, TRUTH, n);
        tally_add(&plain, plain_bisection(&rng), TRUTH, 12);
    }
    tally_print(&search, "noisy curve", SEARCHES);
    tally_print(&plain, "  plain bisection", SEARCHES);
    CHECK_INT(search.beyond, 0);
    CHECK_INT(search.below, 0);
    CHECK(search.above < plain.above);
    CHECK(search.trials / SEARCHES < 20);
}

/* --- a queue ------------------------------------------------------------------------------ */

#define SERVERS 16
#define SERVICE_PER_S 10.0
#define WAIT_S 0.04
#define WARMUP_S 10
#define TRIAL_S 60
#define QUEUE_SEARCHES 20

/* Erlang C: the share of M/M/c that waits longer than WAIT_S. */
static double late_share(double rate)
{
    double a = rate / SERVICE_PER_S, blocked = 1;
    for (int k = 1; k <= SERVERS; k++)
        blocked = a * blocked / (k + a * blocked);
    double waits = blocked / (1 - a / SERVERS * (1 - blocked));
    return waits * exp(-(SERVERS * SERVICE_PER_S - rate) * WAIT_S);
}

static double queue_truth(double share)
{
    double lo = 1, hi = SERVERS * SERVICE_PER_S * 0.9999;
    for (int i = 0; i < 60; i++) {
        double rate = (lo + hi) / 2;
        if (late_share(rate) <= 1 - share)
            lo = rate;
        else
            hi = rate;
    }
    return lo;
}

/* Starts as an empty server; seconds of arrival after the warm-up are counted. */
static struct search_answer queue_trial(double rate, uint64_t seed, uint64_t run,
                                        bool is_whole)
{
    struct trials seconds[TRIAL_S] = {{0, 0}};
    double busy_until[SERVERS] = {0}, now = 0;
    struct search_answer a = {.state = CAPACITY_UNSURE, .rate = rate};
    struct rng arrivals, work;
    size_t judged = 0;
    rng_init(&arrivals, seed, RNG_ARRIVAL, run);
    rng_init(&work, seed, RNG_SERVICE, run);
    for (;;) {
        size_t first = 0;
        now += rng_exponential(&arrivals) / rate;
        size_t second = (size_t)now;
        for (; judged + WARMUP_S < second && judged < TRIAL_S; judged++) {
            if (judged + 1 < TRIAL_S / 3)
                continue;
            bool is_end = judged + 1 == TRIAL_S;
            a.counts[0] = attainment_count(seconds, judged + 1);
            a.state = attainment_judge(&a.counts[0], 0.95, is_end ? 0.05 : 0.01);
            if (is_end || a.state == CAPACITY_FAIL ||
                (!is_whole && a.state == CAPACITY_PASS))
                return a;
        }
        for (size_t i = 1; i < SERVERS; i++)
            if (busy_until[i] < busy_until[first])
                first = i;
        double begin = fmax(now, busy_until[first]);
        busy_until[first] = begin + rng_exponential(&work) / SERVICE_PER_S;
        if (second >= WARMUP_S && second < WARMUP_S + TRIAL_S) {
            seconds[second - WARMUP_S].requests++;
            seconds[second - WARMUP_S].failures += begin - now > WAIT_S;
        }
    }
}

static void finds_a_queue(void)
{
    double truth = queue_truth(0.95);
    struct tally t = {0};
    for (uint64_t k = 0; k < QUEUE_SEARCHES; k++) {
        struct search_rules r = rules_of(10 + 0.2 * (double)k, 1e6);
        struct search s;
        struct search_order o;
        size_t n = 0;
        search_init(&s, &r);
        for (; n < TRIALS_MAX && search_next(&s, &o); n++) {
            struct search_answer a =
                queue_trial(o.phase == CAPACITY_UNLOADED ? 10 : o.load, o.seed, k,
                            o.phase == CAPACITY_CONFIRM);
            search_take(&s, &a);
        }
        CHECK_INT(s.verdict, CAPACITY_FOUND);
        tally_add(&t, s.lo, truth, n);
    }
    tally_print(&t, "queue of 16 servers", QUEUE_SEARCHES);
    CHECK_INT(t.beyond, 0);
    CHECK_INT(t.below, 0);
    CHECK(t.trials / QUEUE_SEARCHES < 25);
}

int main(void)
{
    RUN(finds_a_step);
    RUN(never_holds_under_load);
    RUN(invalid_counts_as_nothing);
    RUN(hiccup_is_tried_again);
    RUN(steps_down);
    RUN(seeds);
    RUN(stops);
    RUN(finds_a_noisy_curve);
    RUN(finds_a_queue);
    return check_report();
}
