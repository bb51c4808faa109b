/*
 * Gates one by one: known ratios and rates come back, margins and floors are the
 * policy's, runs become the units when there are enough, SLO guards prove what they
 * claim.
 */
#include "check.h"
#include "fake_arms.h"
#include "judge/slo_guard.h"

struct bench {
    struct testimony sides[SIDES];
    struct policy *policy;
    struct pairing *pairing;
};

static void bench_open(struct bench *b, const struct fake_arm *baseline,
                       const struct fake_arm *canary, size_t runs,
                       enum pairing_mode mode)
{
    struct fake_arm arms[SIDES] = {*baseline, *canary};
    *b = (struct bench){.policy = policy_default()};
    for (size_t i = 0; i < runs; i++)
        for (unsigned k = 0; k < SIDES; k++) {
            arms[k].seed = 100 + 2 * i + k;
            testimony_add(&b->sides[k], fake_witness(&arms[k]));
        }
    b->pairing = pairing_new(&b->sides[0], &b->sides[1], mode, 0, b->policy);
}

static void bench_close(struct bench *b)
{
    pairing_free(b->pairing);
    policy_free(b->policy);
    testimony_release(&b->sides[0]);
    testimony_release(&b->sides[1]);
}

static struct gate_result judge(struct bench *b, const char *name)
{
    struct gate_result r = {0};
    for (size_t i = 0; i < b->policy->gate_count; i++)
        if (strcmp(b->policy->gates[i].name, name) == 0)
            gate_judge(b->pairing, &b->policy->gates[i], (struct noise){1, 0.03}, &r);
    CHECK(r.gate != NULL);
    return r;
}

/* What was done to the canary, and what the gate must find. */
static const struct {
    const char *name, *gate;
    struct fake_arm canary;
    double estimate, tolerance;
    bool is_beyond;
} rows[] = {
    {"TTFT, 25 % more", "ttft_p95", {.ttft = 1.25}, 0.2231, 0.06, true},
    {"TTFT, 15 % more: within", "ttft_p95", {.ttft = 1.15}, 0.1398, 0.06, false},
    {"TTFT median", "ttft_p50", {.ttft = 1.25}, 0.2231, 0.04, true},
    {"TPOT, 20 % less", "tpot_p95", {.tpot = 0.8}, -0.2231, 0.03, false},
    {"failures", "success", {.failures = 0.04}, 0.04, 0.012, true},
    {"failures, too few to harm", "success", {.failures = 0.001}, 0.001, 0.001, false},
    {"timeouts are no server errors",
     "server_errors",
     {.failures = 0.04, .as = OUTCOME_TTFT_TIMEOUT},
     0,
     1e-12,
     false},
    {"timeouts",
     "timeouts",
     {.failures = 0.04, .as = OUTCOME_TTFT_TIMEOUT},
     0.04,
     0.012,
     true},
    {"fewer good ones", "goodput", {.failures = 0.04}, -0.04, 0.012, true},
    {"longer answers", "output_tokens_mean", {.output = 1.3}, 0.2624, 0.04, true},
    {"shorter answers", "output_tokens_mean", {.output = 0.7}, -0.3567, 0.04, true},
    {"decode speed", "tokens_per_s", {.tpot = 1.25}, -0.2231, 0.02, true},
    {"decode speed, faster", "tokens_per_s", {.tpot = 0.8}, 0.2231, 0.02, false},
};

static void finds_what_was_done(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b;
        bench_open(&b, &(struct fake_arm){0}, &rows[i].canary, 1, PAIRING_MIRROR);
        struct gate_result r = judge(&b, rows[i].gate);
        check_row = rows[i].name;
        CHECK(r.is_defined && r.is_applicable);
        CHECK_NEAR(r.estimate, rows[i].estimate, rows[i].tolerance);
        CHECK(r.low <= r.estimate && r.estimate <= r.high);
        CHECK(r.is_beyond == rows[i].is_beyond);
        CHECK(!r.is_beyond || r.p_nogo < 0.01);
        bench_close(&b);
    }
}

