/* A trial from its run directory, against the requests that were drawn for it. */
#include "judge/trial.h"

#include "fake_run.h"
#include "scratch.h"

static const struct fake_spec world = {
    .seed = 3,
    .rate_per_s = 20,
    .duration_s = 60,
    .warmup_s = 10,
    .decode_s = 0.01,
    .faults = {{OUTCOME_SERVER_500, 0.03}, {OUTCOME_RATE_LIMITED, 0.02}},
};

static const char *const unhealthy =
    "{\"valid\":false,\"reasons\":[{\"code\":\"lag\",\"resource\":\"cpu\",\"fatal\":"
    "true,\"text\":\"requests left late\",\"advice\":\"use another host\"}]}";

static struct trial_ask ask_of(const char *text, struct slo *slo)
{
    struct err e = {0};
    CHECK_INT(slo_parse(text, slo, &e), 0);
    return (struct trial_ask){.slos = slo, .slo_count = 1};
}

/* Is the request within the objective? What failed is within no latency. */
static bool is_within(const struct sample *s, const struct slo *slo)
{
    if (slo->kind == SLO_GOODPUT)
        return s->is_good;
    if (slo->kind == SLO_SUCCESS || s->outcome != OUTCOME_OK)
        return s->outcome == OUTCOME_OK;
    int64_t us = hist_us(s->value_ns[slo->metric]);
    return hist_slot_low(hist_slot(us)) <= slo->limit_ns / NS_PER_US;
}

static struct capacity_count count_drawn(const struct fake_truth *truth,
                                         const struct slo *slo)
{
    struct capacity_count c = {0};
    for (size_t i = 0; i < truth->count; i++) {
        const struct sample *s = &truth->requests[i];
        bool has_value = slo->kind != SLO_LATENCY || s->outcome != OUTCOME_OK ||
                         s->value_ns[slo->metric] != SAMPLE_UNDEFINED;
        if (!s->is_measured || !has_value)
            continue;
        c.n++;
        c.within += is_within(s, slo);
    }
    return c;
}

static const struct {
    const char *slo;
    enum capacity_state state;
    const char *reason; /* begins with it */
} rows[] = {
    {"ttft p90 <= 2s", CAPACITY_PASS, "ttft p90 "},
    {"ttft p95 <= 2s", CAPACITY_UNSURE, "ttft p95 "},
    {"ttft p99 <= 10s", CAPACITY_FAIL, "ttft p99 "},
    {"ttft p50 <= 50ms", CAPACITY_FAIL, "ttft p50 "},
    {"tpot p80 <= 15ms", CAPACITY_PASS, "tpot p80 "},
    {"success >= 90%", CAPACITY_PASS, "success 9"},
    {"success >= 99%", CAPACITY_FAIL, "success 9"},
    {"goodput >= 90%", CAPACITY_PASS, "goodput 9"},
    {"ttft p99.9 <= 10s", CAPACITY_FAIL, ""},
};

static void counts_what_was_drawn(void)
{
    struct scratch s = scratch_new();
    struct fake_spec spec = world;
    struct fake_truth truth;
    struct err e = {0};
    spec.path = scratch_path(&s, "run");
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct capacity_point p;
        struct slo slo;
        check_row = rows[i].slo;
        struct trial_ask ask = ask_of(rows[i].slo, &slo);
        CHECK_INT(trial_read(&ask, spec.path, &p, &e), 0);
        CHECK_STR(e.text, "");
        struct capacity_count drawn = count_drawn(&truth, &slo);
        CHECK_INT(p.slos[0].n, drawn.n);
        CHECK_INT(p.slos[0].within, drawn.within);
        CHECK(p.slos[0].effective > 0 && p.slos[0].effective <= (double)drawn.n);
        CHECK_INT(p.state, rows[i].state);
        if (strncmp(p.reason, rows[i].reason, strlen(rows[i].reason)) != 0)
            CHECK_STR(p.reason, rows[i].reason);
        CHECK_NEAR(p.seconds, 50, 1e-9);
        CHECK_INT(p.requests,
                  count_drawn(&truth, &(struct slo){.kind = SLO_SUCCESS}).n);
    }
    free(truth.requests);
    scratch_remove(&s);
}

