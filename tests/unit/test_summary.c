/*
 * A summary of a made-up run against the requests it was made of: every count must
 * be exact, every percentile the one of the sorted values, to a histogram's 0.1 %.
 */
#include "judge/finding.h"

#include "fake_run.h"
#include "scratch.h"

#include <stdlib.h>

static const struct fake_spec faulty = {
    .seed = 7,
    .rate_per_s = 40,
    .duration_s = 40,
    .warmup_s = 5,
    .decode_s = 0.004,
    .stall_at_s = 20,
    .faults = {{OUTCOME_SERVER_500, 0.01},
               {OUTCOME_TRUNCATED, 0.01},
               {OUTCOME_TTFT_TIMEOUT, 0.005},
               {OUTCOME_CENSORED, 0.005},
               {OUTCOME_SHED, 0.01}},
    .slos = "[\"ttft p95 <= 3s\",\"success >= 99%\"]",
};

static struct summary *read_fake(struct scratch *dir, struct fake_spec spec,
                                 struct fake_truth *truth)
{
    struct err e = {0};
    spec.path = scratch_path(dir, "run");
    CHECK_INT(fake_run(&spec, truth, &e), 0);
    struct summary *s = summary_read(scratch_path(dir, "run"), NULL, &e);
    CHECK_STR(e.text, "");
    return s;
}

static void counts(void)
{
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct totals whole = {0}, window = {0}, chat = {0};
    struct summary *s = read_fake(&dir, faulty, &truth);
    for (size_t i = 0; i < truth.count; i++) {
        const struct sample *r = &truth.requests[i];
        totals_count(&whole, r);
        if (r->is_measured)
            totals_count(&window, r);
        if (r->is_measured && r->class_index == 0)
            totals_count(&chat, r);
    }
    CHECK(whole.failed > 20 && window.not_sent > 5 && chat.succeeded > 500);
    CHECK_INT(s->whole.scheduled, whole.scheduled);
    CHECK_INT(s->logged.scheduled, whole.scheduled);
    CHECK_INT(s->window.scheduled, window.scheduled);
    CHECK_INT(s->window.succeeded, window.succeeded);
    CHECK_INT(s->window.good, window.good);
    CHECK_INT(s->window.not_sent, window.not_sent);
    CHECK(s->window.censored > 2);
    CHECK_INT(s->window.censored, window.censored);
    CHECK_INT(s->window.output_tokens, window.output_tokens);
    CHECK_INT(s->window.output_asked, window.output_asked);
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        CHECK_INT(s->window.outcomes[o], window.outcomes[o]);
    CHECK_INT(memcmp(s->whole.lengths, whole.lengths, sizeof whole.lengths), 0);
    CHECK(whole.lengths[LENGTH_OUTPUT_REPORTED][stratum_of(100)] > 50);
    CHECK_INT(s->class_count, 2);
    CHECK_STR(s->classes[0].name, "chat");
    CHECK_INT(s->classes[0].window.succeeded, chat.succeeded);
    CHECK_NEAR(summary_success_share(s),
               (double)window.succeeded / (double)window.scheduled, 1e-12);
    CHECK_INT(s->problems.count, 0);
    summary_free(s);
    free(truth.requests);
    scratch_remove(&dir);
}

