/*
 * A made-up run directory whose truth is known: requests are drawn, kept, and
 * written with the collector's own fold and run-directory writer. A test compares
 * what a reader says with what was drawn.
 *
 * The server is a toy: prefill by prompt length, decode slowed by what is in
 * flight, lognormal jitter, a stall of two seconds in the middle, and failures by
 * chance. Nothing here waits or reads a clock.
 */
#ifndef GUST_FAKE_RUN_H
#define GUST_FAKE_RUN_H

#include "base/err.h"
#include "base/jout.h"
#include "base/rng.h"
#include "measure/fold.h"
#include "measure/hlog.h"
#include "measure/rundir.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_STALL_S 2.0
#define FAKE_TTFT_LIMIT_S 10.0
#define FAKE_TOTAL_LIMIT_S 60.0

/* A share of the requests and what becomes of them. */
struct fake_fault {
    enum outcome outcome;
    double share;
};

struct fake_spec {
    const char *path;
    uint64_t seed;
    double rate_per_s, duration_s, warmup_s;
    double decode_s;             /* per output token */
    double stall_at_s;           /* 0: none */
    struct fake_fault faults[8]; /* ends at share 0 */
    const char *status;          /* NULL: complete */
    const char *slos;            /* JSON array */
    const char *health;          /* JSON object; NULL: a good one */
    double killed_at_s;          /* > 0: nothing after it was written */
    bool drops_lines;            /* the logs lack the first seconds */
    double outage_at_s;          /* 0: none; announced, and everything fails for ... */
    double outage_s;
    bool stays_down;       /* ... and after it */
    bool has_server_lines; /* its limits and metrics were seen, see fake_server */
};

/* The requests, in order of due time. free(requests). */
struct fake_truth {
    struct sample *requests;
    size_t count;
    double window_start_s, window_end_s;
};

static const char *const fake_arms[] = {"target"};
static const char *const fake_classes[] = {"chat", "summary"};
static const char *const fake_phases[] = {"warm-up", "steady"};
static const struct fold_names fake_names = {
    .arms = fake_arms,
    .classes = fake_classes,
    .phases = fake_phases,
    .arm_count = 1,
    .class_count = 2,
    .phase_count = 2,
};

static inline int64_t fake_ns(double s)
{
    return (int64_t)llround(s * 1e9);
}

static inline uint32_t fake_tokens(struct rng *r, double median, double sigma)
{
    double tokens = median * exp(sigma * rng_normal(r));
    return (uint32_t)fmin(fmax(tokens, 1), 32000);
}

static inline enum outcome fake_outcome(const struct fake_spec *spec, struct rng *r)
{
    double at = rng_unit(r), below = 0;
    for (size_t i = 0; i < ARRAY_LEN(spec->faults) && spec->faults[i].share > 0; i++) {
        below += spec->faults[i].share;
        if (at < below)
            return spec->faults[i].outcome;
    }
    return OUTCOME_OK;
}

static inline bool fake_is_down(const struct fake_spec *spec, double due_s)
{
    double since_s = due_s - spec->outage_at_s;
    return spec->outage_at_s > 0 && since_s >= 0 &&
           (spec->stays_down || since_s < spec->outage_s);
}