/* A late generator proves nothing, whatever was missed. */
static void invalid_is_neither(void)
{
    struct scratch s = scratch_new();
    struct fake_spec spec = world;
    struct fake_truth truth;
    struct capacity_point p;
    struct slo slo;
    struct err e = {0};
    spec.path = scratch_path(&s, "run");
    spec.health = unhealthy;
    struct trial_ask ask = ask_of("ttft p50 <= 1ms", &slo);
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    CHECK_INT(trial_read(&ask, spec.path, &p, &e), 0);
    CHECK_INT(p.state, CAPACITY_INVALID);
    CHECK(strstr(p.reason, "requests left late") != NULL);
    free(truth.requests);
    scratch_remove(&s);
}

/* Several objectives: the gravest state, and the one that is worst off. */
static void worst_of_several(void)
{
    struct slo slos[3];
    struct err e = {0};
    CHECK_INT(slo_parse("ttft p90 <= 1s", &slos[0], &e), 0);
    CHECK_INT(slo_parse("success >= 90%", &slos[1], &e), 0);
    CHECK_INT(slo_parse("e2e p50 <= 9s", &slos[2], &e), 0);
    struct trial_ask ask = {.slos = slos, .slo_count = 3};
    static const struct {
        struct capacity_count counts[3];
        size_t worst;
    } cases[] = {
        {{{90, 100, 100}, {99, 100, 100}, {60, 100, 100}}, 0},
        {{{95, 100, 100}, {99, 100, 100}, {40, 100, 100}}, 2},
        /* failures are within no latency: they are the cause */
        {{{80, 100, 100}, {80, 100, 100}, {80, 100, 100}}, 1},
        {{{0, 0, 0}, {99, 100, 100}, {0, 0, 0}}, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK_INT(trial_worst(&ask, cases[i].counts), cases[i].worst);
}

static void in_flight_by_second(void)
{
    struct scratch s = scratch_new();
    struct fake_spec spec = world;
    struct fake_truth truth;
    struct err e = {0};
    double *values = NULL;
    size_t n = 0;
    spec.path = scratch_path(&s, "run");
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    CHECK_INT(trial_in_flight(spec.path, 10, 60, &values, &n, &e), 0);
    CHECK_INT(n, 50);
    for (size_t t = 0; t < n; t++) {
        double in_flight = 0, end_s = 11 + (double)t;
        for (size_t i = 0; i < truth.count; i++) {
            const struct sample *x = &truth.requests[i];
            in_flight += (double)x->due_ns / 1e9 < end_s &&
                         (double)x->end_ns / 1e9 >= end_s && x->attempts > 0;
        }
        CHECK_NEAR(values[t], in_flight, 0);
    }
    free(values);
    CHECK(trial_in_flight("/nowhere", 0, 1, &values, &n, &e) < 0 && e.is_set);
    free(truth.requests);
    scratch_remove(&s);
}

/* A server that stands still for two seconds when the measured time begins. */
static void recovers_when_all_that_follows_is_good(void)
{
    struct scratch s = scratch_new();
    struct fake_spec spec = world;
    struct fake_truth truth;
    struct slo slo;
    struct err e = {0};
    double recovery_s = -1;
    size_t expected = 0;
    spec.path = scratch_path(&s, "run");
    spec.stall_at_s = 10;
    spec.rate_per_s = 40;
    spec.faults[0].share = 0;
    struct trial_ask ask = ask_of("ttft p97 <= 1500ms", &slo);
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    for (bool is_met = false; !is_met; expected += !is_met) {
        struct fake_truth rest = truth;
        for (; rest.count > 0 && rest.requests->due_ns < fake_ns(10 + (double)expected);
             rest.count--)
            rest.requests++;
        struct capacity_count c = count_drawn(&rest, &slo);
        is_met = (double)c.within >= 0.97 * (double)c.n;
    }
    CHECK_INT(trial_recovery(&ask, spec.path, &recovery_s, &e), 0);
    CHECK(expected > 0);
    CHECK_NEAR(recovery_s, (double)expected, 0);
    ask = ask_of("ttft p90 <= 1ms", &slo);
    CHECK_INT(trial_recovery(&ask, spec.path, &recovery_s, &e), 0);
    CHECK(isinf(recovery_s));
    free(truth.requests);
    scratch_remove(&s);
}

int main(void)
{
    RUN(recovers_when_all_that_follows_is_good);
    RUN(counts_what_was_drawn);
    RUN(invalid_is_neither);
    RUN(worst_of_several);
    RUN(in_flight_by_second);
    return check_report();
}
