/* The trade-off: what is proven of cost and budgets, and what the answer is then. */
#include "judge/tradeoff.h"

#include "check.h"

#include <math.h>

#define NONE CAVEAT_CODES

/* A change of cost, in percent, and its interval. */
struct change {
    double low, high;
};

static struct ratio_result ratio_of(struct change c)
{
    return (struct ratio_result){.is_defined = isfinite(c.low + c.high),
                                 .low = log1p(c.low / 100),
                                 .high = log1p(c.high / 100),
                                 .estimate = log1p((c.low + c.high) / 200)};
}

struct row {
    const char *name;
    struct change change;
    double saving;
    struct guard_result guards[2];
    size_t guard_count;
    enum caveat_code caveat; /* NONE: none */
    enum tradeoff_state answer, saved;
    enum tradeoff_state kept; /* of the first guard */
};

#define LATENCY(s, p)                                                                  \
    {                                                                                  \
        .slo = {.kind = SLO_LATENCY}, .state = (s), .p_kept = (p)                      \
    }
#define SHARE(s)                                                                       \
    {                                                                                  \
        .slo = {.kind = SLO_SUCCESS}, .state = (s), .p_kept = 1                        \
    }
#define YES TRADEOFF_YES
#define NO TRADEOFF_NO
#define OPEN TRADEOFF_OPEN
#define KEPT_P95 LATENCY(GUARD_KEPT, 0.01)

static const struct row rows[] = {
    {"saves 40 %, keeps its p95", {-48, -47}, 0.4, {KEPT_P95}, 1, NONE, YES, YES, YES},
    {"saves just 40 %", {-42, -40.0001}, 0.4, {KEPT_P95}, 1, NONE, YES, YES, YES},
    {"may save 40 %", {-45, -38}, 0.4, {KEPT_P95}, 1, NONE, OPEN, OPEN, YES},
    {"saves, but less", {-35, -30}, 0.4, {KEPT_P95}, 1, NONE, NO, NO, YES},
    {"any saving will do", {-35, -30}, 0, {KEPT_P95}, 1, NONE, YES, YES, YES},
    {"perhaps dearer", {-2, 3}, 0, {KEPT_P95}, 1, NONE, OPEN, OPEN, YES},
    {"costs the same", {0, 0}, 0, {KEPT_P95}, 1, NONE, NO, NO, YES},
    {"is dearer", {10, 20}, 0, {KEPT_P95}, 1, NONE, NO, NO, YES},
    {"no change is known",
     {-HUGE_VAL, HUGE_VAL},
     0.4,
     {KEPT_P95},
     1,
     NONE,
     OPEN,
     OPEN,
     YES},
    {"its p95 is broken",
     {-48, -47},
     0.4,
     {LATENCY(GUARD_BROKEN, 1)},
     1,
     NONE,
     NO,
     YES,
     NO},
    {"its p95 is missed",
     {-48, -47},
     0.4,
     {LATENCY(GUARD_MISSED, 0.8)},
     1,
     NONE,
     OPEN,
     YES,
     OPEN},
    {"its p95 is kept, by chance",
     {-48, -47},
     0.4,
     {LATENCY(GUARD_KEPT, 0.2)},
     1,
     NONE,
     OPEN,
     YES,
     OPEN},
    {"one of two is broken",
     {-48, -47},
     0.4,
     {KEPT_P95, LATENCY(GUARD_BROKEN, 1)},
     2,
     NONE,
     NO,
     YES,
     YES},
    {"one of two is open",
     {-48, -47},
     0.4,
     {KEPT_P95, LATENCY(GUARD_NO_DATA, 1)},
     2,
     NONE,
     OPEN,
     YES,
     YES},
    {"success is kept, too",
     {-48, -47},
     0.4,
     {SHARE(GUARD_KEPT), KEPT_P95},
     2,
     NONE,
     YES,
     YES,
     YES},
    {"success is broken",
     {-48, -47},
     0.4,
     {SHARE(GUARD_BROKEN), KEPT_P95},
     2,
     NONE,
     NO,
     YES,
     NO},
    {"success alone is no budget",
     {-48, -47},
     0.4,
     {SHARE(GUARD_KEPT)},
     1,
     NONE,
     OPEN,
     YES,
     YES},
    {"no SLO at all", {-48, -47}, 0.4, {KEPT_P95}, 0, NONE, OPEN, YES, YES},
    {"too short",
     {-48, -47},
     0.4,
     {KEPT_P95},
     1,
     CAVEAT_CODE_TOO_SHORT,
     OPEN,
     YES,
     YES},
    {"a note does no harm",
     {-48, -47},
     0.4,
     {KEPT_P95},
     1,
     CAVEAT_CODE_SINGLE_RUNS,
     YES,
     YES,
     YES},
    {"a short one can be refuted",
     {-35, -30},
     0.4,
     {KEPT_P95},
     1,
     CAVEAT_CODE_TOO_SHORT,
     NO,
     NO,
     YES},
    {"a late generator refutes nothing",
     {-48, -47},
     0.4,
     {LATENCY(GUARD_BROKEN, 1)},
     1,
     CAVEAT_CODE_GENERATOR_LAG,
     OPEN,
     YES,
     NO},
};

static void answers(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        struct ratio_result change = ratio_of(r->change);
        struct verdict v = {.guard_count = r->guard_count};
        struct tradeoff t;
        check_row = r->name;
        for (size_t g = 0; g < r->guard_count; g++)
            v.guards[g] = r->guards[g];
        if (r->caveat != NONE)
            caveats_add(&v.caveats, r->caveat, "", "why");
        tradeoff_judge(&v, &change, r->saving, &t);
        CHECK_INT(t.answer, r->answer);
        CHECK_INT(t.saving, r->saved);
        if (r->guard_count > 0)
            CHECK_INT(t.guards[0], r->kept);
        caveats_release(&v.caveats);
    }
}

/* That an SLO is missed is no reason beside the answer of that SLO. */
static void the_doubt_is_named(void)
{
    struct verdict v = {.guard_count = 0};
    struct ratio_result change = ratio_of((struct change){-48, -47});
    struct tradeoff t;
    caveats_add(&v.caveats, CAVEAT_CODE_SLO_MISSED, "", "missed");
    tradeoff_judge(&v, &change, 0.4, &t);
    CHECK(t.doubt == NULL);
    caveats_add(&v.caveats, CAVEAT_CODE_SINGLE_RUNS, "", "a note");
    caveats_add(&v.caveats, CAVEAT_CODE_INCOMPLETE, "", "incomplete");
    tradeoff_judge(&v, &change, 0.4, &t);
    CHECK_STR(t.doubt, "incomplete");
    caveats_release(&v.caveats);
}

int main(void)
{
    RUN(answers);
    RUN(the_doubt_is_named);
    return check_report();
}
