/*
 * Exchanges: times, endings, headers, bodies. The replies of real servers are in
 * test_streams.c.
 */
#include "check.h"
#include "exchange_feed.h"

#define EVENT(delta, rest)                                                             \
    "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" delta "}" rest      \
    "}]}\n\n"
#define ROLE EVENT("\"role\":\"assistant\",\"content\":\"\"", "")
#define TEXT EVENT("\"content\":\"a\"", "")
#define THINK EVENT("\"reasoning\":\"a\"", "")
#define LAST EVENT("", ",\"finish_reason\":\"stop\"")
#define USAGE_ONLY                                                                     \
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n"
#define DONE "data: [DONE]\n\n"

static void scripted_times_come_back(void)
{
    struct exchange x;
    struct hist *gaps = hist_new();
    struct exchange_ask ask = {.is_stream = true, .needs_end = true, .gaps = gaps};
    exchange_init(&x);
    begin(&x, &ask, stream_line);
    CHECK_INT(x.first_byte_ns, -1);
    CHECK_INT(at(&x, 10 * NS_PER_MS, ": ping\n\n"), 0);
    CHECK_INT(at(&x, 20 * NS_PER_MS, ROLE), 0);
    CHECK_INT(at(&x, 30 * NS_PER_MS, THINK), 1);
    CHECK_INT(at(&x, 37 * NS_PER_MS, THINK), 1);
    CHECK_INT(at(&x, 50 * NS_PER_MS, TEXT), 1);
    CHECK_INT(at(&x, 50 * NS_PER_MS, TEXT), 1); /* the same read, handed on in two */
    CHECK_INT(at(&x, 55 * NS_PER_MS, LAST), 0);
    CHECK_INT(at(&x, 90 * NS_PER_MS, USAGE_ONLY), 0);
    CHECK_INT(at(&x, 95 * NS_PER_MS, DONE), 0);
    CHECK_INT(end(&x, 99 * NS_PER_MS), OUTCOME_OK);
    CHECK_INT(x.wire_ns, 1000);
    CHECK_INT(x.first_byte_ns, 10 * NS_PER_MS);
    CHECK_INT(x.first_event_ns, 20 * NS_PER_MS);
    CHECK_INT(x.first_content_ns, 30 * NS_PER_MS);
    CHECK_INT(x.first_answer_ns, 50 * NS_PER_MS);
    CHECK_INT(x.last_content_ns, 50 * NS_PER_MS); /* finish and usage later */
    CHECK_INT(x.last_byte_ns, 95 * NS_PER_MS);
    CHECK_INT(x.end_ns, 99 * NS_PER_MS);
    CHECK_INT(x.content_events, 4);
    CHECK_INT(x.content_reads, 3);
    CHECK_INT(gaps->total, 3); /* 7 ms, 13 ms, and 0 in one read */
    CHECK_INT(gaps->counts[hist_slot(7000)], 1);
    CHECK_INT(gaps->counts[hist_slot(13000)], 1);
    CHECK_INT(gaps->counts[hist_slot(0)], 1);
    hist_free(gaps);
    exchange_release(&x);
}

/* No gap is lost, and none is negative, when a stamp goes back. */
static void time_does_not_go_back(void)
{
    struct exchange x;
    struct hist *gaps = hist_new();
    struct exchange_ask ask = {.is_stream = true, .needs_end = true, .gaps = gaps};
    exchange_init(&x);
    begin(&x, &ask, stream_line);
    CHECK_INT(at(&x, 30 * NS_PER_MS, TEXT), 1);
    CHECK_INT(at(&x, 29 * NS_PER_MS, TEXT), 1);
    CHECK_INT(at(&x, 37 * NS_PER_MS, TEXT), 1);
    CHECK_INT(gaps->total, 2);
    CHECK_INT(gaps->counts[hist_slot(0)], 1);
    CHECK_INT(gaps->counts[hist_slot(7000)], 1);
    CHECK_INT(x.content_reads, 2);
    hist_free(gaps);
    exchange_release(&x);
}

