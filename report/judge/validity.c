/*
 * Checks of a run; see validity.h. Each is a function of the summary that adds a
 * problem (the run cannot pass) or a note (worth knowing).
 */
#include "judge/validity.h"

#include "base/buf.h"
#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define LINE_MAX_BYTES 4096
#define LITTLE_TOLERANCE 0.2
#define QUOTA_SHARE 0.01
#define COLD_RATIO 2.0
#define SEEN_SHARE 0.9 /* of the prompt tokens cached: no profile shares so many */
#define EVENTS_PER_READ 1.5
#define ALERT_NOTES 4

static void add_reason(struct reasons *r, const char *code, const char *advice,
                       const char *format, ...) PRINTF_LIKE(4, 5);
static void add_reason(struct reasons *r, const char *code, const char *advice,
                       const char *format, ...)
{
    struct buf b;
    va_list args;
    buf_init(&b, LINE_MAX_BYTES);
    va_start(args, format);
    buf_vprintf(&b, format, args);
    va_end(args);
    reasons_add(r, code, b.data, advice);
    buf_release(&b);
}

/* Totals that the manifest and the logs both know. */
static const struct {
    const char *name;
    size_t offset;
} book_rows[] = {
    {"scheduled", offsetof(struct totals, scheduled)},
    {"sent", offsetof(struct totals, sent)},
    {"not sent", offsetof(struct totals, not_sent)},
    {"succeeded", offsetof(struct totals, succeeded)},
    {"failed", offsetof(struct totals, failed)},
    {"censored", offsetof(struct totals, censored)},
};

static uint64_t field_of(const struct totals *t, size_t offset)
{
    return *(const uint64_t *)(const void *)((const char *)t + offset);
}

static void check_pair(struct summary *s, const char *what, uint64_t sealed,
                       uint64_t logged)
{
    if (sealed != logged)
        add_reason(&s->problems, "books", "some lines of the run directory are missing",
                   "%s: the manifest says %" PRIu64 ", the logs add up to %" PRIu64,
                   what, sealed, logged);
}

/* The books: identity, and the logs' sums against the sealed totals. */
static void check_books(struct summary *s)
{
    if (s->status == RUN_RUNNING)
        return;
    if (!totals_hold(&s->whole))
        add_reason(&s->problems, "identity", NULL,
                   "the accounting identity does not hold: scheduled %" PRIu64
                   ", sent %" PRIu64 ", not sent %" PRIu64,
                   s->whole.scheduled, s->whole.sent, s->whole.not_sent);
    for (size_t i = 0; i < ARRAY_LEN(book_rows); i++)
        check_pair(s, book_rows[i].name, field_of(&s->whole, book_rows[i].offset),
                   field_of(&s->logged, book_rows[i].offset));
    check_pair(s, "end-to-end latencies", s->whole.succeeded,
               s->log_values[METRIC_E2E]);
    check_pair(s, "latencies of failures", s->whole.failed,
               s->log_values[METRIC_FAILURE]);
}

static void check_files(struct summary *s)
{
    if (s->samples_lost > 0)
        add_reason(&s->problems, "samples_lost", "lower the rate or add workers",
                   "%" PRIu64 " samples were lost between worker and collector",
                   s->samples_lost);
    if (s->run->torn_lines > 0)
        add_reason(&s->notes, "torn_lines", NULL,
                   "%u files ended in the middle of a line, which was dropped",
                   s->run->torn_lines);
}

static void check_attempts(struct summary *s)
{
    const struct totals *t = &s->whole;
    if (t->hidden > 0)
        add_reason(&s->notes, "hidden_attempts", "refuse them with --strict-attempts",
                   "%" PRIu64 " requests were sent again by the HTTP library, on new "
                   "connections",
                   t->hidden);
    const uint64_t *by = s->window.outcomes;
    uint64_t quota =
        by[OUTCOME_RATE_LIMITED] + by[OUTCOME_QUOTA_SPENT] + by[OUTCOME_NEVER_ALLOWED];
    if ((double)quota > QUOTA_SHARE * (double)s->window.sent)
        add_reason(&s->notes, "quota", "lower the rate or ask for a higher limit",
                   "%" PRIu64 " of %" PRIu64 " requests met the rate limit: this run "
                   "measured a quota, not the server",
                   quota, s->window.sent);
}