/* The margin is the greater of the relative and the absolute one. */
static void floors(void)
{
    struct bench b;
    bench_open(&b, &(struct fake_arm){.tpot = 0.1}, &(struct fake_arm){.tpot = 0.14}, 1,
               PAIRING_MIRROR);
    struct gate_result r = judge(&b, "tpot_p95"); /* 2.1 ms: 1 ms more is allowed */
    CHECK_NEAR(r.estimate, 0.336, 0.04);
    CHECK_NEAR(r.margin, log((r.baseline + 1000) / r.baseline), 1e-9);
    CHECK(r.margin > r.estimate && !r.is_beyond);
    bench_close(&b);
}

/* With few requests one failure weighs more: the margin is wider. */
static void few_requests(void)
{
    struct bench b;
    bench_open(&b, &(struct fake_arm){.seconds = 140},
               &(struct fake_arm){.seconds = 140}, 1, PAIRING_MIRROR);
    CHECK_NEAR(judge(&b, "success").margin, 0.01, 0);
    bench_close(&b);
    bench_open(&b, &(struct fake_arm){.seconds = 160},
               &(struct fake_arm){.seconds = 160}, 1, PAIRING_MIRROR);
    CHECK_NEAR(judge(&b, "success").margin, 0.005, 0);
    bench_close(&b);
}

static void eligibility(void)
{
    struct bench b;
    bench_open(&b, &(struct fake_arm){.seconds = 199, .per_s = 1},
               &(struct fake_arm){.seconds = 400, .per_s = 1}, 1, PAIRING_STORED);
    struct gate_result r = judge(&b, "ttft_p95");
    CHECK(!r.is_eligible);
    CHECK_INT(r.n[SIDE_BASELINE], 199);
    CHECK_NEAR(r.exceed[SIDE_CANARY], 20, 1e-9);
    bench_close(&b);
    bench_open(&b, &(struct fake_arm){.seconds = 200, .per_s = 1},
               &(struct fake_arm){.seconds = 200, .per_s = 1}, 1, PAIRING_STORED);
    CHECK(judge(&b, "ttft_p95").is_eligible); /* 10 expected beyond it */
    CHECK(!judge(&b, "ttft_p99").is_eligible);
    bench_close(&b);
}

static void costs(void)
{
    struct bench b;
    bench_open(&b, &(struct fake_arm){0}, &(struct fake_arm){.output = 1.5}, 1,
               PAIRING_MIRROR);
    CHECK(!judge(&b, "cost").is_applicable); /* without prices */
    b.policy->prices =
        (struct prices){.is_set = true, .prompt = 0, .cached = 0, .output = 2};
    struct gate_result r = judge(&b, "cost");
    CHECK(r.is_applicable && r.is_beyond);
    CHECK_NEAR(r.estimate, judge(&b, "output_tokens_mean").estimate, 1e-9);
    CHECK_NEAR(r.baseline, judge(&b, "output_tokens_mean").baseline * 2e-3, 1e-9);
    bench_close(&b);
}

/* Runs that differ from each other: within a run one sees nothing of it. */
static void runs_as_units(void)
{
    static const double factors[] = {1, 1.12, 0.9, 1.05};
    struct testimony sides[SIDES] = {{0}};
    struct policy *policy = policy_default();
    struct gate_result r;
    for (size_t i = 0; i < ARRAY_LEN(factors); i++)
        for (unsigned k = 0; k < SIDES; k++) {
            struct fake_arm arm = {.ttft = factors[(i + k) % ARRAY_LEN(factors)],
                                   .seed = 10 * i + k,
                                   .seconds = 150};
            testimony_add(&sides[k], fake_witness(&arm));
        }
    struct pairing *p = pairing_new(&sides[0], &sides[1], PAIRING_STORED, 0, policy);
    gate_judge(p, &policy->gates[1], (struct noise){1, 0.03}, &r);
    CHECK(r.is_run_level);
    CHECK_INT(r.nu, 6);
    CHECK_NEAR(r.estimate, 0, 0.03); /* the same factors in both arms */
    /* sd of the log factors is 0.089: se = 0.089 * sqrt(2 / 4) */
    CHECK_NEAR(r.se, 0.063, 0.015);
    pairing_free(p);
    struct testimony two[SIDES] = {{sides[0].runs, 2}, {sides[1].runs, 2}};
    p = pairing_new(&two[0], &two[1], PAIRING_STORED, 0, policy);
    gate_judge(p, &policy->gates[1], (struct noise){1, 0.03}, &r);
    CHECK(!r.is_run_level);
    CHECK_INT(p->sides[0].count, 300);
    CHECK_INT(p->sides[0].runs[1].first, 150);
    pairing_free(p);
    testimony_release(&sides[0]);
    testimony_release(&sides[1]);
    policy_free(policy);
}

