/*
 * Folding: which values of which requests end up under which tag, the lines of
 * intervals.jsonl, and that nothing is lost or counted twice over a random run.
 */
#include "base/json.h"
#include "base/rng.h"
#include "check.h"
#include "measure/fold.h"
#include "measure/hlog.h"
#include "measure/series.h"

static const char *const arms[] = {"main", "canary"};
static const char *const classes[] = {"chat", "my class"};
static const char *const phases[] = {"warm-up", "steady"};
static const struct fold_names names = {arms, classes, phases, 2, 2, 2};

/* A fold with one epoch and the text of its last interval. */
struct bench {
    struct fold *fold;
    struct epoch *epoch;
    struct buf hlog, intervals;
};

static struct bench bench_new(void)
{
    struct bench b = {fold_new(&names), epoch_new(2, 2), {0}, {0}};
    buf_init(&b.hlog, 1 << 26);
    buf_init(&b.intervals, 1 << 26);
    return b;
}

static void bench_release(struct bench *b)
{
    fold_free(b->fold);
    epoch_free(b->epoch);
    buf_release(&b->hlog);
    buf_release(&b->intervals);
}

static void bench_fold(struct bench *b, int64_t t_ns)
{
    buf_reset(&b->hlog);
    buf_reset(&b->intervals);
    fold_begin(b->fold, t_ns, NS_PER_S);
    fold_epoch(b->fold, b->epoch);
    fold_end(b->fold, "steady", true, &b->hlog, &b->intervals);
    epoch_reset(b->epoch);
}

static struct sample sample_of(enum outcome outcome)
{
    struct sample s = {.due_ns = 3400 * NS_PER_MS,
                       .end_ns = 5400 * NS_PER_MS,
                       .outcome = (uint8_t)outcome,
                       .is_measured = true,
                       .phase = 1,
                       .stratum = 20,
                       .attempts = outcome_rows[outcome].kind != KIND_NOT_SENT};
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        s.value_ns[m] = SAMPLE_UNDEFINED;
    return s;
}

/* Adds up all lines of this tag (NULL: any) of text into h; their number. */
static unsigned collect(const char *text, const char *tag, struct hist *h,
                        int64_t *start_ns)
{
    struct hlog_decoder *decoder = hlog_decoder_new();
    unsigned lines = 0;
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        struct hlog_entry entry;
        struct err e = {0};
        const struct hist_bin *bins;
        size_t n;
        CHECK_INT(hlog_parse(line, length, &entry, &e), HLOG_ENTRY);
        if (tag == NULL || (entry.tag_length == strlen(tag) &&
                            memcmp(entry.tag, tag, entry.tag_length) == 0)) {
            CHECK_INT(hlog_decode(decoder, entry.payload, entry.payload_length, &bins,
                                  &n, &e),
                      0);
            hist_add_bins(h, bins, n);
            *start_ns = entry.start_ns;
            lines++;
        }
        line += length + 1;
    }
    hlog_decoder_free(decoder);
    return lines;
}

/* Total and largest slot of a tag in the bench's log. */
static void check_series(const struct bench *b, const char *tag, uint64_t total,
                         int64_t max_us, int64_t start_s)
{
    struct hist *h = hist_new();
    int64_t start_ns = 0;
    check_row = tag;
    CHECK_INT(collect(b->hlog.data, tag, h, &start_ns), total > 0);
    CHECK_INT(h->total, total);
    CHECK_INT(hist_max_us(h), total > 0 ? hist_slot_high(hist_slot(max_us)) : 0);
    CHECK_INT(start_ns, start_s * NS_PER_S);
    hist_free(h);
    check_row = NULL;
}

/* The nth line of this kind, as an object to json_decref. */
static json_t *line_of_kind(const char *text, const char *kind, unsigned nth)
{
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        struct err e = {0};
        json_t *object = json_parse(line, length, &e);
        CHECK(object != NULL);
        if (strcmp(json_string_value(json_object_get(object, "kind")), kind) == 0 &&
            nth-- == 0)
            return object;
        json_decref(object);
        line += length + 1;
    }
    return NULL;
}

