/* What the server said during a run; see serverside.h. */
#include "judge/serverside.h"

#include "base/base.h"
#include "judge/member.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_S 0.01 /* that a server takes for its metrics, about */

void serverside_release(struct serverside *v)
{
    for (size_t i = 0; i < v->source_count; i++)
        free(v->sources[i].name);
    *v = (struct serverside){0};
}

/* Two unknown windows are the same window. */
static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

struct budget_summary *serverside_budget(struct serverside *v, const json_t *budget)
{
    const char *of = member_text(budget, "of");
    double window_s = member_number(budget, "window_s", (double)NAN);
    size_t i = 0;
    while (i < v->budget_count && (strcmp(v->budgets[i].of, of) != 0 ||
                                   !is_same(v->budgets[i].window_s, window_s)))
        i++;
    if (i == BUDGETS_SHOWN || strlen(of) >= sizeof v->budgets[i].of)
        return NULL;
    struct budget_summary *b = &v->budgets[i];
    if (i == v->budget_count) {
        v->budget_count++;
        *b = (struct budget_summary){.window_s = window_s,
                                     .limit = (double)NAN,
                                     .remaining_min = (double)NAN,
                                     .remaining = (double)NAN};
        memcpy(b->of, of, strlen(of) + 1);
    }
    double limit = member_number(budget, "limit", (double)NAN),
           left = member_number(budget, "remaining", (double)NAN);
    b->limit = isnan(limit) ? b->limit : limit;
    b->remaining = isnan(left) ? b->remaining : left;
    b->remaining_min =
        fmin(b->remaining_min, member_number(budget, "remaining_min", (double)NAN));
    return b;
}

struct server_source *serverside_source(struct serverside *v, const char *name)
{
    size_t i = 0;
    while (i < v->source_count && strcmp(v->sources[i].name, name) != 0)
        i++;
    if (i == SOURCES_SHOWN)
        return NULL;
    if (i == v->source_count) {
        v->source_count++;
        v->sources[i] = (struct server_source){.name = xstrdup(name),
                                               .lookups = (double)NAN,
                                               .hits = (double)NAN,
                                               .failed_at_s = (double)NAN,
                                               .silent_at_s = (double)NAN};
    }
    return &v->sources[i];
}

void serverside_asked(struct serverside *v, const json_t *row)
{
    struct server_source *s = serverside_source(v, member_text(row, "url"));
    if (s == NULL)
        return;
    s->failed = member_count(row, "failed");
    s->failed_at_s = member_number(row, "first_failed_s", (double)NAN);
    s->silent_at_s = member_number(row, "silent_since_s", (double)NAN);
    (void)snprintf(s->why, sizeof s->why, "%s", member_text(row, "error")); /* cut */
}

/* A counter goes back when the server was started anew; before the window that is
 * nobody's concern. */
static void take_counter(struct server_source *s, int m, double value, bool is_first,
                         bool is_last)
{
    bool is_new = (s->known >> m & 1) == 0;
    if (is_first)
        s->is_restarted = false;
    else if (!is_new && value < s->last[m])
        s->is_restarted = true;
    if (is_new || is_first)
        s->first[m] = value;
    if (is_new || is_last)
        s->last[m] = value;
}

static void take_gauge(struct gauge_summary *g, double value)
{
    g->max = g->n == 0 || value > g->max ? value : g->max;
    g->sum += value;
    g->n++;
}

void client_sums_add(struct client_sums *c, double t_s, struct ttft_sums ended)
{
    double second = floor(t_s);
    size_t i = second >= 0 && second < 1e9 ? (size_t)second % CLIENT_EDGES : 0;
    if (c->edges[i].second != second) {
        c->edges[i].second = second;
        c->edges[i].before = c->all;
    }
    c->all.s += ended.s;
    c->all.n += ended.n;
}

/* After a late collector a second is missing: then the next one that began. */
struct ttft_sums client_sums_at(const struct client_sums *c, double t_s)
{
    struct ttft_sums sums = c->all;
    double nearest = (double)INFINITY;
    for (size_t i = 0; i < CLIENT_EDGES; i++) {
        double second = c->edges[i].second;
        if (second < floor(t_s) || second >= nearest)
            continue;
        nearest = second;
        sums = c->edges[i].before;
    }
    return sums;
}

