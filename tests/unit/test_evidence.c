/*
 * Run directories as evidence: sums against what was drawn, a live run heard in
 * pieces, two arms in one run, and directories that are broken in every way.
 */
#include "check.h"
#include "fake_run.h"
#include "judge/hearing.h"
#include "scratch.h"

#include <errno.h>

#define MASK                                                                           \
    (UINT32_C(1) << METRIC_TTFT | UINT32_C(1) << METRIC_TPOT |                         \
     UINT32_C(1) << METRIC_E2E)

/* ---- a run of known truth */

static const struct fake_spec drawn = {
    .seed = 5,
    .rate_per_s = 40,
    .duration_s = 30,
    .warmup_s = 7,
    .decode_s = 0.004,
    .faults = {{OUTCOME_SERVER_500, 0.03},
               {OUTCOME_TTFT_TIMEOUT, 0.02},
               {OUTCOME_RATE_LIMITED, 0.01},
               {OUTCOME_SHED, 0.02},
               {OUTCOME_CANCELLED, 0.01}},
    .slos = "[\"ttft p95 <= 2s\",\"success >= 99%\"]",
};

struct sums {
    uint64_t requests, ok, good, failed[FAILURES_SETS], quota, unsent, tokens;
};

static struct sums drawn_sums(const struct fake_truth *truth)
{
    struct sums s = {0};
    for (size_t i = 0; i < truth->count; i++) {
        const struct sample *x = &truth->requests[i];
        if (!x->is_measured)
            continue;
        bool is_ok = x->outcome == OUTCOME_OK;
        bool is_failed = x->outcome == OUTCOME_SERVER_500 ||
                         x->outcome == OUTCOME_TTFT_TIMEOUT ||
                         x->outcome == OUTCOME_SHED;
        s.requests += is_ok || is_failed;
        s.ok += is_ok;
        s.good += is_ok && x->is_good;
        s.tokens += is_ok ? x->output_tokens : 0;
        s.failed[FAILURES_ALL] += is_failed;
        s.failed[FAILURES_SERVER] += x->outcome == OUTCOME_SERVER_500;
        s.failed[FAILURES_FIRM] += x->outcome == OUTCOME_SERVER_500;
        s.failed[FAILURES_TIMEOUT] += x->outcome == OUTCOME_TTFT_TIMEOUT;
        s.quota += x->outcome == OUTCOME_RATE_LIMITED;
        s.unsent += x->outcome == OUTCOME_CANCELLED;
    }
    return s;
}

static struct sums heard_sums(const struct witness *w)
{
    struct sums s = {0};
    double tokens = 0;
    for (size_t t = 0; t < w->row_count; t++) {
        const struct ledger_row *row = &w->rows[t];
        s.requests += row->requests;
        s.ok += row->ok;
        s.good += row->good;
        for (size_t set = 0; set < FAILURES_SETS; set++)
            s.failed[set] += row->failed[set];
        s.quota += row->quota;
        s.unsent += row->unsent;
        tokens += row->output_tokens;
    }
    s.tokens = (uint64_t)tokens;
    return s;
}

static uint64_t values_of(const struct witness *w, enum metric m)
{
    uint64_t n = 0;
    for (size_t i = 0; i < w->values[m].count; i++)
        n += w->values[m].items[i].count;
    return n;
}

static void check_sums(const struct sums *heard, const struct sums *truth)
{
    CHECK_INT(heard->requests, truth->requests);
    CHECK_INT(heard->ok, truth->ok);
    CHECK_INT(heard->good, truth->good);
    for (size_t set = 0; set < FAILURES_SETS; set++)
        CHECK_INT(heard->failed[set], truth->failed[set]);
    CHECK_INT(heard->quota, truth->quota);
    CHECK_INT(heard->unsent, truth->unsent);
    CHECK_INT(heard->tokens, truth->tokens);
}