static void check_member(const json_t *object, const char *key, double expected)
{
    const json_t *value = json_object_get(object, key);
    check_row = key;
    CHECK(json_is_number(value));
    CHECK_NEAR(json_number_value(value), expected, 1e-9);
    check_row = NULL;
}

static void check_text(const json_t *object, const char *key, const char *expected)
{
    check_row = key;
    CHECK_STR(json_string_value(json_object_get(object, key)), expected);
    check_row = NULL;
}

/* The rule of fold.h, by kind: a request with every value set. */
static void kinds_record_their_metrics(void)
{
    static const struct {
        const char *name;
        enum outcome outcome;
        uint32_t metrics;
    } rows[] = {
#define BIT(m) (1u << METRIC_##m)
        {"ok", OUTCOME_OK, ((1u << METRIC_COUNT) - 1) & ~(BIT(FAILURE) | BIT(GAP))},
        {"failed", OUTCOME_RESET,
         BIT(FAILURE) | BIT(LAG) | BIT(QUEUE) | BIT(DNS) | BIT(CONNECT) | BIT(TLS)},
        {"censored", OUTCOME_CENSORED, BIT(LAG) | BIT(QUEUE)},
        {"not sent", OUTCOME_SHED, 0},
#undef BIT
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct bench b = bench_new();
        struct sample s = sample_of(rows[i].outcome);
        for (unsigned m = 0; m < METRIC_COUNT; m++)
            s.value_ns[m] = (int64_t)(m + 1) * NS_PER_MS;
        epoch_sample(b.epoch, &s);
        bench_fold(&b, 5 * NS_PER_S);
        for (unsigned m = 0; m < METRIC_COUNT; m++) {
            char tag[SERIES_TEXT];
            struct series_name name = {"main",      "chat",         4,   4,
                                       STRATUM_ALL, (enum metric)m, true};
            if (metric_rows[m].has_strata)
                name.stratum = 20;
            bool is_there = (rows[i].metrics >> m & 1) != 0;
            int64_t us = m == METRIC_FAILURE ? 2000000 : (int64_t)(m + 1) * 1000;
            check_series(&b, series_format(tag, &name), is_there, us, is_there ? 3 : 0);
        }
        struct hist *all = hist_new();
        int64_t start_ns;
        check_row = rows[i].name;
        CHECK_INT(collect(b.hlog.data, NULL, all, &start_ns),
                  __builtin_popcount(rows[i].metrics));
        hist_free(all);
        bench_release(&b);
    }
}

static void series_are_apart(void)
{
    struct bench b = bench_new();
    struct sample s = sample_of(OUTCOME_OK);
    s.value_ns[METRIC_TTFT] = 5 * NS_PER_MS;
    epoch_sample(b.epoch, &s);
    epoch_sample(b.epoch, &s);
    s.is_measured = false;
    s.value_ns[METRIC_TTFT] = 6 * NS_PER_MS;
    epoch_sample(b.epoch, &s);
    s.is_measured = true;
    s.stratum = 0;
    s.value_ns[METRIC_TTFT] = 7 * NS_PER_MS;
    epoch_sample(b.epoch, &s);
    s.arm = 1;
    s.class_index = 1;
    s.value_ns[METRIC_TTFT] = 8 * NS_PER_MS;
    epoch_sample(b.epoch, &s);
    s.due_ns = 0;
    s.value_ns[METRIC_TTFT] = 9 * NS_PER_MS;
    s.stratum = 41;
    epoch_sample(b.epoch, &s);
    bench_fold(&b, 5 * NS_PER_S);
    check_series(&b, "main/chat/p20/ttft", 2, 5000, 3);
    check_series(&b, "~main/chat/p20/ttft", 1, 6000, 3);
    check_series(&b, "main/chat/p0/ttft", 1, 7000, 3);
    check_series(&b, "canary/my_class/p0/ttft", 1, 8000, 3);
    check_series(&b, "canary/my_class/p41/ttft", 1, 9000, 0);
    /* ascending in time, the way the log is read */
    CHECK_INT(strncmp(b.hlog.data, "Tag=canary/my_class/p41/ttft,0.000,1.000", 40), 0);
    bench_release(&b);
}

