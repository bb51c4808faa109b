/* The checks of a triage that cost tokens: a few requests, and what the headers of
 * their replies say about limits; see triage_looker.h. */
#include "base/units.h"
#include "command/triage_looker.h"
#include "engine/identify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS_MAX 20

static void write_body(const struct target *t, struct buf *out)
{
    static const struct message ping = {.role = "user", .text = "ping", .length = 4};
    struct request_spec spec = {.api = API_CHAT,
                                .model = t->model,
                                .is_stream = true,
                                .messages = &ping,
                                .message_count = 1,
                                .max_tokens = 1};
    dialect_body(t->dialect, &spec, out);
}

/* Classes that come and go: asking again tells more. Others stay as they are, and a
 * server that sheds load must not be asked again. */
static bool is_worth_another(enum outcome o)
{
    static const enum outcome passing[] = {
        OUTCOME_OK,
        OUTCOME_RESET,
        OUTCOME_TRUNCATED,
        OUTCOME_SERVER_500,
        OUTCOME_BAD_GATEWAY_502,
        OUTCOME_UNAVAILABLE_503,
        OUTCOME_CDN_52X,
        OUTCOME_DEPENDENCY_424,
        OUTCOME_INBAND,
        OUTCOME_EMPTY,
        OUTCOME_FINISH_ERROR,
        OUTCOME_MALFORMED_SSE,
        OUTCOME_MALFORMED_JSON,
    };
    for (size_t i = 0; i < ARRAY_LEN(passing); i++)
        if (passing[i] == o)
            return true;
    return false;
}

/* A model that the list names under no name is another one. */
static bool is_another(const struct looker *k, const char *echo)
{
    return echo[0] != '\0' && k->models != NULL &&
           strcmp(echo, k->plan.targets[0].model) != 0 &&
           !identify_lists(k->models, echo);
}

static int64_t first_token_ns(const struct exchange *x)
{
    return x->first_content_ns >= 0 ? x->first_content_ns - x->wire_ns
                                    : x->first_event_ns - x->wire_ns;
}

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void note_failure(struct looker *k)
{
    struct target_facts *f = &k->look->facts;
    if (f->failed++ > 0)
        return;
    f->outcome = k->call.outcome;
    f->http = k->call.exchange.http;
    looker_words(k);
}

/* Sends them one after the other; times of those that worked, in order of size. */
static size_t send_requests(struct looker *k, const char *url, int64_t *times_ns)
{
    struct target_facts *f = &k->look->facts;
    size_t n = 0;
    while (f->sent < k->triage->requests && !looker_is_interrupted(k)) {
        looker_call(k, url);
        f->sent++;
        k->look->checks[CHECK_REQUEST].took_ns += k->call.took_ns;
        if (k->call.outcome == OUTCOME_OK)
            times_ns[n++] = first_token_ns(&k->call.exchange);
        else
            note_failure(k);
        if (is_another(k, k->call.exchange.model))
            f->is_other_model = true;
        if (!is_worth_another(k->call.outcome))
            break;
    }
    qsort(times_ns, n, sizeof *times_ns, by_size);
    return n;
}

static void say_requests(struct looker *k, struct check_result *r,
                         const int64_t *times_ns, size_t n)
{
    const struct target_facts *f = &k->look->facts;
    const char *echo = k->call.exchange.model;
    char median[UNITS_TEXT], least[UNITS_TEXT], most[UNITS_TEXT];
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "%zu of %" PRIu32 " answered", n, f->sent);
    if (n > 0)
        buf_printf(&line, ", first token after %s",
                   units_format_ns(median, f->ttft_ns));
    if (n > 1)
        buf_printf(&line, " (%s to %s)", units_format_ns(least, times_ns[0]),
                   units_format_ns(most, times_ns[n - 1]));
    if (n > 0 && echo[0] != '\0' && strcmp(echo, k->look->model) != 0)
        buf_printf(&line, ", by %s", echo);
    if (f->failed > 0 && f->http != 0)
        buf_printf(&line, "; HTTP %u (%s)", f->http, outcome_rows[f->outcome].name);
    else if (f->failed > 0)
        buf_printf(&line, "; %s", outcome_rows[f->outcome].name);
    if (f->failed > 0 && k->look->words[0] != '\0')
        buf_printf(&line, ": %s", k->look->words);
    bool is_fine = f->failed == 0 && !f->is_other_model &&
                   !(f->slow_ns > 0 && f->ttft_ns > f->slow_ns);
    check_say(r, is_fine ? CHECK_FINE : CHECK_FAILED, "%s", line.data);
    buf_release(&line);
}

void check_request(struct looker *k, struct check_result *r)
{
    const struct target *t = looker_target(k);
    struct target_facts *f = &k->look->facts;
    int64_t times_ns[REQUESTS_MAX];
    struct err e = {0};
    struct buf url, body;
    if (t->model[0] == '\0') {
        check_say(r, CHECK_SKIPPED, "no model is known");
        return;
    }
    buf_init(&url, TRIAGE_URL_MAX);
    buf_init(&body, TRIAGE_URL_MAX);
    if (dialect_url(t->dialect, API_CHAT, t->base_url, &url, &e) < 0) {
        check_say(r, CHECK_FAILED, "%s", e.text);
        goto out;
    }
    write_body(t, &body);
    k->call.body = body.data;
    k->call.length = body.len;
    k->call.ask.is_stream = true;
    k->call.ask.needs_end = t->dialect->has_end_marker;
    f->slow_ns = k->triage->slow_ns;
    size_t n = send_requests(k, url.data, times_ns);
    f->ttft_ns = n > 0 ? times_ns[(n - 1) / 2] : 0;
    say_requests(k, r, times_ns, n);
    k->call.body = NULL;
    k->call.ask.is_stream = k->call.ask.needs_end = false;
out:
    buf_release(&url);
    buf_release(&body);
}

static void put_budget(const struct ratelimit_budget *b, struct buf *out)
{
    char left[UNITS_TEXT], most[UNITS_TEXT];
    buf_printf(out, "%s%s", out->len > 0 ? "; " : "", ratelimit_thing_names[b->thing]);
    if (b->remaining >= 0)
        buf_printf(out, " %s left", units_format_count(left, (uint64_t)b->remaining));
    if (b->limit >= 0)
        buf_printf(out, " of %s", units_format_count(most, (uint64_t)b->limit));
    if (b->window_s > 0)
        buf_printf(out, " in %d s", (int)b->window_s);
}

void check_limits(struct looker *k, struct check_result *r)
{
    const struct ratelimit *limits = &k->call.exchange.limits;
    char wait[UNITS_TEXT];
    struct buf line;
    buf_init(&line, 4096);
    for (size_t i = 0; i < limits->count; i++)
        put_budget(&limits->budgets[i], &line);
    if (limits->retry_after_ns >= 0)
        buf_printf(&line, "%swait %s (Retry-After)", line.len > 0 ? "; " : "",
                   units_format_ns(wait, limits->retry_after_ns));
    if (line.len == 0)
        check_say(r, CHECK_SKIPPED, "the reply has no such header");
    else
        check_say(r, CHECK_FINE, "%s", line.data);
    buf_release(&line);
}
