/* One HTTP exchange as a pure state machine; see exchange.h. */
#include "wire/exchange.h"

#include "measure/sample.h"

#include <string.h>
#include <strings.h>

void exchange_init(struct exchange *x)
{
    *x = (struct exchange){0};
    sse_init(&x->sse, SSE_EVENT_MAX);
    buf_init(&x->body, EXCHANGE_BODY_MAX);
}

void exchange_release(struct exchange *x)
{
    buf_release(&x->body);
    sse_release(&x->sse);
}

void exchange_begin(struct exchange *x, const struct exchange_ask *ask, int64_t now_ns)
{
    struct sse sse = x->sse;
    struct buf body = x->body;
    sse_reset(&sse);
    buf_reset(&body);
    *x = (struct exchange){
        .ask = *ask,
        .sse = sse,
        .body = body,
        .wire_ns = now_ns,
        .first_byte_ns = SAMPLE_UNDEFINED,
        .first_event_ns = SAMPLE_UNDEFINED,
        .first_content_ns = SAMPLE_UNDEFINED,
        .first_answer_ns = SAMPLE_UNDEFINED,
        .last_content_ns = SAMPLE_UNDEFINED,
        .last_byte_ns = SAMPLE_UNDEFINED,
        .end_ns = SAMPLE_UNDEFINED,
    };
    ratelimit_reset(&x->limits);
}

/* ---- headers ---- */

/* Headers that carry an id for the server's log, the most telling one first. */
static const char *const correlation_names[] = {
    "mistral-correlation-id", "x-request-id", "request-id",
    "x-kong-request-id",      "cf-ray",
};

/* "HTTP/1.1 200 OK", "HTTP/2 200": forgets the headers of an answer before. */
static void status_line(struct exchange *x, const char *line, size_t length)
{
    x->http = 0;
    x->is_event_stream = false;
    x->correlation_id[0] = '\0';
    x->correlation_rank = 0;
    ratelimit_reset(&x->limits);
    const char *blank = memchr(line, ' ', length);
    if (blank == NULL || line + length - blank < 4)
        return;
    unsigned status = 0;
    for (int i = 1; i <= 3; i++) {
        if (blank[i] < '0' || blank[i] > '9')
            return;
        status = status * 10 + (unsigned)(blank[i] - '0');
    }
    x->http = (uint16_t)status;
}

static bool is_header(const char *name, const char *line, size_t length)
{
    return strlen(name) == length && strncasecmp(line, name, length) == 0;
}

static void keep_value(char *field, size_t size, const char *value, size_t length)
{
    size_t n = length < size ? length : size - 1;
    memcpy(field, value, n);
    field[n] = '\0';
}

static void correlation(struct exchange *x, const char *name, size_t name_length,
                        const char *value, size_t length)
{
    unsigned rank = ARRAY_LEN(correlation_names);
    for (size_t i = 0; i < ARRAY_LEN(correlation_names); i++, rank--) {
        if (rank <= x->correlation_rank)
            return;
        if (!is_header(correlation_names[i], name, name_length))
            continue;
        x->correlation_rank = rank;
        keep_value(x->correlation_id, sizeof x->correlation_id, value, length);
        return;
    }
}

void exchange_header(struct exchange *x, const char *line, size_t length)
{
    static const char event_stream[] = "text/event-stream";
    while (length > 0 && (unsigned char)line[length - 1] <= ' ')
        length--;
    const char *colon = memchr(line, ':', length);
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        status_line(x, line, length);
        return;
    }
    if (colon == NULL)
        return;
    size_t name_length = (size_t)(colon - line);
    const char *value = colon + 1, *end = line + length;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    size_t value_length = (size_t)(end - value);
    if (is_header("content-type", line, name_length))
        x->is_event_stream =
            value_length >= sizeof event_stream - 1 &&
            strncasecmp(value, event_stream, sizeof event_stream - 1) == 0;
    else if (!ratelimit_header(&x->limits, line, name_length, value, value_length))
        correlation(x, line, name_length, value, value_length);
}

/* ---- what documents say ---- */

