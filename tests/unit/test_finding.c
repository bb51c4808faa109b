/*
 * The finding of runs that went well and of runs that did not: state, exit code and
 * the words of the reason. A run that cannot be trusted must never pass.
 */
#include "judge/finding.h"

#include "fake_run.h"
#include "scratch.h"

#include <stdlib.h>

#define GOOD_RUN                                                                       \
    .seed = 3, .rate_per_s = 30, .duration_s = 20, .warmup_s = 2, .decode_s = 0.003

static const char sick[] =
    "{\"valid\":false,\"reasons\":[{\"code\":\"lag\",\"resource\":\"cpu\",\"text\":"
    "\"requests were sent late: p99 lag 80 ms\",\"advice\":\"use more workers\"}]}";

static const struct {
    const char *name;
    struct fake_spec spec;
    enum finding_state state;
    int exit_code;
    const char *says; /* part of the sentence */
} rows[] = {
    {"no SLO", {GOOD_RUN}, FINDING_VALID, 0, "the run is valid"},
    {"met",
     {GOOD_RUN, .slos = "[\"ttft p95 <= 5s\",\"success >= 99%\"]"},
     FINDING_MET,
     0,
     "all 2 SLOs are met"},
    {"missed",
     {GOOD_RUN, .slos = "[\"ttft p95 <= 1ms\",\"success >= 99%\"]"},
     FINDING_MISSED,
     1,
     "1 of 2 SLOs missed: ttft p95 <= 1ms: "},
    {"too little data",
     {GOOD_RUN, .slos = "[\"ttft p99.9 <= 60s\"]"},
     FINDING_INCONCLUSIVE,
     4,
     "not enough data for ttft p99.9 <= 60s"},
    {"a miss beats too little data",
     {GOOD_RUN, .slos = "[\"ttft p99.9 <= 60s\",\"ttft p50 <= 1ms\"]"},
     FINDING_MISSED,
     1,
     "1 of 2 SLOs missed"},
    {"killed",
     {GOOD_RUN, .status = "running", .killed_at_s = 12},
     FINDING_INCOMPLETE,
     4,
     "incomplete: 12 of 20 s (still running, or killed)"},
    {"interrupted",
     {GOOD_RUN, .status = "interrupted"},
     FINDING_INCOMPLETE,
     4,
     "(interrupted)"},
    {"aborted",
     {GOOD_RUN, .status = "aborted"},
     FINDING_INCOMPLETE,
     4,
     "(stopped by a guard)"},
    {"a late generator",
     {GOOD_RUN, .health = sick, .slos = "[\"ttft p95 <= 5s\"]"},
     FINDING_INVALID,
     4,
     "requests were sent late"},
    {"sealed, but lines are missing",
     {GOOD_RUN, .drops_lines = true},
     FINDING_INVALID,
     4,
     "the manifest says "},
    {"everything failed",
     {GOOD_RUN, .faults = {{OUTCOME_SERVER_500, 1}}, .slos = "[\"ttft p95 <= 5s\"]"},
     FINDING_MISSED,
     1,
     "ttft p95 <= 5s: 100 % failed"},
    {"recovered",
     {GOOD_RUN, .outage_at_s = 6, .outage_s = 3},
     FINDING_VALID,
     0,
     "no SLO was asked for; after the outage it recovered"},
    {"collapsed",
     {GOOD_RUN, .outage_at_s = 6, .outage_s = 3, .stays_down = true},
     FINDING_COLLAPSED,
     1,
     "the system did not come back after the outage"},
    {"a miss, and a collapse",
     {GOOD_RUN, .outage_at_s = 6, .outage_s = 3, .stays_down = true,
      .slos = "[\"success >= 99%\"]"},
     FINDING_MISSED,
     1,
     "1 of 1 SLOs missed: success >= 99%: "},
    {"watched for too short a time",
     {GOOD_RUN, .outage_at_s = 6, .outage_s = 9},
     FINDING_VALID,
     0,
     "unknown whether it recovered from the outage"},
    {"nothing was sent",
     {GOOD_RUN, .faults = {{OUTCOME_SHED, 1}}},
     FINDING_INCONCLUSIVE,
     4,
     "no request was measured"},
};

static void findings(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scratch dir = scratch_new();
        struct fake_truth truth;
        struct fake_spec spec = rows[i].spec;
        struct err e = {0};
        check_row = rows[i].name;
        spec.path = scratch_path(&dir, "run");
        CHECK_INT(fake_run(&spec, &truth, &e), 0);
        struct summary *s = summary_read(scratch_path(&dir, "run"), NULL, &e);
        CHECK_STR(e.text, "");
        if (s != NULL) {
            CHECK_INT(s->state, rows[i].state);
            CHECK_INT(finding_rows[s->state].exit_code, rows[i].exit_code);
            if (strstr(s->sentence, rows[i].says) == NULL)
                CHECK_STR(s->sentence, rows[i].says);
        }
        summary_free(s);
        free(truth.requests);
        scratch_remove(&dir);
    }
}

/* A run killed in the middle: its logs are the truth, its numbers stand. */
static void a_killed_run_is_readable(void)
{
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct err e = {0};
    struct fake_spec spec = {GOOD_RUN, .status = "running", .killed_at_s = 12};
    spec.path = scratch_path(&dir, "run");
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    struct summary *s = summary_read(scratch_path(&dir, "run"), NULL, &e);
    CHECK_NEAR(s->window_s, 10, 1e-9); /* seconds 2 to 12 */
    CHECK_NEAR(s->elapsed_s, 12, 1e-9);
    CHECK_INT(s->whole.scheduled, s->logged.scheduled);
    CHECK(s->window.succeeded > 200);
    summary_free(s);
    free(truth.requests);
    scratch_remove(&dir);
}

static void errors_name_the_thing(void)
{
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct err e = {0}, no_arm = {0};
    struct fake_spec spec = {GOOD_RUN};
    CHECK(summary_read(scratch_path(&dir, "none"), NULL, &e) == NULL);
    CHECK(strstr(e.text, "none") != NULL);
    spec.path = scratch_path(&dir, "run");
    CHECK_INT(fake_run(&spec, &truth, &no_arm), 0);
    CHECK(summary_read(scratch_path(&dir, "run"), "canary", &no_arm) == NULL);
    CHECK(strstr(no_arm.text, "no arm \"canary\": the run has target") != NULL);
    free(truth.requests);
    scratch_remove(&dir);
}

int main(void)
{
    RUN(findings);
    RUN(a_killed_run_is_readable);
    RUN(errors_name_the_thing);
    return check_report();
}