static int compare_ns(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The sorted values of a metric over measured requests; lost ones at the end. */
static int64_t *sorted(const struct fake_truth *truth, enum metric m, int only_class,
                       size_t *n)
{
    int64_t *values = xcalloc(truth->count, sizeof *values);
    *n = 0;
    for (size_t i = 0; i < truth->count; i++) {
        const struct sample *r = &truth->requests[i];
        enum outcome_kind kind = outcome_rows[r->outcome].kind;
        if (!r->is_measured || kind == KIND_NOT_SENT ||
            (only_class >= 0 && r->class_index != only_class))
            continue;
        if (kind == KIND_OK && r->value_ns[m] == SAMPLE_UNDEFINED)
            continue;
        values[(*n)++] = kind == KIND_OK ? r->value_ns[m] : INT64_MAX;
    }
    qsort(values, *n, sizeof *values, compare_ns);
    return values;
}

static void compare(const struct latency *l, const struct fake_truth *truth,
                    enum metric m, int only_class)
{
    static const double percentiles[] = {50, 90, 95, 99};
    size_t n = 0;
    int64_t *values = sorted(truth, m, only_class, &n);
    check_row = metric_rows[m].name;
    CHECK_INT(latency_count(l), n);
    for (size_t i = 0; i < ARRAY_LEN(percentiles); i++) {
        struct quantile q = latency_quantile(l, percentiles[i]);
        size_t rank = (size_t)ceil(percentiles[i] / 100 * (double)n - 1e-9);
        double true_us = (double)values[rank - 1] / 1e3;
        if (n < hist_samples_needed(percentiles[i]))
            CHECK_INT(q.state, QUANTILE_FEW);
        else if (values[rank - 1] == INT64_MAX)
            CHECK_INT(q.state, QUANTILE_BEYOND);
        else
            CHECK_NEAR((double)q.us, true_us, true_us * 0.001 + 1);
    }
    free(values);
    check_row = NULL;
}

static void percentiles(void)
{
    static const enum metric metrics[] = {METRIC_TTFT, METRIC_TTFT_SENT, METRIC_TPOT,
                                          METRIC_E2E, METRIC_E2E_SENT};
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct summary *s = read_fake(&dir, faulty, &truth);
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++)
        compare(&s->latency[metrics[i]], &truth, metrics[i], -1);
    compare(&s->classes[0].latency[METRIC_TTFT], &truth, METRIC_TTFT, 0);
    compare(&s->classes[1].latency[METRIC_E2E], &truth, METRIC_E2E, 1);
    CHECK_INT(latency_quantile(&s->latency[METRIC_E2E], 99).state, QUANTILE_BEYOND);
    CHECK_INT(s->latency[METRIC_GAP].lost, 0);
    CHECK_INT(s->latency[METRIC_LAG].lost, 0);
    summary_free(s);
    free(truth.requests);
    scratch_remove(&dir);
}

/* Rates and what was in flight, from the end times of the requests. */
static void rates(void)
{
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct summary *s = read_fake(&dir, faulty, &truth);
    uint64_t done = 0, tokens = 0;
    double in_flight = 0, window_s = faulty.duration_s - faulty.warmup_s;
    for (size_t i = 0; i < truth.count; i++) {
        const struct sample *r = &truth.requests[i];
        double end_s = (double)r->end_ns / 1e9;
        if (r->outcome != OUTCOME_OK || end_s < faulty.warmup_s ||
            end_s >= faulty.duration_s)
            continue;
        done++;
        tokens += r->output_tokens;
    }
    for (double t = faulty.warmup_s + 1; t <= faulty.duration_s; t++)
        for (size_t i = 0; i < truth.count; i++)
            in_flight +=
                outcome_rows[truth.requests[i].outcome].kind != KIND_NOT_SENT &&
                (double)truth.requests[i].due_ns < t * 1e9 &&
                (double)truth.requests[i].end_ns >= t * 1e9;
    CHECK_NEAR(s->window_s, window_s, 1e-9);
    CHECK_INT(s->activity.ok, done);
    CHECK_INT(s->activity.output_tokens, tokens);
    CHECK_NEAR(summary_per_s(s, s->activity.ok), (double)done / window_s, 1e-9);
    CHECK_NEAR(s->in_flight_mean, in_flight / window_s, 1e-9);
    CHECK_NEAR(summary_little_residual(s), 0, 0.1);
    summary_free(s);
    free(truth.requests);
    scratch_remove(&dir);
}