void server_source_take(struct server_source *source, const json_t *line,
                        double start_s, double end_s, struct ttft_sums client)
{
    double t = member_number(line, "t", (double)NAN);
    bool is_first =
        source->answers == 0 || fabs(t - start_s) <= fabs(source->first_s - start_s);
    bool is_last = is_first || fabs(t - end_s) <= fabs(source->last_s - end_s);
    bool is_inside = t >= start_s && t <= end_s;
    (void)snprintf(source->family, sizeof source->family, "%s",
                   member_text(line, "family"));
    for (int m = 0; m < SERVER_METRICS; m++) {
        double value = member_number(line, server_metric_rows[m].name, (double)NAN);
        if (isnan(value))
            continue;
        if (server_metric_rows[m].is_counter)
            take_counter(source, m, value, is_first, is_last);
        else if (is_inside)
            take_gauge(&source->gauges[m], value);
        source->known |= UINT32_C(1) << m;
    }
    if (is_first) {
        source->first_s = t;
        source->client_first = client;
    }
    if (is_last) {
        source->last_s = t;
        source->client_last = client;
    }
    source->answers++;
}

static double metric_of(const json_t *line, enum server_metric m)
{
    return member_number(line, server_metric_rows[m].name, (double)NAN);
}

double server_source_hits(struct server_source *source, const json_t *line)
{
    double rate = metric_of(line, SERVER_CACHE_HIT_RATE);
    double lookups = metric_of(line, SERVER_CACHE_QUERIES);
    double hits = metric_of(line, SERVER_CACHE_HITS);
    double share = (hits - source->hits) / (lookups - source->lookups);
    bool is_share = lookups > source->lookups && share >= 0 && share <= 1;
    source->lookups = lookups;
    source->hits = hits;
    return !isnan(rate) ? rate : is_share ? share : (double)NAN;
}

double server_source_mean(const struct server_source *s, enum server_metric m)
{
    return s->gauges[m].n > 0 ? s->gauges[m].sum / (double)s->gauges[m].n : (double)NAN;
}

double server_source_max(const struct server_source *s, enum server_metric m)
{
    return s->gauges[m].n > 0 ? s->gauges[m].max : (double)NAN;
}

double server_source_since(const struct server_source *s, enum server_metric m)
{
    bool is_known = (s->known >> m & 1) != 0 && !s->is_restarted;
    return is_known ? s->last[m] - s->first[m] : (double)NAN;
}

static double mean_since(const struct server_source *s, enum server_metric sum,
                         enum server_metric count)
{
    double n = server_source_since(s, count);
    return n > 0 ? server_source_since(s, sum) / n : (double)NAN;
}

/* The requests of the two means are not quite the same ones: their numbers differ, and
 * an answer takes its time, in which some end. Each may be as far from the mean as
 * requests are from one another. */
static double doubt_of(const struct time_split *t, double deviation_s)
{
    double length_s = t->source->last_s - t->source->first_s;
    double strangers = fabs(t->client_count - t->server_count) + 2 +
                       2 * ANSWER_S * t->client_count / length_s;
    return strangers * deviation_s / fmin(t->client_count, t->server_count);
}

struct time_split time_split_of(const struct server_source *source,
                                struct ttft_window window)
{
    struct time_split t = {.client = window.mean_s,
                           .client_count = window.n,
                           .server = (double)NAN,
                           .queue = (double)NAN,
                           .prefill = (double)NAN,
                           .rest = (double)NAN,
                           .doubt = (double)NAN,
                           .server_count = (double)NAN};
    if (source == NULL)
        return t;
    double ended = source->client_last.n - source->client_first.n;
    if (ended > 0 && window.n > 0) {
        t.client = (source->client_last.s - source->client_first.s) / ended;
        t.client_count = ended;
    }
    t.server = mean_since(source, SERVER_TTFT_SUM, SERVER_TTFT_COUNT);
    t.queue = mean_since(source, SERVER_QUEUE_SUM, SERVER_QUEUE_COUNT);
    t.prefill = mean_since(source, SERVER_PREFILL_SUM, SERVER_PREFILL_COUNT);
    if (isnan(t.prefill)) /* what is not queue: the server's own TTFT knows */
        t.prefill = t.server - t.queue;
    t.rest = t.client - t.queue - t.prefill;
    t.server_count = fmax(server_source_since(source, SERVER_TTFT_COUNT),
                          server_source_since(source, SERVER_QUEUE_COUNT));
    if (isnan(t.rest))
        return t;
    t.source = source;
    t.doubt = doubt_of(&t, window.deviation_s);
    return t;
}

bool time_split_is_resolved(const struct time_split *t)
{
    return fabs(t->rest) > t->doubt;
}
