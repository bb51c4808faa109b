/*
 * The policy file: what is accepted, what is refused with which words, and that the
 * printed default reads back as itself.
 */
#include "check.h"
#include "judge/policy.h"

#include <stdlib.h>

static struct policy *parse(const char *text, struct err *e)
{
    return policy_parse(text, strlen(text), e);
}

static const struct {
    const char *name, *text, *error; /* a part of the message */
} refused[] = {
    {"no JSON", "{", "line 1"},
    {"no object", "[]", "(document)"},
    {"no schema", "{}", "schema"},
    {"newer schema", "{\"schema\":2}", "schema"},
    {"unknown key", "{\"schema\":1,\"gate\":[]}", "gates"},
    {"alpha too great", "{\"schema\":1,\"alpha\":{\"go\":0.9}}", "alpha.go"},
    {"unknown rule", "{\"schema\":1,\"nogo\":\"maybe\"}", "proven-margin"},
    {"no gates", "{\"schema\":1,\"gates\":[]}", "gates"},
    {"no metric", "{\"schema\":1,\"gates\":[{\"margin\":0.1}]}", "gates[0].metric"},
    {"gaps",
     "{\"schema\":1,\"gates\":[{\"metric\":\"gap\",\"percentile\":95,"
     "\"margin\":0.1}]}",
     "use tpot"},
    {"lag is ours", "{\"schema\":1,\"gates\":[{\"metric\":\"lag\",\"margin\":0.1}]}",
     "cannot be judged"},
    {"no percentile", "{\"schema\":1,\"gates\":[{\"metric\":\"ttft\",\"margin\":0.1}]}",
     "percentile"},
    {"percentile 100",
     "{\"schema\":1,\"gates\":[{\"metric\":\"ttft\","
     "\"percentile\":100,\"margin\":0.1}]}",
     "percentile"},
    {"percentile of a share",
     "{\"schema\":1,\"gates\":[{\"metric\":\"success\","
     "\"percentile\":95,\"margin\":0.1}]}",
     "has none"},
    {"no margin", "{\"schema\":1,\"gates\":[{\"metric\":\"success\"}]}", "margin"},
    {"margin 0", "{\"schema\":1,\"gates\":[{\"metric\":\"success\",\"margin\":0}]}",
     "margin"},
    {"margin above all",
     "{\"schema\":1,\"gates\":[{\"metric\":\"success\","
     "\"margin\":1.5}]}",
     "margin"},
    {"few without margin",
     "{\"schema\":1,\"gates\":[{\"metric\":\"success\","
     "\"margin\":0.01,\"few\":100}]}",
     "margin_few"},
    {"twice",
     "{\"schema\":1,\"gates\":[{\"metric\":\"success\",\"margin\":0.01},"
     "{\"metric\":\"success\",\"margin\":0.02}]}",
     "twice"},
    {"none gates",
     "{\"schema\":1,\"gates\":[{\"metric\":\"success\",\"margin\":0.01,"
     "\"gating\":false}]}",
     "none of them is gating"},
    {"no SLO", "{\"schema\":1,\"slos\":{\"also\":[\"fast\"]}}", "slos.also[0]"},
    {"SLO is a number", "{\"schema\":1,\"slos\":{\"also\":[3]}}", "is no text"},
    {"negative price", "{\"schema\":1,\"prices\":{\"prompt\":-1,\"output\":1}}",
     "prices.prompt"},
    {"half a price", "{\"schema\":1,\"prices\":{\"prompt\":1}}", "output"},
    {"long currency",
     "{\"schema\":1,\"prices\":{\"prompt\":1,\"output\":1,"
     "\"currency\":\"doubloons\"}}",
     "currency"},
    {"unknown limit", "{\"schema\":1,\"limits\":{\"lag\":3}}", "lag_ms"},
};

static void refuses(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct err e = {0};
        struct policy *p = parse(refused[i].text, &e);
        check_row = refused[i].name;
        CHECK(p == NULL && e.is_set);
        CHECK(strstr(e.text, refused[i].error) != NULL);
        if (check_is_bad)
            fprintf(stderr, "%s\n", e.text);
        policy_free(p);
    }
}

static char *printed(const struct policy *p)
{
    struct buf out;
    buf_init(&out, 1u << 20);
    policy_print(p, &out);
    char *text = buf_steal(&out);
    buf_release(&out);
    return text;
}