/* What the timeline holds of the stall: requests due in it waited for its end. */
static void the_stall_shows_where_it_began(void)
{
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct summary *s = read_fake(&dir, faulty, &truth);
    const struct moment *calm = &s->timeline.moments[15];
    const struct moment *stalled = &s->timeline.moments[20];
    CHECK(moment_quantile_us(calm, BAND_TTFT, 50, 1) < 900000);
    CHECK(moment_quantile_us(stalled, BAND_TTFT, 50, 1) > 1200000);
    summary_free(s);
    free(truth.requests);
    scratch_remove(&dir);
}

/* All failures are our own first-token timer's: the p99 is known to be beyond it. */
static void timeouts_are_bounds(void)
{
    struct scratch dir = scratch_new();
    struct fake_truth truth;
    struct fake_spec spec = faulty;
    char text[QUANTILE_TEXT];
    memset(spec.faults, 0, sizeof spec.faults);
    spec.faults[0] = (struct fake_fault){OUTCOME_TTFT_TIMEOUT, 0.03};
    struct summary *s = read_fake(&dir, spec, &truth);
    struct quantile ttft = latency_quantile(&s->latency[METRIC_TTFT], 99);
    struct quantile tpot = latency_quantile(&s->latency[METRIC_TPOT], 99);
    CHECK_STR(quantile_format(text, &ttft), "> 10.0 s");
    CHECK_INT(tpot.state, QUANTILE_BEYOND);
    CHECK_INT(tpot.beyond_us, 0);
    summary_free(s);
    free(truth.requests);
    scratch_remove(&dir);
}

static bool has_note(const struct summary *s, const char *code)
{
    for (size_t i = 0; i < s->notes.count; i++)
        if (strcmp(s->notes.items[i].code, code) == 0)
            return true;
    return false;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Median TTFT of what was due before until_s, in s; *n of them. */
static double true_median(const struct fake_truth *truth, double until_s, uint64_t *n)
{
    int64_t *values = xcalloc(truth->count, sizeof *values);
    *n = 0;
    for (size_t i = 0; i < truth->count; i++) {
        const struct sample *r = &truth->requests[i];
        if (r->outcome == OUTCOME_OK && r->due_ns < fake_ns(until_s))
            values[(*n)++] = r->value_ns[METRIC_TTFT];
    }
    qsort(values, *n, sizeof *values, by_value);
    double median = *n > 0 ? (double)values[(*n - 1) / 2] / 1e9 : 0;
    free(values);
    return median;
}

/* A server that stands still at first: the first requests wait, the window does not. */
static void cold_start(void)
{
    for (int is_cold = 0; is_cold < 2; is_cold++) {
        struct scratch dir = scratch_new();
        struct fake_truth truth;
        struct fake_spec spec = {.seed = 5, .rate_per_s = 20, .duration_s = 20};
        uint64_t n;
        spec.warmup_s = 5;
        spec.decode_s = 0.001;
        spec.stall_at_s = is_cold ? 1e-6 : 0;
        struct summary *s = read_fake(&dir, spec, &truth);
        struct cold_start c = summary_cold_start(s);
        double median = true_median(&truth, c.until_s, &n);
        CHECK_INT(has_note(s, "cold_start"), is_cold);
        CHECK(c.until_s <= 2);
        CHECK_INT(c.requests, n);
        CHECK(c.requests >= 11);
        CHECK_NEAR(c.first_s, median, 0.04 * median); /* the slots are coarse */
        CHECK_NEAR(c.window_s,
                   (double)latency_quantile(&s->latency[METRIC_TTFT], 50).us / 1e6,
                   1e-9);
        summary_free(s);
        free(truth.requests);
        scratch_remove(&dir);
    }
}

int main(void)
{
    RUN(counts);
    RUN(percentiles);
    RUN(rates);
    RUN(the_stall_shows_where_it_began);
    RUN(timeouts_are_bounds);
    RUN(cold_start);
    return check_report();
}
