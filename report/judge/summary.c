/* The model of a run, its life and its derived numbers; see summary.h. */
#include "judge/summary.h"

#include "judge/finding.h"
#include "judge/gather.h"
#include "judge/manifest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *last_part(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return xstrndup(path + begin, end - begin);
}

struct summary *summary_read(const char *run_path, const char *arm, struct err *e)
{
    struct runread *run = runread_open(run_path, e);
    if (run == NULL)
        return NULL;
    struct summary *s = xcalloc(1, sizeof *s);
    s->run = run;
    s->path = xstrdup(run_path);
    s->name = last_part(run_path);
    if (manifest_read(s, arm, e) < 0 || gather_files(s, e) < 0) {
        summary_free(s);
        return NULL;
    }
    finding_make(s);
    return s;
}

static void reasons_release(struct reasons *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->items[i].code);
        free(r->items[i].text);
        free(r->items[i].advice);
    }
    free(r->items);
}

static void free_classes(struct summary *s)
{
    for (size_t i = 0; i < s->class_count; i++) {
        free(s->classes[i].name);
        for (size_t m = 0; m < METRIC_COUNT; m++)
            latency_release(&s->classes[i].latency[m]);
    }
    free(s->classes);
}

static void free_rows(struct summary *s)
{
    for (size_t i = 0; i < s->phase_count; i++) {
        free(s->phases[i].name);
        free(s->phases[i].kind);
    }
    for (size_t i = 0; i < s->event_count; i++) {
        free(s->events[i].kind);
        free(s->events[i].text);
    }
    for (size_t i = 0; i < s->failure_count; i++) {
        struct failure_summary *f = &s->failures[i];
        free(f->class_name);
        free(f->outcome);
        free(f->provider_code);
        free(f->correlation_id);
        free(f->snippet);
    }
    for (size_t i = 0; i < s->slo_count; i++)
        free(s->slos[i].text);
    free(s->phases);
    free(s->events);
    free(s->failures);
    free(s->slos);
}

void summary_free(struct summary *s)
{
    if (s == NULL)
        return;
    free_rows(s);
    free_classes(s);
    for (size_t m = 0; m < METRIC_COUNT; m++)
        latency_release(&s->latency[m]);
    timeline_release(&s->timeline);
    serverside_release(&s->server);
    reasons_release(&s->problems);
    reasons_release(&s->notes);
    facts_release(&s->options);
    facts_release(&s->host);
    facts_release(&s->timers);
    facts_release(&s->network);
    facts_release(&s->quirks);
    free(s->sentence);
    free(s->command_line);
    free(s->arm_names);
    free(s->path);
    free(s->name);
    runread_close(s->run);
    free(s);
}

struct class_summary *summary_class(struct summary *s, const char *name, size_t length)
{
    for (size_t i = 0; i < s->class_count; i++) {
        const char *known = s->classes[i].name;
        if (strlen(known) == length && memcmp(known, name, length) == 0)
            return &s->classes[i];
    }
    s->classes = xrealloc_array(s->classes, s->class_count + 1, sizeof *s->classes);
    struct class_summary *c = &s->classes[s->class_count++];
    *c = (struct class_summary){.name = xstrndup(name, length)};
    return c;
}

void reasons_add(struct reasons *r, const char *code, const char *text,
                 const char *advice)
{
    r->items = xrealloc_array(r->items, r->count + 1, sizeof *r->items);
    r->items[r->count++] = (struct reason){
        .code = xstrdup(code),
        .text = xstrdup(text),
        .advice = xstrdup(advice == NULL ? "" : advice),
    };
}

size_t summary_errors(const struct totals *t, enum outcome errors[OUTCOME_COUNT])
{
    size_t count = 0;
    for (size_t o = 0; o < OUTCOME_COUNT; o++) {
        if (o == OUTCOME_OK || t->outcomes[o] == 0)
            continue;
        size_t at = count++;
        for (; at > 0 && t->outcomes[errors[at - 1]] < t->outcomes[o]; at--)
            errors[at] = errors[at - 1];
        errors[at] = (enum outcome)o;
    }
    return count;
}

static double share_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

double summary_success_share(const struct summary *s)
{
    return share_of(s->window.succeeded, s->window.scheduled);
}

double summary_good_share(const struct summary *s)
{
    return share_of(s->window.good, s->window.scheduled);
}

double summary_per_s(const struct summary *s, uint64_t count)
{
    return s->window_s > 0 ? (double)count / s->window_s : (double)NAN;
}

/* Seconds spent by all measured values of a metric together. */
static double total_s(const struct summary *s, enum metric m)
{
    const struct hist *h = s->latency[m].hist;
    return h == NULL ? 0 : hist_mean_us(h) * (double)h->total / 1e6;
}

double summary_little_in_flight(const struct summary *s)
{
    bool has_retries = s->whole.retries + s->whole.hedges > 0; /* in no latency */
    if (s->arm_count > 1 || s->window_s <= 0 || has_retries)
        return (double)NAN;
    return (total_s(s, METRIC_E2E_SENT) + total_s(s, METRIC_FAILURE)) / s->window_s;
}

double summary_little_residual(const struct summary *s)
{
    double expected = summary_little_in_flight(s);
    return s->in_flight_mean > 0 ? (s->in_flight_mean - expected) / s->in_flight_mean
                                 : (double)NAN;
}

/* Of two arms each has its own server, known by scheme, host and port. */
bool summary_is_target(const struct summary *s, const char *source)
{
    const char *scheme = strstr(s->url, "://");
    if (s->arm_count < 2)
        return true;
    if (scheme == NULL)
        return false;
    size_t length = (size_t)(scheme - s->url) + 3;
    length += strcspn(s->url + length, "/?#");
    return strncmp(source, s->url, length) == 0 &&
           (source[length] == '/' || source[length] == '\0');
}

#define FIRST_REQUESTS 11 /* as many as a median needs */

struct cold_start summary_cold_start(const struct summary *s)
{
    struct moment *first = xcalloc(1, sizeof *first); /* large for a stack */
    struct cold_start c = {.first_s = (double)NAN, .window_s = (double)NAN};
    struct quantile q = latency_quantile(&s->latency[METRIC_TTFT], 50);
    c.until_s = timeline_first(&s->timeline, BAND_TTFT, FIRST_REQUESTS, first);
    c.requests = moment_count(first, BAND_TTFT);
    int64_t us = moment_quantile_us(first, BAND_TTFT, 50, FIRST_REQUESTS);
    if (us >= 0)
        c.first_s = (double)us / 1e6;
    if (q.state == QUANTILE_VALUE)
        c.window_s = (double)q.us / 1e6;
    free(first);
    return c;
}

struct time_split summary_time_split(const struct summary *s)
{
    const struct latency *l = &s->latency[METRIC_TTFT_SENT];
    struct ttft_window window = {
        .mean_s = latency_mean_us(l) / 1e6,
        .deviation_s = l->hist == NULL ? (double)NAN : hist_stddev_us(l->hist) / 1e6,
        .n = l->hist == NULL ? 0 : (double)l->hist->total,
    };
    struct time_split none = time_split_of(NULL, window);
    for (size_t i = 0; i < s->server.source_count; i++) {
        const struct server_source *source = &s->server.sources[i];
        struct time_split split = time_split_of(source, window);
        if (split.source != NULL && summary_is_target(s, source->name))
            return split;
    }
    return none;
}