/* An event counts when its last byte came. */
static void a_cut_event_counts_when_whole(void)
{
    static const char text[] = ROLE TEXT;
    size_t cut = strlen(ROLE) + 10;
    struct exchange x;
    struct exchange_ask ask = {.is_stream = true, .needs_end = true};
    exchange_init(&x);
    begin(&x, &ask, stream_line);
    CHECK_INT(exchange_bytes(&x, text, cut, 5000), 0);
    CHECK_INT(exchange_bytes(&x, text + cut, strlen(text) - cut, 9000), 1);
    CHECK_INT(x.first_content_ns, 9000);
    exchange_release(&x);
}

static void nothing_counts_after_the_end_marker(void)
{
    struct exchange x;
    struct exchange_ask ask = {.is_stream = true, .needs_end = true};
    exchange_init(&x);
    begin(&x, &ask, stream_line);
    CHECK_INT(at(&x, 5000, TEXT LAST DONE TEXT "<html>\n"), 1);
    CHECK_INT(at(&x, 6000, TEXT "{}\n"), 0);
    CHECK_INT(end(&x, 7000), OUTCOME_OK);
    CHECK_INT(x.content_events, 1);
    CHECK_INT(x.body_bytes, strlen(TEXT LAST DONE TEXT "<html>\n" TEXT "{}\n"));
    exchange_release(&x);
}

/* ---- how it ends ---- */

static void endings(void)
{
    static const struct {
        const char *name, *text;
        enum transport transport;
        enum timer_fired timer;
        enum outcome outcome;
    } rows[] = {
        {"no byte", "", TRANSPORT_BROKEN, TIMER_NONE, OUTCOME_RESET},
        {"after the role chunk", ROLE, TRANSPORT_BROKEN, TIMER_NONE, OUTCOME_TRUNCATED},
        {"after content", ROLE TEXT, TRANSPORT_PARTIAL, TIMER_NONE, OUTCOME_TRUNCATED},
        {"inside an event", ROLE "data: {\"cho", TRANSPORT_PARTIAL, TIMER_NONE,
         OUTCOME_TRUNCATED},
        {"waiting for content", ROLE, TRANSPORT_ABORTED, TIMER_TTFT,
         OUTCOME_TTFT_TIMEOUT},
        {"stalled", ROLE TEXT, TRANSPORT_ABORTED, TIMER_STALL, OUTCOME_STALL_TIMEOUT},
        {"too long", ROLE TEXT, TRANSPORT_ABORTED, TIMER_TOTAL, OUTCOME_TOTAL_TIMEOUT},
        {"run end", ROLE TEXT, TRANSPORT_ABORTED, TIMER_RUN_END, OUTCOME_CENSORED},
        {"a hedge was first", ROLE TEXT, TRANSPORT_ABORTED, TIMER_BEATEN,
         OUTCOME_CANCELLED},
        {"whole", ROLE TEXT LAST DONE, TRANSPORT_OK, TIMER_NONE, OUTCOME_OK},
        {"whole, then broken", ROLE TEXT LAST DONE, TRANSPORT_BROKEN, TIMER_NONE,
         OUTCOME_TRUNCATED},
    };
    struct exchange x;
    struct evidence ev;
    struct exchange_ask ask = {.is_stream = true, .needs_end = true};
    exchange_init(&x);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        begin(&x, &ask, stream_line);
        (void)at(&x, 2000, rows[i].text);
        CHECK_INT(exchange_end(&x, rows[i].transport, rows[i].timer, 3000, &ev),
                  rows[i].outcome);
    }
    exchange_release(&x);
}

static void models_are_compared(void)
{
    static const char *const models[] = {"other", "m", NULL};
    static const char *const none[] = {"other", NULL};
    struct exchange x;
    struct exchange_ask ask = {.is_stream = true, .needs_end = true, .models = models};
    exchange_init(&x);
    begin(&x, &ask, stream_line);
    (void)at(&x, 2000, ROLE TEXT LAST DONE);
    CHECK_INT(end(&x, 3000), OUTCOME_OK);
    CHECK_STR(x.model, "m");
    ask.models = none;
    begin(&x, &ask, stream_line);
    (void)at(&x, 2000, ROLE TEXT LAST DONE);
    CHECK_INT(end(&x, 3000), OUTCOME_MODEL_MISMATCH);
    begin(&x, &ask, stream_line); /* a server that echoes none is not wrong */
    (void)at(&x, 2000,
             "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},"
             "\"finish_reason\":\"stop\"}]}\n\n" DONE);
    CHECK_INT(end(&x, 3000), OUTCOME_OK);
    exchange_release(&x);
}