static const struct {
    const char *slo;
    struct fake_arm canary;
    bool is_strict;
    enum guard_state state;
} guards[] = {
    {"ttft p95 <= 1s", {0}, false, GUARD_KEPT},
    {"ttft p95 <= 300ms", {0}, false, GUARD_BROKEN},
    {"ttft p95 <= 500ms", {.failures = 0.2}, false, GUARD_BROKEN},
    {"ttft p96 <= 400ms", {0}, false, GUARD_MISSED},
    {"ttft p96 <= 400ms", {0}, true, GUARD_BROKEN},
    {"success >= 99%", {0}, false, GUARD_KEPT},
    {"success >= 99%", {.failures = 0.05}, false, GUARD_BROKEN},
    {"success >= 99%", {.failures = 0.013}, false, GUARD_MISSED},
    {"goodput >= 90%", {.failures = 0.2}, false, GUARD_BROKEN},
    {"gap p99 <= 50ms", {0}, false, GUARD_NO_DATA},
    {"ttft_answer p95 <= 1s", {0}, false, GUARD_NO_DATA},
};

static void guards_prove(void)
{
    for (size_t i = 0; i < ARRAY_LEN(guards); i++) {
        struct bench b;
        struct slo slo;
        struct guard_result g;
        struct err e = {0};
        check_row = guards[i].slo;
        CHECK_INT(slo_parse(guards[i].slo, &slo, &e), 0);
        bench_open(&b, &(struct fake_arm){0}, &guards[i].canary, 1, PAIRING_MIRROR);
        guard_judge(b.pairing, &slo, 1, 0.01, guards[i].is_strict, &g);
        CHECK_STR(guard_state_names[g.state], guard_state_names[guards[i].state]);
        CHECK_STR(g.text, guards[i].slo);
        bench_close(&b);
    }
}

/* "Proven margin" asks for more than "proven worse, and estimated beyond". */
static void proven_margin(void)
{
    struct bench b;
    bench_open(&b, &(struct fake_arm){0}, &(struct fake_arm){.ttft = 1.14}, 1,
               PAIRING_MIRROR);
    struct gate_result r = judge(&b, "ttft_p50"); /* 10 % is allowed */
    CHECK(r.p_nogo < 1e-3);
    CHECK(r.p_beyond > r.p_nogo && r.p_beyond > 1e-3);
    bench_close(&b);
    bench_open(&b, &(struct fake_arm){0}, &(struct fake_arm){.ttft = 1.5}, 1,
               PAIRING_MIRROR);
    CHECK(judge(&b, "ttft_p50").p_beyond < 1e-3);
    bench_close(&b);
}

/* Late seconds go from both arms when they ran together, else from their own. */
static void late_seconds(void)
{
    struct fake_arm late = {.late_from = 10, .late_to = 25}, fine = {0};
    struct bench b;
    bench_open(&b, &late, &fine, 1, PAIRING_MIRROR);
    CHECK_INT(b.pairing->sides[0].count, 285);
    CHECK_INT(b.pairing->sides[1].count, 285);
    CHECK_INT(b.pairing->sides[0].late, 15);
    CHECK_INT(b.pairing->sides[1].late, 15); /* lost with the other arm */
    bench_close(&b);
    bench_open(&b, &late, &fine, 1, PAIRING_STORED);
    CHECK_INT(b.pairing->sides[0].count, 285);
    CHECK_INT(b.pairing->sides[1].count, 300);
    bench_close(&b);
}

int main(void)
{
    RUN(finds_what_was_done);
    RUN(floors);
    RUN(few_requests);
    RUN(eligibility);
    RUN(costs);
    RUN(runs_as_units);
    RUN(guards_prove);
    RUN(proven_margin);
    RUN(late_seconds);
    return check_report();
}