static void before_t0_is_not_counted(void)
{
    struct bench b = bench_new();
    struct sample s = sample_of(OUTCOME_OK);
    s.due_ns = -1;
    s.value_ns[METRIC_TTFT] = 5 * NS_PER_MS;
    epoch_sample(b.epoch, &s);
    bench_fold(&b, 0);
    CHECK_INT(b.hlog.len, 0);
    CHECK_INT(fold_totals(b.fold, 0, 0)->scheduled, 0);
    bench_release(&b);
}

static void out_of_range_is_refused_and_seen(void)
{
    struct bench b = bench_new();
    struct sample s = sample_of(OUTCOME_OK);
    s.value_ns[METRIC_E2E] = (HIST_HIGHEST_US + 1) * NS_PER_US;
    s.value_ns[METRIC_LAG] = -5 * NS_PER_US;
    s.value_ns[METRIC_TTFT] = HIST_HIGHEST_US * NS_PER_US;
    epoch_sample(b.epoch, &s);
    bench_fold(&b, 5 * NS_PER_S);
    CHECK_INT(fold_live(b.fold, METRIC_E2E)->refused, 1);
    CHECK_INT(fold_live(b.fold, METRIC_LAG)->refused, 1);
    CHECK_INT(fold_live(b.fold, METRIC_E2E)->total, 0);
    check_series(&b, "main/chat/p20/ttft", 1, HIST_HIGHEST_US, 3);
    bench_release(&b);
}

/* A line for the arm that heard of limits, in the interval in which it did. */
static void limits_are_written(void)
{
    struct bench b = bench_new();
    struct ratelimit r;
    ratelimit_reset(&r);
    r.count = 1;
    r.budgets[0] = (struct ratelimit_budget){.limit = 60, .remaining = 7};
    budgets_note(&b.epoch->budgets[1], &r);
    bench_fold(&b, 7 * NS_PER_S);
    json_t *line = line_of_kind(b.intervals.data, "limits", 0);
    check_text(line, "arm", "canary");
    json_t *budget = json_array_get(json_object_get(line, "budgets"), 0);
    check_text(budget, "of", "requests");
    check_member(budget, "remaining_min", 7);
    CHECK(line_of_kind(b.intervals.data, "limits", 1) == NULL);
    json_decref(line);
    buf_reset(&b.intervals);
    epoch_reset(b.epoch);
    bench_fold(&b, 8 * NS_PER_S);
    CHECK(line_of_kind(b.intervals.data, "limits", 0) == NULL);
    CHECK_INT(fold_budgets(b.fold, 1)->items[0].remaining_min, 7);
    CHECK_INT(fold_budgets(b.fold, 0)->count, 0);
    bench_release(&b);
}

static void gaps_are_added_over_workers(void)
{
    struct bench b = bench_new();
    struct epoch *other = epoch_new(2, 2);
    (void)hist_record(epoch_gaps(b.epoch, 0, 0, true), 1000, 3);
    (void)hist_record(epoch_gaps(other, 0, 0, true), 2000, 4);
    (void)hist_record(epoch_gaps(other, 1, 1, false), 500, 1);
    fold_begin(b.fold, 7 * NS_PER_S, NS_PER_S);
    fold_epoch(b.fold, b.epoch);
    fold_epoch(b.fold, other);
    fold_end(b.fold, "steady", true, &b.hlog, &b.intervals);
    check_series(&b, "main/chat/all/gap", 7, 2000, 7);
    check_series(&b, "~canary/my_class/all/gap", 1, 500, 7);
    json_t *health = line_of_kind(b.intervals.data, "health", 0);
    check_member(health, "gap_count", 8);
    json_decref(health);
    epoch_reset(b.epoch);
    bench_fold(&b, 8 * NS_PER_S); /* nothing stays for the next interval */
    CHECK_INT(b.hlog.len, 0);
    CHECK_INT(fold_live(b.fold, METRIC_GAP)->total, 8);
    epoch_free(other);
    bench_release(&b);
}