/* Times of a success. */
static inline void fake_success(const struct fake_spec *spec, struct rng *r,
                                struct sample *s)
{
    double due_s = (double)s->due_ns / 1e9;
    double stall = due_s - spec->stall_at_s;
    double wait = spec->stall_at_s > 0 && stall >= 0 && stall < FAKE_STALL_S
                      ? FAKE_STALL_S - stall
                      : 0;
    double lag = 20e-6 * rng_exponential(r);
    double ttft = wait + (0.08 + 0.0002 * s->prompt_asked) * exp(0.25 * rng_normal(r));
    double tpot = spec->decode_s * exp(0.15 * rng_normal(r));
    bool is_short = rng_unit(r) < 0.1;
    s->output_tokens = is_short ? 1 + s->output_asked / 2 : s->output_asked;
    s->is_short = is_short;
    double decode = tpot * (double)(s->output_tokens - 1);
    s->prompt_tokens = s->prompt_asked;
    s->cached_tokens = s->prompt_asked / 4;
    s->content_events = s->output_tokens;
    s->token_source = TOKENS_USAGE;
    s->bill = (struct bill){
        {s->prompt_tokens - s->cached_tokens, s->cached_tokens, s->output_tokens, 0}};
    s->decode_ns = fake_ns(decode);
    s->value_ns[METRIC_LAG] = fake_ns(lag);
    s->value_ns[METRIC_TTFT] = fake_ns(lag + ttft);
    s->value_ns[METRIC_TTFT_SENT] = fake_ns(ttft);
    s->value_ns[METRIC_TTFB] = fake_ns(ttft * 0.9);
    s->value_ns[METRIC_E2E] = fake_ns(lag + ttft + decode);
    s->value_ns[METRIC_E2E_SENT] = fake_ns(ttft + decode);
    if (s->output_tokens > 1)
        s->value_ns[METRIC_TPOT] = fake_ns(tpot);
    s->end_ns = s->due_ns + s->value_ns[METRIC_E2E];
    s->is_good = s->value_ns[METRIC_TTFT] <= 2 * NS_PER_S;
}

static inline void fake_failure(struct rng *r, struct sample *s)
{
    double took = s->outcome == OUTCOME_TTFT_TIMEOUT    ? FAKE_TTFT_LIMIT_S
                  : s->outcome == OUTCOME_TOTAL_TIMEOUT ? FAKE_TOTAL_LIMIT_S
                                                        : 0.05 * rng_exponential(r);
    s->value_ns[METRIC_LAG] = 20000;
    s->http = s->outcome == OUTCOME_SERVER_500 ? 500 : 200;
    s->end_ns = s->due_ns + fake_ns(took) + 20000;
    if (outcome_rows[s->outcome].kind == KIND_NOT_SENT) {
        s->end_ns = s->due_ns;
        s->attempts = 0;
        s->value_ns[METRIC_LAG] = SAMPLE_UNDEFINED;
    }
}

static inline struct sample fake_sample(const struct fake_spec *spec, uint64_t number,
                                        double due_s)
{
    struct rng r;
    rng_init(&r, spec->seed, RNG_SERVICE, number);
    struct sample s = {.number = number, .due_ns = fake_ns(due_s), .attempts = 1};
    for (size_t m = 0; m < METRIC_COUNT; m++)
        s.value_ns[m] = SAMPLE_UNDEFINED;
    s.class_index = rng_unit(&r) < 0.3;
    s.prompt_asked = fake_tokens(&r, s.class_index == 1 ? 2500 : 400, 0.7);
    s.output_asked = fake_tokens(&r, s.class_index == 1 ? 90 : 180, 0.6);
    s.stratum = (uint8_t)stratum_of(s.prompt_asked);
    s.phase = due_s >= spec->warmup_s;
    s.is_measured = s.phase == 1;
    s.outcome = (uint8_t)fake_outcome(spec, &r);
    if (fake_is_down(spec, due_s))
        s.outcome = OUTCOME_SERVER_500;
    if (s.outcome == OUTCOME_OK)
        fake_success(spec, &r, &s);
    else
        fake_failure(&r, &s);
    return s;
}

static inline void fake_draw(const struct fake_spec *spec, struct fake_truth *truth)
{
    struct rng r;
    rng_init(&r, spec->seed, RNG_ARRIVAL, 0);
    size_t cap = 0;
    *truth = (struct fake_truth){.window_start_s = spec->warmup_s,
                                 .window_end_s = spec->duration_s};
    double due_s = rng_exponential(&r) / spec->rate_per_s;
    for (; due_s < spec->duration_s; due_s += rng_exponential(&r) / spec->rate_per_s) {
        if (truth->count == cap) {
            cap = cap == 0 ? 1024 : 2 * cap;
            truth->requests =
                xrealloc_array(truth->requests, cap, sizeof(struct sample));
        }
        truth->requests[truth->count] = fake_sample(spec, truth->count, due_s);
        truth->count++;
    }
}