/* Of two choices the one that was filtered gives the reason, in either order. */
static void the_worst_finish_counts(void)
{
    static const char *const texts[] = {
        TEXT EVENT("", ",\"finish_reason\":\"content_filter\"")
            EVENT("", ",\"finish_reason\":\"stop\"") DONE,
        TEXT EVENT("", ",\"finish_reason\":\"stop\"")
            EVENT("", ",\"finish_reason\":\"content_filter\"") DONE,
    };
    struct exchange x;
    struct exchange_ask ask = {.is_stream = true, .needs_end = true};
    exchange_init(&x);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        begin(&x, &ask, stream_line);
        (void)at(&x, 2000, texts[i]);
        CHECK_INT(end(&x, 3000), OUTCOME_CONTENT_FILTER);
    }
    exchange_release(&x);
}

static void the_first_error_counts(void)
{
    struct exchange x;
    struct evidence ev;
    struct exchange_ask ask = {.is_stream = true, .needs_end = true};
    exchange_init(&x);
    begin(&x, &ask, stream_line);
    (void)at(&x, 2000,
             "data: {\"error\":{\"code\":500,\"message\":\"boom\"}}\n\n"
             "data: {\"error\":\"and so on\"}\n\n" DONE);
    CHECK_INT(exchange_end(&x, TRANSPORT_OK, TIMER_NONE, 3000, &ev), OUTCOME_INBAND);
    CHECK_INT(ev.error_code, 500);
    CHECK_STR(ev.error_text, "500: boom");
    exchange_release(&x);
}

/* ---- headers ---- */

static void headers_are_read(void)
{
    struct exchange x;
    struct evidence ev;
    struct exchange_ask ask = {.is_stream = true,
                               .t0_wall_ns = INT64_C(1792567670) * NS_PER_S};
    exchange_init(&x);
    exchange_begin(&x, &ask, 0);
    header(&x, "HTTP/1.1 100 Continue");
    header(&x, "x-ratelimit-limit-req-minute: 0");
    header(&x, "Retry-After: 7");
    header(&x, "cf-ray: forgotten");
    header(&x, "HTTP/2 429 ");
    CHECK_INT(x.http, 429);
    CHECK_INT(x.limits.retry_after_ns, RATELIMIT_UNKNOWN);
    CHECK_STR(x.correlation_id, "");
    header(&x, "retry-after:  Wed, 21 Oct 2026 07:28:00 GMT\r\n");
    header(&x, "CF-Ray: ray-1");
    CHECK_STR(x.correlation_id, "ray-1");
    header(&x, "x-request-id: req-1");
    header(&x, "x-kong-request-id: kong-1");
    CHECK_STR(x.correlation_id, "req-1");
    header(&x, "Mistral-Correlation-Id: 0198-abc");
    header(&x, "X-Request-Id: req-2");
    CHECK_STR(x.correlation_id, "0198-abc");
    header(&x, "X-RateLimit-Limit-Req-Minute: 60");
    CHECK_INT(x.limits.count, 1);
    CHECK_INT(x.limits.budgets[0].limit, 60);
    header(&x, "Content-Type: TEXT/Event-Stream");
    CHECK(x.is_event_stream);
    header(&x, "content-type: application/json");
    CHECK(!x.is_event_stream);
    header(&x, "no colon");
    header(&x, ":");
    header(&x, "HTTP/1.1");
    CHECK_INT(x.http, 0);
    header(&x, "HTTP/1.1 2x0 OK");
    CHECK_INT(x.http, 0);
    header(&x, "HTTP/1.1 429 Too Many Requests");
    header(&x, "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT");
    CHECK_INT(exchange_end(&x, TRANSPORT_OK, TIMER_NONE, 4 * NS_PER_S, &ev),
              OUTCOME_RATE_LIMITED);
    CHECK_INT(x.limits.retry_after_ns, 6 * NS_PER_S);
    exchange_release(&x);
}