static void hears_what_was_drawn(void)
{
    struct scratch dir = scratch_new();
    struct fake_spec spec = drawn;
    struct fake_truth truth;
    struct err e = {0};
    spec.path = scratch_path(&dir, "run");
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    struct hearing *h = hearing_open(spec.path, NULL, MASK, &e);
    CHECK_STR(e.text, "");
    if (h != NULL) {
        const struct witness *w = hearing_witness(h, 0);
        struct sums heard = heard_sums(w), expected = drawn_sums(&truth);
        size_t lost = 0;
        check_sums(&heard, &expected);
        CHECK_INT(values_of(w, METRIC_E2E), expected.ok);
        CHECK_INT(values_of(w, METRIC_TTFT), expected.ok);
        CHECK_INT(w->values[METRIC_LAG].count, 0); /* was not asked for */
        for (size_t i = 0; i < w->loss_count; i++)
            lost += w->losses[i].count;
        CHECK_INT(lost, expected.failed[FAILURES_ALL]);
        CHECK_INT(w->outcomes[OUTCOME_SHED] + w->outcomes[OUTCOME_SERVER_500] +
                      w->outcomes[OUTCOME_TTFT_TIMEOUT],
                  expected.failed[FAILURES_ALL]);
        for (size_t t = 0; t < w->row_count; t++)
            CHECK(w->rows[t].is_measured == (t >= 7 && t < 30));
        CHECK_INT(w->logged, truth.count);
        CHECK_NEAR(w->facts.scheduled, (double)truth.count, 0);
        CHECK_STR(w->facts.run_id, spec.path);
        CHECK_STR(w->facts.profile_name, "assistant");
        CHECK_STR(w->facts.load_kind, "poisson");
        CHECK_NEAR(w->facts.ttft_s, 10, 0);
        CHECK_NEAR(w->facts.lag_us_p99, 92, 0);
        CHECK_NEAR(w->facts.clock_drift_s, -0.25, 0);
        CHECK_INT(w->facts.slo_count, 2);
        CHECK_INT(w->facts.status, RUN_COMPLETE);
    }
    hearing_close(h);
    free(truth.requests);
    scratch_remove(&dir);
}

/* ---- a run that grows */

static void put_part(struct scratch *dir, const char *from, const char *to, double part)
{
    size_t length = 0;
    char *text = scratch_read(scratch_path(dir, from), &length);
    CHECK(text != NULL);
    scratch_write(scratch_path(dir, to), text, (size_t)(part * (double)length));
    free(text);
}

static void put_parts(struct scratch *dir, double part)
{
    put_part(dir, "run/run.json", "live/run.json", 1);
    put_part(dir, "run/events.jsonl", "live/events.jsonl", 1);
    put_part(dir, "run/failures.jsonl", "live/failures.jsonl", 1);
    put_part(dir, "run/intervals.jsonl", "live/intervals.jsonl", part);
    put_part(dir, "run/latency.hlog", "live/latency.hlog", part);
}

/* Cut at any byte, continued, it is the same evidence as read at once. */
static void continues(void)
{
    struct scratch dir = scratch_new();
    struct fake_spec spec = drawn;
    struct fake_truth truth;
    struct err e = {0};
    char whole[512];
    (void)snprintf(whole, sizeof whole, "%s", scratch_path(&dir, "run"));
    spec.path = whole;
    spec.status = "running";
    CHECK_INT(fake_run(&spec, &truth, &e), 0);
    CHECK_INT(mkdir(scratch_path(&dir, "live"), 0700), 0);
    put_parts(&dir, 0.01);
    struct hearing *h = hearing_open(scratch_path(&dir, "live"), NULL, MASK, &e);
    CHECK_STR(e.text, "");
    for (double part = 0.09; h != NULL && part < 1.08; part += 0.0777) {
        put_parts(&dir, part < 1 ? part : 1);
        CHECK_INT(hearing_continue(h, &e), 0);
    }
    struct hearing *once = hearing_open(whole, NULL, MASK, &e);
    CHECK_STR(e.text, "");
    if (h != NULL && once != NULL) {
        const struct witness *a = hearing_witness(h, 0), *b = hearing_witness(once, 0);
        struct sums x = heard_sums(a), y = heard_sums(b), expected = drawn_sums(&truth);
        check_sums(&x, &expected);
        check_sums(&y, &expected);
        CHECK_INT(a->values[METRIC_E2E].count, b->values[METRIC_E2E].count);
        CHECK(memcmp(a->values[METRIC_E2E].items, b->values[METRIC_E2E].items,
                     b->values[METRIC_E2E].count * sizeof(struct observation)) == 0);
        CHECK_INT(a->facts.status, RUN_RUNNING);
    }
    hearing_close(h);
    hearing_close(once);
    free(truth.requests);
    scratch_remove(&dir);
}