/* Puts what happened in [t, t+1) seconds into the epoch. */
/* The requests before *from are over. */
static inline void fake_second(const struct fake_truth *truth, size_t *from, int64_t t,
                               struct epoch *e)
{
    int64_t begin = t * NS_PER_S, end = begin + NS_PER_S;
    uint32_t in_flight = 0;
    while (*from < truth->count && truth->requests[*from].end_ns < begin)
        (*from)++;
    for (size_t i = *from; i < truth->count; i++) {
        const struct sample *s = &truth->requests[i];
        if (s->due_ns >= end)
            break;
        bool is_sent = outcome_rows[s->outcome].kind != KIND_NOT_SENT;
        struct flow *flow = epoch_flow(e, 0, s->class_index);
        if (s->due_ns >= begin) {
            flow->due++;
            flow->sent += is_sent;
            flow->attempts += is_sent;
        }
        in_flight += is_sent && s->end_ns >= end;
        if (s->end_ns < begin || s->end_ns >= end)
            continue;
        epoch_sample(e, s);
        if (s->value_ns[METRIC_TPOT] != SAMPLE_UNDEFINED)
            (void)hist_record(epoch_gaps(e, 0, s->class_index, s->is_measured),
                              hist_us(s->value_ns[METRIC_TPOT]), s->output_tokens - 1);
    }
    e->health = (struct worker_health){
        .begin_ns = begin,
        .end_ns = end,
        .lag_ns_max = 90000,
        .cpu_ns = NS_PER_S / 10,
        .in_flight = in_flight,
        .in_flight_max = in_flight + 1,
        .connections = in_flight + 2,
        .stamps_kernel = 1000,
    };
}

static const char fake_identity[] =
    "\"tool\":\"gust 1.0.0\",\"exit_code\":0,"
    "\"command_line\":[\"gust\",\"run\",\"assistant\",\"--target\","
    "\"http://127.0.0.1:8000\",\"--rate\",\"20/s\"],"
    "\"options\":{\"rate\":{\"value\":\"20/s\",\"origin\":\"command line\"},"
    "\"duration\":{\"value\":\"60s\",\"origin\":\"default\"},"
    "\"target\":{\"value\":\"http://127.0.0.1:8000/?a=1&b=<2>\",\"origin\":"
    "\"command line\"}},"
    "\"profile\":{\"name\":\"assistant\",\"title\":\"Chat <i>assistant</i> | co\","
    "\"digest\":\"5f0c9f1a3bd2e417\"},"
    "\"target\":{\"url\":\"http://127.0.0.1:8000\",\"dialect\":\"mistral\","
    "\"dialect_why\":\"asked for\",\"model\":\"mistral-small\"},"
    "\"arms\":[\"target\"],\"classes\":[\"chat\",\"summary\"],\"seed\":\"42\","
    "\"schedule_digest\":\"9a1c77e0d2b4f635\",\"shard\":{\"index\":0,\"count\":1},"
    "\"t0\":{\"wall\":\"2026-11-21T10:00:00Z\",\"wall_s\":1795255200.0,"
    "\"monotonic_ns\":123456789},"
    "\"timers\":{\"connect_s\":5.0,\"ttft_s\":10.0,\"stall_s\":30.0,\"total_s\":60.0},"
    "\"host\":{\"cores\":2,\"kernel\":\"6.1.0\",\"governor\":\"performance\","
    "\"libcurl\":\"7.88.1\",\"nofile\":65536},"
    "\"network\":{\"libcurl\":\"libcurl/7.88.1 OpenSSL/3.0.22 zlib/1.2.13\","
    "\"http\":\"2\",\"streams_per_connection\":32,\"certificates_checked\":false,"
    "\"client_certificate\":true,\"proxy\":\"http://***@p.test:3128\","
    "\"unix_socket\":null,\"addresses\":[{\"arm\":\"target\",\"host\":\"a.test\","
    "\"port\":80,\"address\":\"10.0.0.1\",\"connects\":1200,\"requests\":34},"
    "{\"arm\":\"other\",\"host\":\"b.test\",\"port\":80,\"address\":\"10.0.0.2\","
    "\"connects\":1,\"requests\":1}],"
    "\"sources\":[{\"address\":\"10.0.0.9\",\"connects\":null}]},"
    "\"quirks\":[\"usage comes in the last chunk, beside choices\"],"
    "\"stop\":{\"reason\":\"duration\",\"text\":\"\"},";