static void check_round_trip(const struct policy *p)
{
    struct err e = {0};
    char *once = printed(p);
    struct policy *again = parse(once, &e);
    CHECK_STR(e.text, "");
    if (again != NULL) {
        char *twice = printed(again);
        CHECK_STR(twice, once);
        free(twice);
    }
    policy_free(again);
    free(once);
}

/* The built-in policy is what the documentation promises. */
static void defaults(void)
{
    static const struct {
        const char *name;
        double margin, floor_us;
        bool is_gating;
    } gates[] = {
        {"success", 0.005, 0, true},        {"ttft_p50", 0.10, 10e3, true},
        {"ttft_p95", 0.20, 20e3, true},     {"tpot_p95", 0.10, 1e3, true},
        {"e2e_p95", 0.10, 0, true},         {"ttft_p99", 0.30, 0, false},
        {"server_errors", 0.005, 0, false}, {"timeouts", 0.005, 0, false},
        {"goodput", 0.02, 0, false},        {"output_tokens_mean", 0.10, 0, false},
        {"tokens_per_s", 0.10, 0, false},   {"cost", 0.05, 0, false},
    };
    struct policy *p = policy_default();
    CHECK_INT(p->gate_count, sizeof gates / sizeof gates[0]);
    for (size_t i = 0; i < p->gate_count; i++) {
        check_row = gates[i].name;
        CHECK_STR(p->gates[i].name, gates[i].name);
        CHECK_NEAR(p->gates[i].margin, gates[i].margin, 0);
        CHECK_NEAR(p->gates[i].floor_us, gates[i].floor_us, 1e-9);
        CHECK(p->gates[i].is_gating == gates[i].is_gating);
    }
    CHECK_NEAR(p->alpha_go, 0.05, 0);
    CHECK_NEAR(p->limits.seconds_min, 120, 0);
    CHECK_INT(p->nogo, NOGO_BEYOND_MARGIN);
    check_round_trip(p);
    policy_free(p);
}

static void reads(void)
{
    static const char text[] =
        "{\"schema\":1,\"name\":\"ours\",\"comment\":\"no key\",\"nogo\":"
        "\"proven-margin\",\"tau\":0.05,\"alpha\":{\"nogo\":0.01},"
        "\"gates\":[{\"metric\":\"e2e\",\"percentile\":99.9,\"margin\":0.5,"
        "\"floor_ms\":2.5,\"requests_min\":5000},"
        "{\"metric\":\"success\",\"margin\":0.01,\"margin_few\":0.03,\"few\":900,"
        "\"harm\":0.002,\"gating\":false}],"
        "\"slos\":{\"of_run\":false,\"strict\":true,\"also\":[\"ttft p95 <= 2s\"]},"
        "\"prices\":{\"prompt\":0.1,\"output\":0.3,\"currency\":\"EUR\"},"
        "\"limits\":{\"seconds_min\":60,\"quota_share\":0.05}}";
    struct err e = {0};
    struct policy *p = parse(text, &e);
    CHECK_STR(e.text, "");
    if (p == NULL)
        return;
    CHECK_STR(p->name, "ours");
    CHECK_INT(p->gate_count, 2);
    CHECK_STR(p->gates[0].name, "e2e_p99.9");
    CHECK_NEAR(p->gates[0].p, 0.999, 1e-12);
    CHECK_NEAR(p->gates[0].floor_us, 2500, 1e-9);
    CHECK_INT(p->gates[0].requests_min, 5000);
    CHECK(p->gates[0].is_gating && !p->gates[1].is_gating);
    CHECK_NEAR(p->gates[1].margin_few, 0.03, 0);
    CHECK_INT(p->nogo, NOGO_PROVEN_MARGIN);
    CHECK_NEAR(p->alpha_go, 0.05, 0);
    CHECK_NEAR(p->alpha_nogo, 0.01, 0);
    CHECK_NEAR(p->tau, 0.05, 0);
    CHECK(!p->has_run_slos && p->is_slo_strict && p->slo_count == 1);
    CHECK_INT(p->slos[0].limit_ns, 2 * NS_PER_S);
    CHECK_NEAR(p->prices.cached, 0.1, 0); /* as fresh ones, when it is not said */
    CHECK_NEAR(p->limits.seconds_min, 60, 0);
    CHECK_NEAR(p->limits.quota_share, 0.05, 0);
    CHECK_NEAR(p->limits.lag_ms, 10, 0);
    CHECK_INT(policy_metrics(p), 1u << METRIC_E2E | 1u << METRIC_TTFT);
    check_round_trip(p);
    policy_free(p);
}

int main(void)
{
    RUN(defaults);
    RUN(reads);
    RUN(refuses);
    return check_report();
}