static void long_headers_are_cut(void)
{
    struct exchange x;
    struct exchange_ask ask = {.is_stream = true};
    char line[400];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    memcpy(line, "cf-ray: ", 8);
    exchange_init(&x);
    exchange_begin(&x, &ask, 0);
    header(&x, line);
    CHECK_INT(strlen(x.correlation_id), sizeof x.correlation_id - 1);
    exchange_release(&x);
}

/* ---- bodies ---- */

static void bodies_that_are_none(void)
{
    static const struct {
        const char *name, *text;
        bool is_stream_asked;
        enum outcome outcome;
    } rows[] = {
        {"page", "<html>\n</html>\n", false, OUTCOME_MALFORMED_JSON},
        {"page for a stream", "<html>\n</html>\n", true, OUTCOME_MALFORMED_SSE},
        {"cut JSON", "{\"choices\":[", false, OUTCOME_MALFORMED_JSON},
        {"nothing", "", false, OUTCOME_RESET},
        {"nothing for a stream", "", true, OUTCOME_RESET},
    };
    struct exchange x;
    exchange_init(&x);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct exchange_ask ask = {.is_stream = rows[i].is_stream_asked};
        begin(&x, &ask, json_line);
        (void)at(&x, 2000, rows[i].text);
        CHECK_INT(end(&x, 3000), rows[i].outcome);
    }
    exchange_release(&x);
}

/* Errors are held up to 64 KiB, the rest is counted. */
static void long_errors_are_cut(void)
{
    struct exchange x;
    struct exchange_ask ask = {.is_stream = true};
    struct buf text;
    buf_init(&text, 1u << 20);
    buf_puts(&text, "internal error ");
    while (text.len < 100000)
        buf_putc(&text, 'x');
    exchange_init(&x);
    exchange_begin(&x, &ask, 0);
    header(&x, "HTTP/1.1 500 Internal Server Error");
    for (size_t i = 0; i < text.len; i += 1000)
        (void)exchange_bytes(&x, text.data + i,
                             text.len - i < 1000 ? text.len - i : 1000, 10);
    CHECK_INT(end(&x, 20), OUTCOME_SERVER_500);
    CHECK_INT(x.body.len, EXCHANGE_ERROR_MAX);
    CHECK_INT(x.body_bytes, text.len);
    CHECK(strncmp(x.error.error_text, "internal error xxx", 18) == 0);
    buf_release(&text);
    exchange_release(&x);
}

/* Nothing of one exchange is left in the next. */
static void exchanges_start_anew(void)
{
    struct exchange x;
    struct exchange_ask ask = {.is_stream = true, .needs_end = true};
    exchange_init(&x);
    begin(&x, &ask, stream_line);
    (void)at(&x, 10, THINK "data: {\"error\":{\"code\":500}}\n\ndata: {cut");
    CHECK_INT(end(&x, 20), OUTCOME_INBAND);
    begin(&x, &ask, stream_line);
    (void)at(&x, 30, ROLE TEXT LAST DONE);
    CHECK_INT(end(&x, 40), OUTCOME_OK);
    CHECK(!x.error.is_error && !x.saw_thinking);
    CHECK_INT(x.first_content_ns, 30);
    CHECK_INT(x.content_events, 1);
    exchange_release(&x);
}

int main(void)
{
    RUN(time_does_not_go_back);
    RUN(scripted_times_come_back);
    RUN(a_cut_event_counts_when_whole);
    RUN(nothing_counts_after_the_end_marker);
    RUN(endings);
    RUN(models_are_compared);
    RUN(the_worst_finish_counts);
    RUN(the_first_error_counts);
    RUN(headers_are_read);
    RUN(long_headers_are_cut);
    RUN(bodies_that_are_none);
    RUN(long_errors_are_cut);
    RUN(exchanges_start_anew);
    return check_report();
}