/* A member of a line and its value; a table ends with a NULL key. */
struct member {
    const char *key;
    double value;
};

static const struct member second_members[] = {
    {"t", 5.25},
    {"due", 11},
    {"sent", 12},
    {"attempts", 13},
    {"first_contents", 14},
    {"content_events", 15},
    {"body_bytes", 16},
    {"done", 3},
    {"ok", 2},
    {"failed", 1},
    {"not_sent", 1},
    {"censored", 1},
    {"prompt_tokens", 200},
    {"output_tokens", 60},
    {"ttft_sent_count", 2},
    {"ttft_sent_s", 0.0245},
    {NULL, 0},
};

static const struct member slice_members[] = {
    {"t", 3},
    {"ok", 2},
    {"good", 1},
    {"censored", 1},
    {"prompt_tokens", 200},
    {"cached_tokens", 120},
    {"output_tokens", 60},
    {"prompt_asked", 202},
    {"output_asked", 62},
    {"decode_ms", 3},
    {NULL, 0},
};

static const struct member health_members[] = {
    {"t", 5.25},
    {"interval_ms", 1007},
    {"lag_us_max", 1234},
    {"stall_us_max", 7654},
    {"in_flight", 4},
    {"in_flight_max", 5},
    {"connections", 6},
    {"connects", 3},
    {"stamps_kernel", 1},
    {"stamps_loop", 2},
    {"cpu_share_max", 0.25},
    {"runq_share_max", 0.125},
    {"throttled_us", 30},
    {"samples_lost", 0},
    {"late_ms", 20},
    {"gap_count", 0},
    {NULL, 0},
};

static void check_members(const json_t *object, const struct member *members)
{
    for (; members->key != NULL; members++)
        check_member(object, members->key, members->value);
}

/* Two successes, one good; a failure; one censored; one not sent. */
static void fill_epoch(struct epoch *e)
{
    struct sample s = sample_of(OUTCOME_OK);
    s.prompt_tokens = 100;
    s.cached_tokens = 60;
    s.output_tokens = 30;
    s.prompt_asked = 101;
    s.output_asked = 31;
    s.decode_ns = 1500 * NS_PER_US;
    s.is_good = true;
    s.value_ns[METRIC_TTFT_SENT] = 12 * NS_PER_MS;
    epoch_sample(e, &s);
    s.is_good = false;
    s.value_ns[METRIC_TTFT_SENT] = 12500 * NS_PER_US;
    epoch_sample(e, &s);
    s.outcome = OUTCOME_RATE_LIMITED;
    epoch_sample(e, &s);
    s.outcome = OUTCOME_CENSORED;
    epoch_sample(e, &s);
    s.outcome = OUTCOME_SHED;
    s.attempts = 0;
    epoch_sample(e, &s);
    *epoch_flow(e, 0, 0) = (struct flow){.due = 11,
                                         .sent = 12,
                                         .attempts = 13,
                                         .first_contents = 14,
                                         .content_events = 15,
                                         .body_bytes = 16};
    e->health = (struct worker_health){.begin_ns = NS_PER_S,
                                       .end_ns = 3 * NS_PER_S,
                                       .lag_ns_max = 1234567,
                                       .stall_ns_max = 7654321,
                                       .cpu_ns = NS_PER_S / 2,
                                       .runq_ns = NS_PER_S / 4,
                                       .stamps_kernel = 1,
                                       .stamps_loop = 2,
                                       .connects = 3,
                                       .in_flight = 4,
                                       .in_flight_max = 5,
                                       .connections = 6};
}