static const char fake_health[] =
    "{\"valid\":true,\"reasons\":[],\"lag_us\":{\"p50\":21,\"p99\":92,\"max\":180},"
    "\"stall_us_max\":850,\"stamps\":{\"kernel\":60000,\"loop\":12},\"workers\":1,"
    "\"core_idle_min\":0.83,\"runq_share_max\":0.002,\"throttled_share\":0,"
    "\"clock_drift_s\":-0.25,"
    "\"in_flight_max\":120,\"connections_max\":122,"
    "\"floor\":{\"ttft_p99_us\":140}}";

static inline void fake_manifest(const struct fake_spec *spec, const struct fold *f,
                                 struct buf *out)
{
    buf_printf(out,
               "{\"schema\":1,\"run_id\":\"%s\",%s\"status\":\"%s\",\"slos\":%s,"
               "\"health\":%s,",
               spec->path, fake_identity,
               spec->status == NULL ? "complete" : spec->status,
               spec->slos == NULL ? "[]" : spec->slos,
               spec->health == NULL ? fake_health : spec->health);
    if (spec->outage_at_s > 0)
        buf_printf(out, "\"outage\":{\"start_s\":%g,\"end_s\":%g},", spec->outage_at_s,
                   spec->outage_at_s + spec->outage_s);
    buf_printf(out,
               "\"phases\":[{\"name\":\"warm-up\",\"kind\":\"warmup\",\"start_s\":0,"
               "\"duration_s\":%g,\"measured\":false},{\"name\":\"steady\",\"kind\":"
               "\"steady\",\"start_s\":%g,\"duration_s\":%g,\"measured\":true}],",
               spec->warmup_s, spec->warmup_s, spec->duration_s - spec->warmup_s);
    buf_printf(out,
               "\"load\":{\"kind\":\"poisson\",\"rate_per_s\":%g,\"users\":null,"
               "\"duration_s\":%g,\"planned_requests\":%g},"
               "\"progress\":{\"elapsed_s\":%g,\"planned_s\":%g},"
               "\"window\":{\"start_s\":%g,\"end_s\":%g,\"duration_s\":%g},",
               spec->rate_per_s, spec->duration_s, spec->rate_per_s * spec->duration_s,
               spec->killed_at_s > 0 ? floor(spec->killed_at_s / 60) * 60
                                     : spec->duration_s,
               spec->duration_s, spec->warmup_s, spec->duration_s,
               spec->duration_s - spec->warmup_s);
    struct jout j;
    jout_init(&j, out, false);
    buf_puts(out, "\"totals\":");
    jout_object(&j, NULL);
    jout_object(&j, fake_arms[0]);
    for (uint32_t c = 0; c < fake_names.class_count; c++)
        totals_write(&j, fake_classes[c], fold_totals(f, 0, c));
    jout_end_object(&j);
    jout_end_object(&j);
    buf_puts(out, "}\n");
}

static inline int fake_write_notes(struct rundir *d, const struct fake_truth *truth,
                                   struct err *e)
{
    for (size_t i = 0; i < truth->count; i++) {
        const struct sample *s = &truth->requests[i];
        if (outcome_rows[s->outcome].kind != KIND_FAILED)
            continue;
        struct failure_note n = {.number = s->number,
                                 .due_ns = s->due_ns,
                                 .end_ns = s->end_ns,
                                 .class_index = s->class_index,
                                 .http = s->http,
                                 .outcome = s->outcome};
        memcpy(n.snippet, "{\"message\":\"<b>busy</b> & late\"}", 32);
        memcpy(n.correlation_id, "req-0a1b2c", 11);
        if (rundir_failure(d, &n, fake_arms[0], fake_classes[s->class_index], e) < 0)
            return -1;
    }
    return 0;
}

/* When the last request was over. */
static inline double fake_last_end_s(const struct fake_truth *truth)
{
    int64_t last = 0;
    for (size_t i = 0; i < truth->count; i++)
        if (truth->requests[i].end_ns > last)
            last = truth->requests[i].end_ns;
    return (double)last / 1e9;
}