/* ---- hand-made directories */

struct files {
    const char *manifest, *intervals, *log; /* log: its data lines */
};

static const char two_arms[] =
    "{\"schema\":1,\"status\":\"complete\",\"arms\":[\"baseline\",\"canary\"],"
    "\"load\":{\"kind\":\"poisson\",\"rate_per_s\":3,\"split\":\"90/10\"},"
    "\"targets\":[{\"url\":\"http://a\"},{\"url\":\"http://b\"}],"
    "\"phases\":[{\"name\":\"w\",\"start_s\":0,\"duration_s\":1.5,\"measured\":false},"
    "{\"name\":\"s\",\"start_s\":1.5,\"duration_s\":4,\"measured\":true}],"
    "\"window\":{\"start_s\":1.5,\"end_s\":5.5}}";

static const char one_arm[] = "{\"schema\":1,\"status\":\"complete\",\"arms\":[\"a\"]}";

static void write_files(struct scratch *dir, const struct files *f)
{
    struct buf log;
    buf_init(&log, 1 << 16);
    hlog_header(&log, "gust", 0);
    buf_puts(&log, f->log);
    CHECK(mkdir(scratch_path(dir, "run"), 0700) == 0 || errno == EEXIST);
    scratch_write(scratch_path(dir, "run/run.json"), f->manifest, strlen(f->manifest));
    scratch_write(scratch_path(dir, "run/intervals.jsonl"), f->intervals,
                  strlen(f->intervals));
    scratch_write(scratch_path(dir, "run/latency.hlog"), log.data, log.len);
    scratch_write(scratch_path(dir, "run/events.jsonl"), "", 0);
    scratch_write(scratch_path(dir, "run/failures.jsonl"), "", 0);
    buf_release(&log);
}

static void hears_two_arms(void)
{
    static const struct files files = {
        two_arms,
        "{\"kind\":\"slice\",\"t\":1,\"arm\":\"canary\",\"class\":\"c\",\"stratum\":"
        "\"p4\",\"measured\":true,\"ok\":9}\n"
        "{\"kind\":\"slice\",\"t\":2,\"arm\":\"baseline\",\"class\":\"c\",\"stratum\":"
        "\"p4\",\"measured\":true,\"ok\":3,\"failed\":{\"reset\":2,\"new_kind\":1},"
        "\"not_sent\":{\"cancelled\":4},\"censored\":1}\n"
        "{\"kind\":\"slice\",\"t\":2,\"arm\":\"baseline\",\"class\":\"c\",\"stratum\":"
        "\"p4\",\"measured\":false,\"ok\":100}\n"
        "{\"kind\":\"slice\",\"t\":2,\"arm\":\"other\",\"measured\":true,\"ok\":100}\n"
        "{\"kind\":\"news\",\"t\":-5}\n"
        "{\"kind\":\"health\",\"t\":3,\"interval_ms\":1000,\"lag_us_max\":1200000}\n",
        ""};
    struct scratch dir = scratch_new();
    struct err e = {0};
    write_files(&dir, &files);
    struct hearing *h = hearing_open(scratch_path(&dir, "run"), NULL, MASK, &e);
    CHECK_STR(e.text, "");
    if (h != NULL && hearing_arms(h) == 2) {
        const struct witness *b = hearing_witness(h, 0), *c = hearing_witness(h, 1);
        CHECK_STR(b->arm, "baseline");
        CHECK_STR(c->facts.url, "http://b");
        CHECK_STR(c->facts.split, "90/10");
        CHECK_INT(b->rows[2].requests, 7);
        CHECK_INT(b->rows[2].failed[FAILURES_ALL], 4);
        CHECK_INT(b->rows[2].unsent, 4);
        CHECK_INT(b->outcomes[OUTCOME_OTHER], 1);
        /* a second that warm-up shares is not measured; nor is a cut one */
        CHECK(!c->rows[1].is_measured && c->rows[2].is_measured);
        CHECK(c->rows[4].is_measured && (c->row_count == 5 || !c->rows[5].is_measured));
        /* started in second 3, due up to 1.2 s before */
        CHECK_INT(b->rows[0].lag_us_max, 0);
        CHECK_INT(b->rows[1].lag_us_max, 1200000);
        CHECK_INT(c->rows[3].lag_us_max, 1200000);
        CHECK_INT(c->rows[4].lag_us_max, 0);
    }
    hearing_close(h);
    h = hearing_open(scratch_path(&dir, "run"), "canary", MASK, &e);
    CHECK(h != NULL && hearing_witness(h, 0) == NULL && hearing_witness(h, 1) != NULL);
    hearing_close(h);
    CHECK(hearing_open(scratch_path(&dir, "run"), "blue", MASK, &e) == NULL);
    CHECK(strstr(e.text, "no arm \"blue\"") != NULL);
    scratch_remove(&dir);
}