static void check_lines(const char *intervals)
{
    json_t *o = line_of_kind(intervals, "second", 0);
    check_members(o, second_members);
    check_text(o, "arm", "main");
    check_text(o, "class", "chat");
    check_text(o, "phase", "steady");
    CHECK(json_is_true(json_object_get(o, "measured")));
    json_decref(o);
    o = line_of_kind(intervals, "second", 3); /* one each, used or not */
    check_text(o, "arm", "canary");
    check_text(o, "class", "my_class");
    check_member(o, "done", 0);
    json_decref(o);
    o = line_of_kind(intervals, "slice", 0);
    check_members(o, slice_members);
    check_text(o, "stratum", "p20");
    check_text(o, "phase", "steady");
    check_member(json_object_get(o, "failed"), "rate_limited_429", 1);
    check_member(json_object_get(o, "not_sent"), "shed", 1);
    CHECK_INT(json_object_size(json_object_get(o, "failed")), 1);
    json_decref(o);
    o = line_of_kind(intervals, "health", 0);
    check_members(o, health_members);
    json_decref(o);
    CHECK(line_of_kind(intervals, "second", 4) == NULL);
    CHECK(line_of_kind(intervals, "slice", 1) == NULL);
    CHECK(line_of_kind(intervals, "health", 1) == NULL);
}

static void lines_of_an_interval(void)
{
    struct bench b = bench_new();
    fill_epoch(b.epoch);
    fold_begin(b.fold, 5250 * NS_PER_MS, 1007 * NS_PER_MS);
    fold_host(b.fold, 20 * NS_PER_MS, 30 * NS_PER_US);
    fold_epoch(b.fold, b.epoch);
    fold_end(b.fold, "steady", true, &b.hlog, &b.intervals);
    check_lines(b.intervals.data);
    bench_release(&b);
}

/* Two phases in one second, two strata, out of order: four lines, ascending. */
static void slices_are_split_and_sorted(void)
{
    static const char *const expected[] = {"p3 warm-up", "p3 steady", "p9 warm-up",
                                           "p9 steady"};
    struct bench b = bench_new();
    for (unsigned i = 0; i < 4 * 500; i++) {
        struct sample s = sample_of(OUTCOME_OK);
        s.stratum = i & 1 ? 3 : 9;
        s.phase = (uint16_t)(i >> 1 & 1);
        s.due_ns = (int64_t)(499 - i / 4) * NS_PER_S; /* 500 seconds: the table grows */
        epoch_sample(b.epoch, &s);
    }
    bench_fold(&b, 0);
    for (unsigned i = 0; i < 4 * 500; i += 333) {
        json_t *o = line_of_kind(b.intervals.data, "slice", i);
        char text[64];
        (void)snprintf(text, sizeof text, "%s %s",
                       json_string_value(json_object_get(o, "stratum")),
                       json_string_value(json_object_get(o, "phase")));
        CHECK_STR(text, expected[i % 4]);
        check_member(o, "t", i / 4);
        check_member(o, "ok", 1);
        json_decref(o);
    }
    CHECK(line_of_kind(b.intervals.data, "slice", 4 * 500) == NULL);
    bench_release(&b);
}

static struct sample random_sample(struct rng *r, uint64_t second)
{
    static const enum outcome outcomes[] = {
        OUTCOME_OK,    OUTCOME_OK,   OUTCOME_OK,      OUTCOME_RESET,
        OUTCOME_EMPTY, OUTCOME_SHED, OUTCOME_CENSORED};
    struct sample s = sample_of(outcomes[rng_below(r, ARRAY_LEN(outcomes))]);
    s.due_ns = (int64_t)(rng_unit(r) * 1e9 * (double)(second + 1));
    s.end_ns = s.due_ns + (int64_t)(rng_exponential(r) * 1e9);
    s.arm = (uint16_t)rng_below(r, 2);
    s.class_index = (uint16_t)rng_below(r, 2);
    s.stratum = (uint8_t)rng_below(r, STRATUM_COUNT);
    s.is_measured = rng_below(r, 2) != 0;
    s.is_good = rng_below(r, 2) != 0;
    s.value_ns[METRIC_LAG] = (int64_t)rng_below(r, 1000000);
    if (s.outcome == OUTCOME_OK)
        s.value_ns[METRIC_E2E] = s.end_ns - s.due_ns;
    return s;
}

/* Sums over the lines of a run: counts by metric and the dense histogram of e2e. */
struct run_sums {
    uint64_t counts[METRIC_COUNT];
    uint64_t slices_ok, slices_good, slices_all;
    struct hist *e2e, *expected;
};