static bool is_success(const struct exchange *x)
{
    return x->http >= 200 && x->http <= 299;
}

static bool is_stream(const struct exchange *x)
{
    return x->ask.is_stream && x->is_event_stream && is_success(x);
}

static void note_model(struct exchange *x, const struct reply *r)
{
    if (r->model[0] == '\0')
        return;
    memcpy(x->model, r->model, sizeof x->model);
    if (x->ask.models == NULL)
        return;
    for (size_t i = 0; x->ask.models[i] != NULL; i++)
        if (strcmp(x->ask.models[i], x->model) == 0)
            return;
    x->is_wrong_model = true;
}

/* Reasons that spoil the answer outrank others, whichever choice has them. */
static unsigned finish_rank(enum finish finish)
{
    switch (finish) {
    case FINISH_NONE:
        return 0;
    case FINISH_STOP:
    case FINISH_LENGTH:
    case FINISH_TOOL:
    case FINISH_OTHER:
        return 1;
    case FINISH_CONTENT_FILTER:
        return 2;
    case FINISH_CONTEXT:
        return 3;
    case FINISH_ERROR:
        return 4;
    }
    bug("no such finish");
}

static void note_error(struct exchange *x, const struct reply *r)
{
    if (!x->error.is_error)
        x->error = *r;
}

/* What events and whole bodies have in common. */
static void note_reply(struct exchange *x, const struct reply *r)
{
    note_model(x, r);
    if (r->is_error)
        note_error(x, r);
    if (finish_rank(r->finish) >= finish_rank(x->finish))
        x->finish = r->finish;
    x->finished |= r->finished;
    x->items += r->items;
    x->is_flagged |= r->is_flagged;
    x->is_refused |= r->has_refusal;
    x->saw_thinking |= r->has_thinking;
    x->saw_content |= r->has_content || r->has_thinking || r->has_tool;
    if (r->usage.is_present)
        x->usage = r->usage;
}

/* ---- streams ---- */

static void note_content(struct exchange *x, const struct reply *r, int64_t now_ns)
{
    if (x->content_events == 0)
        x->first_content_ns = now_ns;
    else if (x->ask.gaps != NULL)
        (void)hist_record(x->ask.gaps, hist_us(now_ns - x->last_content_ns), 1);
    if (x->first_answer_ns == SAMPLE_UNDEFINED && (r->has_content || r->has_tool))
        x->first_answer_ns = now_ns;
    x->last_content_ns = now_ns;
    x->content_events++;
}

static bool is_end_marker(const struct sse_event *ev)
{
    static const char done[] = "[DONE]";
    size_t length = ev->length;
    while (length > 0 && ev->data[length - 1] == ' ')
        length--;
    return length == sizeof done - 1 && memcmp(ev->data, done, length) == 0;
}

/* Acts on one event. False: it is no JSON. */
static bool take_event(struct exchange *x, const struct sse_event *ev, int64_t now_ns)
{
    struct reply r;
    if (is_end_marker(ev)) {
        x->saw_end = true;
        return true;
    }
    if (ev->is_error_field)
        reply_error_body(&r, ev->data, ev->length);
    else if (reply_read(&r, ev->data, ev->length, x->model[0] == '\0') != REPLY_OK)
        return false;
    if (x->events++ == 0)
        x->first_event_ns = now_ns;
    note_reply(x, &r);
    x->saw_end |= r.is_done;
    if (r.has_content || r.has_thinking || r.has_tool)
        note_content(x, &r, now_ns);
    return true;
}

static void stream_bytes(struct exchange *x, const char *bytes, size_t length,
                         int64_t now_ns)
{
    struct sse_event ev;
    enum sse_status status = SSE_EVENT;
    sse_feed(&x->sse, bytes, length);
    while (!x->saw_end && status == SSE_EVENT) {
        status = sse_next(&x->sse, &ev);
        if (status == SSE_EVENT && !take_event(x, &ev, now_ns))
            x->is_bad_json = true;
    }
    x->is_bad_sse |= status == SSE_BAD;
}

/* ---- bodies ---- */