/* A server that ten requests a second reach, each after 20 ms in its queue and 30 ms of
 * prefill; and of a limit of 100 a second less is left each time. */
static inline void fake_server(int64_t t, struct epoch *epoch, struct buf *lines)
{
    struct ratelimit r;
    ratelimit_reset(&r);
    r.count = 1;
    r.budgets[0] = (struct ratelimit_budget){.window_s = 1,
                                             .limit = 100,
                                             .remaining = t < 90 ? 90 - t : 0,
                                             .reset_ns = RATELIMIT_UNKNOWN};
    budgets_note(&epoch->budgets[0], &r);
    double n = 10 * (double)t;
    buf_printf(lines,
               "{\"kind\":\"server\",\"t\":%.3f,\"source\":\"http://s|<b>/metrics\","
               "\"family\":\"tensorrt-llm\",\"queue\":3,\"running\":4,\"kv_use\":0.5,"
               "\"cache_hit_rate\":0.25,\"gpu_memory_used\":123456789012,"
               "\"preemptions\":%.0f,\"cache_queries\":%.0f,\"cache_hits\":%.0f,"
               "\"queue_sum\":%.6g,\"queue_count\":%.0f,\"prefill_sum\":%.6g,"
               "\"prefill_count\":%.0f}\n",
               (double)t + 0.002, n / 10, n, n / 2, n * 0.02, n, n * 0.03, n);
}

static inline int fake_write_seconds(const struct fake_spec *spec,
                                     const struct fake_truth *truth, struct fold *f,
                                     struct rundir *d, struct err *e)
{
    double end_s = fake_last_end_s(truth) + 1;
    size_t from = 0;
    struct epoch *epoch = epoch_new(1, fake_names.class_count);
    struct buf hlog, lines;
    buf_init(&hlog, SIZE_MAX / 2);
    buf_init(&lines, SIZE_MAX / 2);
    hlog_header(&hlog, "gust 1.0.0", INT64_C(1795255200) * NS_PER_S);
    for (int64_t t = 0; (double)t < end_s; t++) {
        if (spec->killed_at_s > 0 && (double)t >= spec->killed_at_s)
            break;
        fake_second(truth, &from, t, epoch);
        if (spec->has_server_lines)
            fake_server(t, epoch, &lines);
        fold_begin(f, t * NS_PER_S, NS_PER_S);
        fold_epoch(f, epoch);
        bool is_steady = (double)t >= spec->warmup_s;
        fold_end(f, fake_phases[is_steady], is_steady && (double)t < spec->duration_s,
                 &hlog, &lines);
        epoch_reset(epoch);
        if (spec->drops_lines && t == 5)
            buf_reset(&lines);
    }
    int result = rundir_append(d, RUNDIR_HLOG, hlog.data, hlog.len, e);
    if (result == 0)
        result = rundir_append(d, RUNDIR_INTERVALS, lines.data, lines.len, e);
    buf_release(&lines);
    buf_release(&hlog);
    epoch_free(epoch);
    return result;
}

/* Draws the requests and writes the directory, which must not exist. */
static inline int fake_run(const struct fake_spec *spec, struct fake_truth *truth,
                           struct err *e)
{
    fake_draw(spec, truth);
    struct rundir *d = rundir_create(spec->path, "fake", 0, false, e);
    if (d == NULL)
        return -1;
    struct fold *f = fold_new(&fake_names);
    struct buf manifest;
    buf_init(&manifest, 1 << 20);
    int result = fake_write_seconds(spec, truth, f, d, e);
    if (result == 0)
        result = fake_write_notes(d, truth, e);
    if (result == 0)
        result = rundir_event(d, 0, "phase", "warm-up", e);
    if (result == 0)
        result = rundir_event(d, fake_ns(spec->warmup_s), "phase", "steady", e);
    fake_manifest(spec, f, &manifest);
    if (result == 0)
        result = rundir_manifest(d, manifest.data, manifest.len, e);
    buf_release(&manifest);
    fold_free(f);
    rundir_close(d);
    return result;
}

#endif