/* What waited on purpose is no lag, but its latency from the due time has it. */
static void check_queue(struct summary *s)
{
    const struct latency *l = &s->latency[METRIC_QUEUE];
    if (latency_count(l) == 0)
        return;
    add_reason(&s->notes, "queue", NULL,
               "%" PRIu64 " of %" PRIu64 " requests waited inside the generator on "
               "purpose, for a limit or a policy: ttft and e2e include it, ttft_sent "
               "and e2e_sent do not",
               latency_count(l), s->window.sent);
}

static void check_tokens(struct summary *s)
{
    const struct totals *t = &s->whole;
    if (t->drifted > 0)
        add_reason(&s->notes, "prompt_drift", NULL,
                   "%" PRIu64 " of %" PRIu64 " prompts did not have exactly the asked "
                   "number of tokens",
                   t->drifted, t->succeeded);
    if (t->counted_tokens > 0)
        add_reason(&s->notes, "counted_tokens", NULL,
                   "output tokens of %" PRIu64 " of %" PRIu64 " requests are counted "
                   "events: the server reported no usage",
                   t->counted_tokens, t->succeeded);
}

/* Events that come in one read share its time: what holds them back shapes the gaps. */
static void check_reads(struct summary *s)
{
    const struct totals *t = &s->whole;
    if (t->content_reads == 0)
        return;
    double events = (double)t->content_events / (double)t->content_reads;
    if (events > EVENTS_PER_READ)
        add_reason(&s->notes, "held_back",
                   "look for a proxy that buffers, or compare gaps at a lower rate",
                   "%.3g content events came to a read: gaps are those of whatever "
                   "holds the stream back, tpot is the mean over them, and ttft may "
                   "include it",
                   events);
}

/* Mean in flight of a part of the window, 0..1 of its length. */
static double in_flight_between(const struct summary *s, double from, double to)
{
    double length = s->window_end_s - s->window_start_s, sum = 0, lines = 0;
    for (size_t i = 0; i < s->timeline.count; i++) {
        const struct moment *m = &s->timeline.moments[i];
        double middle = ((double)i + 0.5) * (double)s->timeline.width_s;
        double at = (middle - s->window_start_s) / length;
        if (at < from || at >= to)
            continue;
        sum += (double)m->in_flight_sum;
        lines += (double)m->health_lines;
    }
    return lines > 0 ? sum / lines : (double)NAN;
}

static void check_load(struct summary *s)
{
    double residual = summary_little_residual(s);
    if (s->in_flight_mean >= 1 && fabs(residual) > LITTLE_TOLERANCE)
        add_reason(&s->notes, "little", "measure longer than a few request times",
                   "in flight was %.3g on average where rate times latency gives %.3g: "
                   "the run was not in a steady state",
                   s->in_flight_mean, summary_little_in_flight(s));
    double first = in_flight_between(s, 0, 1.0 / 3);
    double last = in_flight_between(s, 2.0 / 3, 1);
    if (last > 1.5 * first && last - first > 3)
        add_reason(&s->notes, "queue_grows", "lower the rate: this is past capacity",
                   "requests in flight grew from %.3g to %.3g within the window", first,
                   last);
}