#define SLICE(members)                                                                 \
    "{\"kind\":\"slice\",\"arm\":\"a\",\"measured\":true," members "}\n"

static const struct {
    const char *name;
    struct files files;
    const char *error;
} broken[] = {
    {"no JSON", {"{", "", ""}, "run.json"},
    {"newer schema",
     {"{\"schema\":9,\"status\":\"complete\",\"arms\":[\"a\"]}", "", ""},
     "use a newer gust"},
    {"no arms", {"{\"schema\":1,\"status\":\"complete\"}", "", ""}, "arms"},
    {"bad SLO",
     {"{\"schema\":1,\"status\":\"complete\",\"arms\":[\"a\"],\"slos\":[\"x\"]}", "",
      ""},
     "slos[0]"},
    {"corrupt line",
     {one_arm, "{\"kind\":\"slice\"}\n{\"kin\n", ""},
     "intervals.jsonl line 2"},
    {"binary line", {one_arm, "\x7f\x45\x4c\x46\n", ""}, "intervals.jsonl line 1"},
    {"negative time", {one_arm, SLICE("\"t\":-1"), ""}, "no second of a run"},
    {"endless time", {one_arm, SLICE("\"t\":1e300"), ""}, "no second of a run"},
    {"stratum", {one_arm, SLICE("\"t\":1,\"stratum\":\"p99\""), ""}, "stratum"},
    {"stratum with a sign",
     {one_arm, SLICE("\"t\":1,\"stratum\":\"p-1\""), ""},
     "stratum"},
    {"failed is no object of counts",
     {one_arm, SLICE("\"t\":1,\"failed\":{\"reset\":\"2\"}"), ""},
     "are no counts"},
    {"a negative count",
     {one_arm, SLICE("\"t\":1,\"ok\":-3"), ""},
     "ok: -3 is no count"},
    {"a negative time of decoding",
     {one_arm, SLICE("\"t\":1,\"decode_ms\":-0.5"), ""},
     "decode_ms: -0.5 is no count"},
    {"a count that is no number",
     {one_arm, SLICE("\"t\":1,\"ok\":NaN"), ""},
     "intervals.jsonl line 1"},
    {"an endless count",
     {one_arm, SLICE("\"t\":1,\"prompt_tokens\":1e999"), ""},
     "prompt_tokens: inf is no count"},
    {"health at a strange time",
     {one_arm, "{\"kind\":\"health\",\"t\":5,\"interval_ms\":1e18}\n", ""},
     "no second of a run"},
    {"no log line", {one_arm, "", "hello\n"}, "latency.hlog line"},
    {"percentiles instead of histograms",
     {one_arm, "", "       12.031 0.950000000000       5700          20.00\n"},
     "latency.hlog line"},
    {"no tag", {one_arm, "", "1.0,1.0,1.0,HISTFAAAAA==\n"}, "tag"},
    {"strange tag",
     {one_arm, "", "Tag=a/b,1.0,1.0,1.0,HISTFAAAAA==\n"},
     "latency.hlog line"},
    {"corrupt payload",
     {one_arm, "", "Tag=a/c/p4/e2e,1.0,1.0,1.0,HISTFAAAAA==\n"},
     "latency.hlog line"},
    {"other histogram: 2 digits",
     {one_arm, "",
      "Tag=a/c/p4/e2e,1.0,1.0,1.0,"
      "HISTFAAAACJ4nJNpmSzMwMDAxAABMJoRiEVkrycw2H+ACHAyAQBReQPu\n"},
     "with 2 digits"},
    {"other histogram: up to an hour",
     {one_arm, "",
      "Tag=a/c/p4/e2e,1.0,1.0,1.0,"
      "HISTFAAAACJ4nJNpmSzMwMDAxAABzFCaEURcm7yEwf4DRICTCQBaQgSU\n"},
     "1..3600000000"},
};