static void sum_object(struct run_sums *sums, const json_t *o)
{
    const char *key;
    json_t *value;
    uint64_t ok = (uint64_t)json_integer_value(json_object_get(o, "ok"));
    sums->slices_ok += ok;
    sums->slices_all += ok;
    sums->slices_good += (uint64_t)json_integer_value(json_object_get(o, "good"));
    sums->slices_all += (uint64_t)json_integer_value(json_object_get(o, "censored"));
    json_object_foreach(json_object_get(o, "failed"), key, value) sums->slices_all +=
        (uint64_t)json_integer_value(value);
    json_object_foreach(json_object_get(o, "not_sent"), key, value) sums->slices_all +=
        (uint64_t)json_integer_value(value);
}

static void sum_log(struct run_sums *sums, struct hlog_decoder *d, const char *text)
{
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        struct hlog_entry entry;
        struct series_name name;
        struct err e = {0};
        const struct hist_bin *bins;
        size_t n;
        CHECK_INT(hlog_parse(line, strcspn(line, "\n"), &entry, &e), HLOG_ENTRY);
        CHECK_INT(series_parse(entry.tag, entry.tag_length, &name, &e), 0);
        CHECK_INT(hlog_decode(d, entry.payload, entry.payload_length, &bins, &n, &e),
                  0);
        for (size_t i = 0; i < n; i++)
            sums->counts[name.metric] += bins[i].count;
        if (name.metric == METRIC_E2E)
            hist_add_bins(sums->e2e, bins, n);
    }
}

/* Sum of the counts in the log = final totals = counted requests. */
static void nothing_is_lost_over_a_run(void)
{
    struct bench b = bench_new();
    struct run_sums sums = {.e2e = hist_new(), .expected = hist_new()};
    struct hlog_decoder *decoder = hlog_decoder_new();
    struct rng r;
    rng_init(&r, 11, RNG_JITTER, 0);
    for (uint64_t second = 0; second < 10; second++) {
        for (unsigned i = 0; i < 300; i++) {
            struct sample s = random_sample(&r, second);
            epoch_sample(b.epoch, &s);
            if (s.outcome == OUTCOME_OK)
                (void)hist_record(sums.expected, hist_us(s.end_ns - s.due_ns), 1);
        }
        bench_fold(&b, (int64_t)second * NS_PER_S);
        sum_log(&sums, decoder, b.hlog.data);
        for (const char *line = b.intervals.data; *line != '\0';
             line += strcspn(line, "\n") + 1) {
            struct err e = {0};
            json_t *o = json_parse(line, strcspn(line, "\n"), &e);
            if (strncmp(line, "{\"kind\":\"slice\"", 15) == 0)
                sum_object(&sums, o);
            json_decref(o);
        }
    }
    struct totals t;
    fold_totals_sum(b.fold, &t);
    CHECK(totals_hold(&t));
    CHECK_INT(t.scheduled, 3000);
    CHECK_INT(sums.slices_all, 3000);
    CHECK_INT(sums.slices_ok, t.succeeded);
    CHECK_INT(sums.slices_good, t.good);
    CHECK_INT(sums.counts[METRIC_E2E], t.succeeded);
    CHECK_INT(sums.counts[METRIC_FAILURE], t.failed);
    CHECK_INT(sums.counts[METRIC_LAG], t.sent);
    CHECK(memcmp(sums.e2e, sums.expected, sizeof *sums.e2e) == 0);
    CHECK(memcmp(fold_live(b.fold, METRIC_E2E), sums.expected, sizeof *sums.e2e) == 0);
    hlog_decoder_free(decoder);
    hist_free(sums.e2e);
    hist_free(sums.expected);
    bench_release(&b);
}

int main(void)
{
    RUN(kinds_record_their_metrics);
    RUN(series_are_apart);
    RUN(before_t0_is_not_counted);
    RUN(out_of_range_is_refused_and_seen);
    RUN(limits_are_written);
    RUN(gaps_are_added_over_workers);
    RUN(lines_of_an_interval);
    RUN(slices_are_split_and_sorted);
    RUN(nothing_is_lost_over_a_run);
    return check_report();
}