/* A source that said nothing must not look like one with nothing to say. */
static void check_sources(struct summary *s)
{
    const char *advice = "what this source measures is missing for that time";
    for (size_t i = 0; i < s->server.source_count; i++) {
        const struct server_source *v = &s->server.sources[i];
        uint64_t asked = v->answers + v->failed;
        if (v->failed > 0 && v->answers == 0)
            add_reason(&s->notes, "scrape", "check its address",
                       "%s: none of %" PRIu64 " scrapes was answered (%s)", v->name,
                       asked, v->why);
        else if (v->failed > 0 && isfinite(v->silent_at_s))
            add_reason(&s->notes, "scrape", advice,
                       "%s: silent since %.4g s of the run: %" PRIu64 " of %" PRIu64
                       " scrapes failed (%s)",
                       v->name, v->silent_at_s, v->failed, asked, v->why);
        else if (v->failed > 0)
            add_reason(&s->notes, "scrape", advice,
                       "%s: %" PRIu64 " of %" PRIu64
                       " scrapes failed, the first at %.4g s of the run (last: %s)",
                       v->name, v->failed, asked, v->failed_at_s, v->why);
    }
}

static void check_cold(struct summary *s)
{
    struct cold_start c = summary_cold_start(s);
    char first[UNITS_TEXT], window[UNITS_TEXT];
    if (!(c.first_s > COLD_RATIO * c.window_s))
        return;
    add_reason(&s->notes, "cold_start", "warm up longer, and compare runs alike",
               "a cold start: the first %" PRIu64 " requests, due before %.4g s, had a "
               "median ttft of %s, those of the measured window %s",
               c.requests, c.until_s,
               units_format_ns(first, (int64_t)llround(c.first_s * 1e9)),
               units_format_ns(window, (int64_t)llround(c.window_s * 1e9)));
}

/* The seed is the same unless it is given, and with it the prompts: the second run of a
 * day would measure the server's cache. LIMIT: a cache that kept only some of them, and
 * servers that do not tell what they took from it, are not noticed. */
static void check_seen(struct summary *s)
{
    const struct totals *t = &s->window;
    if (!((double)t->cached_tokens > SEEN_SHARE * (double)t->prompt_tokens))
        return;
    add_reason(
        &s->notes, "prompts_seen_before",
        "the same seed sends the same prompts: give another --seed, or empty the "
        "cache; a conversation's own history is no harm",
        "the server took %.3g %% of the prompt tokens from its cache: it seems "
        "to have seen these prompts before",
        100 * (double)t->cached_tokens / (double)t->prompt_tokens);
}

/* What somebody on call would have been told. */
static void note_alerts(struct summary *s)
{
    size_t alerts = 0;
    for (size_t i = 0; i < s->event_count; i++) {
        const struct event_summary *event = &s->events[i];
        if (strcmp(event->kind, "alert") == 0 && alerts++ < ALERT_NOTES)
            add_reason(&s->notes, "alert", NULL, "alert at %.4g s: %s", event->at_s,
                       event->text);
    }
    if (alerts > ALERT_NOTES)
        add_reason(&s->notes, "alert", NULL, "%zu more alerts are among the events",
                   alerts - ALERT_NOTES);
}

static void check_status(struct summary *s)
{
    static const char *const words[] = {
        [RUN_RUNNING] = "still running, or killed",
        [RUN_COMPLETE] = "",
        [RUN_INTERRUPTED] = "interrupted",
        [RUN_ABORTED] = "stopped by a guard",
    };
    if (s->status == RUN_COMPLETE)
        return;
    double elapsed = fmin(s->elapsed_s, s->planned_s > 0 ? s->planned_s : s->elapsed_s);
    add_reason(&s->problems, run_status_names[s->status], NULL,
               "incomplete: %.4g of %.4g s (%s)%s%s", elapsed, s->planned_s,
               words[s->status], s->stop_text[0] != '\0' ? ": " : "", s->stop_text);
}

bool validity_check(struct summary *s)
{
    check_books(s);
    check_files(s);
    if (!s->health.is_valid && s->problems.count == 0)
        reasons_add(&s->problems, "health", "the generator's health is bad", NULL);
    bool is_sound = s->problems.count == 0;
    check_status(s);
    check_attempts(s);
    check_queue(s);
    check_tokens(s);
    check_reads(s);
    check_load(s);
    check_sources(s);
    check_cold(s);
    check_seen(s);
    note_alerts(s);
    return is_sound;
}