static void refuses(void)
{
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct scratch dir = scratch_new();
        struct err e = {0};
        check_row = broken[i].name;
        write_files(&dir, &broken[i].files);
        struct hearing *h = hearing_open(scratch_path(&dir, "run"), NULL, MASK, &e);
        CHECK(h == NULL && e.is_set);
        CHECK(strstr(e.text, broken[i].error) != NULL);
        if (check_is_bad)
            fprintf(stderr, "%s\n", e.text);
        hearing_close(h);
        scratch_remove(&dir);
    }
}

static void refuses_what_is_no_run(void)
{
    struct scratch dir = scratch_new();
    struct err e = {0};
    CHECK(hearing_open(scratch_path(&dir, "none"), NULL, MASK, &e) == NULL);
    CHECK(strstr(e.text, "no such run directory") != NULL);
    e = (struct err){0};
    CHECK(hearing_open(dir.path, NULL, MASK, &e) == NULL);
    CHECK(strstr(e.text, "no run.json") != NULL);
    /* a summary has percentiles, of whatever definition */
    const char *summary = "{\"p95_ttft_ms\":120.5}";
    e = (struct err){0};
    scratch_write(scratch_path(&dir, "bench.json"), summary, strlen(summary));
    CHECK(hearing_open(scratch_path(&dir, "bench.json"), NULL, MASK, &e) == NULL);
    CHECK(strstr(e.text, "no run directory but a file; percentiles") != NULL);
    CHECK(strstr(e.text, "needs histograms") != NULL);
    e = (struct err){0};
    CHECK(hearing_open(dir.path, NULL, MASK, &e) == NULL);
    CHECK(strstr(e.text, "needs histograms") != NULL);
    scratch_remove(&dir);
}

/* A torn last line is what a killed run leaves: it is dropped, not an error. */
static void drops_a_torn_line(void)
{
    static const struct files files = {one_arm,
                                       SLICE("\"t\":1,\"ok\":2") "{\"kind\":\"sl", ""};
    struct scratch dir = scratch_new();
    struct err e = {0};
    write_files(&dir, &files);
    struct hearing *h = hearing_open(scratch_path(&dir, "run"), NULL, MASK, &e);
    CHECK(h != NULL);
    if (h != NULL) {
        CHECK_INT(hearing_witness(h, 0)->rows[1].ok, 2);
        CHECK_INT(hearing_witness(h, 0)->torn_lines, 1);
    }
    hearing_close(h);
    scratch_remove(&dir);
}

int main(void)
{
    RUN(hears_what_was_drawn);
    RUN(continues);
    RUN(hears_two_arms);
    RUN(refuses);
    RUN(refuses_what_is_no_run);
    RUN(drops_a_torn_line);
    return check_report();
}