static void body_bytes(struct exchange *x, const char *bytes, size_t length)
{
    size_t max = is_success(x) ? EXCHANGE_BODY_MAX : EXCHANGE_ERROR_MAX;
    size_t room = x->body.len < max ? max - x->body.len : 0;
    buf_append(&x->body, bytes, length < room ? length : room);
}

uint32_t exchange_bytes(struct exchange *x, const char *bytes, size_t length,
                        int64_t now_ns)
{
    uint32_t content_before = x->content_events;
    int64_t last_before_ns = x->last_content_ns;
    if (length == 0)
        return 0;
    if (now_ns < x->last_byte_ns)
        now_ns = x->last_byte_ns;
    if (x->body_bytes == 0)
        x->first_byte_ns = now_ns;
    x->body_bytes += length;
    if (x->saw_end)
        return 0;
    x->last_byte_ns = now_ns;
    if (is_stream(x))
        stream_bytes(x, bytes, length, now_ns);
    else
        body_bytes(x, bytes, length);
    uint32_t content_events = x->content_events - content_before;
    x->content_reads += content_events > 0 && now_ns != last_before_ns;
    return content_events;
}

/* ---- the end ---- */

/* An event without its closing empty line counts when it is whole. */
static void finish_stream(struct exchange *x)
{
    struct sse_event ev;
    if (x->saw_end || x->is_bad_sse)
        return;
    enum sse_status status = sse_finish(&x->sse, &ev);
    if (status == SSE_EVENT)
        (void)take_event(x, &ev, x->last_byte_ns);
}

static void finish_body(struct exchange *x)
{
    struct reply r;
    if (!is_success(x)) {
        reply_error_body(&x->error, x->body.data, x->body.len);
        return;
    }
    if (reply_read(&r, x->body.data, x->body.len, true) != REPLY_OK) {
        x->is_bad_json = true;
        return;
    }
    note_reply(x, &r);
    x->last_content_ns = x->last_byte_ns;
}

static bool saw_all_finishes(const struct exchange *x)
{
    uint32_t choices = x->ask.choices > 0 ? x->ask.choices : 1;
    uint32_t all = choices < 32 ? (UINT32_C(1) << choices) - 1 : UINT32_MAX;
    return (x->finished & all) == all;
}

static struct evidence evidence_of(const struct exchange *x)
{
    return (struct evidence){
        .http = x->http,
        .is_stream_asked = x->ask.is_stream,
        .is_event_stream = x->is_event_stream,
        .saw_content = x->saw_content,
        .saw_all_finishes = saw_all_finishes(x),
        .saw_end = x->saw_end,
        .needs_end = x->ask.needs_end,
        .saw_body = x->body_bytes > 0,
        .is_bad_sse = x->is_bad_sse,
        .is_bad_json = x->is_bad_json,
        .is_empty_allowed = x->ask.is_empty_allowed && (x->items > 0 || x->finished),
        .is_wrong_model = x->is_wrong_model,
        .has_inband_error = is_success(x) && x->error.is_error,
        .is_filtered = x->is_refused || x->finish == FINISH_CONTENT_FILTER,
        .is_finish_error = x->finish == FINISH_ERROR,
        .is_context_finish = x->finish == FINISH_CONTEXT,
        .is_never_allowed = ratelimit_is_never(&x->limits),
        .is_quota_spent = ratelimit_is_spent(&x->limits),
        .error_code = x->error.error_code,
        .error_text = x->error.is_error ? x->error.error_text : "",
    };
}

enum outcome exchange_end(struct exchange *x, enum transport transport,
                          enum timer_fired timer, int64_t now_ns, struct evidence *ev)
{
    x->end_ns = now_ns;
    ratelimit_settle(&x->limits, x->ask.t0_wall_ns ? x->ask.t0_wall_ns + now_ns : 0);
    if (is_stream(x))
        finish_stream(x);
    else if (x->body_bytes > 0)
        finish_body(x);
    *ev = evidence_of(x);
    ev->transport = transport;
    ev->timer = timer;
    return outcome_of(ev);
}
