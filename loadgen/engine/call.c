/* One blocking exchange; see call.h. */
#include "engine/call.h"

#include "base/clock.h"
#include "engine/dial.h"
#include "engine/pause.h"
#include "engine/redact.h"
#include "engine/transport.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BODY_MAX (4u << 20)
#define HEADERS_MAX (64u << 10)
#define TIMEOUT_NS (10 * NS_PER_S)

_Static_assert(CALL_WHY >= CURL_ERROR_SIZE, "libcurl's words have room");

static size_t on_body(char *bytes, size_t size, size_t n, void *p)
{
    struct call *c = p;
    buf_append(&c->reply, bytes, size * n);
    (void)exchange_bytes(&c->exchange, bytes, size * n, clock_now_ns());
    return size * n;
}

/* The value behind name ("server:") in a line, NULL when it is another header. */
static const char *value_of(const char *line, size_t length, const char *name)
{
    size_t n = strlen(name);
    if (length < n || strncasecmp(line, name, n) != 0)
        return NULL;
    while (n < length && line[n] == ' ')
        n++;
    return line + n;
}

static size_t on_header(char *line, size_t size, size_t n, void *p)
{
    struct call *c = p;
    size_t length = size * n;
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    exchange_header(&c->exchange, line, length);
    buf_append(&c->headers, line, length);
    buf_putc(&c->headers, '\n');
    const char *server = value_of(line, length, "server:");
    if (server != NULL)
        (void)snprintf(c->server, sizeof c->server, "%.*s",
                       (int)(line + length - server), server);
    if (value_of(line, length, "mistral-correlation-id:") != NULL)
        c->has_correlation_id = true;
    return size * n;
}

/* libcurl asks about once a second: not 0 ends the transfer. */
static int on_progress(void *p, curl_off_t want_in, curl_off_t in, curl_off_t want_out,
                       curl_off_t out)
{
    const struct call *c = p;
    (void)want_in;
    (void)in;
    (void)want_out;
    (void)out;
    return pause_wait(c->pause, 0);
}

static curl_socket_t on_open(void *p, curlsocktype purpose,
                             struct curl_sockaddr *address)
{
    const struct net_options *net = p;
    (void)purpose;
    return dial_once(net, address);
}

void call_init(struct call *c, const struct plan *plan, const struct target *t,
               struct curl_slist *resolved)
{
    *c = (struct call){.plan = plan,
                       .target = t,
                       .resolved = resolved,
                       .timeout_ns = TIMEOUT_NS,
                       .ask = {.is_empty_allowed = true, .choices = 1},
                       .evidence = {.error_text = ""}};
    exchange_init(&c->exchange);
    buf_init(&c->reply, BODY_MAX);
    buf_init(&c->headers, HEADERS_MAX);
}

void call_release(struct call *c)
{
    exchange_release(&c->exchange);
    buf_release(&c->reply);
    buf_release(&c->headers);
}

static void set_up(struct call *c, CURL *easy, struct curl_slist *headers)
{
    transport_defaults(easy, c->plan);
    curl_easy_setopt(easy, CURLOPT_URL, c->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_RESOLVE, c->resolved);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(c->timeout_ns / NS_PER_MS));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->why);
    if (c->pause != NULL) {
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, c);
    }
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &c->plan->net);
    if (c->body == NULL)
        return;
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->length);
}

/* libcurl's result as evidence: once connected, its timer was ours of the whole. */
static void conclude(struct call *c, CURL *easy, CURLcode code)
{
    long os_errno = 0;
    long version = 0;
    curl_off_t connected_us = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
    (void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    (void)curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    if (c->exchange.http != 0)
        c->is_http2 = version == CURL_HTTP_VERSION_2_0;
    enum transport transport = transport_of_easy(easy, code, os_errno);
    enum timer_fired timer =
        transport == TRANSPORT_TIMEOUT && connected_us > 0 ? TIMER_TOTAL : TIMER_NONE;
    c->outcome =
        exchange_end(&c->exchange, transport, timer, clock_now_ns(), &c->evidence);
    if (c->why[0] == '\0' && code != CURLE_OK)
        (void)snprintf(c->why, sizeof c->why, "%s", curl_easy_strerror(code));
}

void call_make(struct call *c)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        bug("curl_easy_init failed");
    struct curl_slist *headers = transport_headers(c->target, c->ask.is_stream);
    set_up(c, easy, headers);
    buf_reset(&c->reply);
    buf_reset(&c->headers);
    c->why[0] = c->server[0] = '\0';
    c->has_correlation_id = false;
    int64_t start_ns = clock_now_ns();
    c->ask.t0_wall_ns = clock_wall_ns() - start_ns;
    exchange_begin(&c->exchange, &c->ask, start_ns);
    CURLcode code = curl_easy_perform(easy);
    c->took_ns = clock_now_ns() - start_ns;
    conclude(c, easy, code);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
}

const char *call_status(const struct call *c, char text[CALL_STATUS])
{
    if (c->exchange.http != 0)
        (void)snprintf(text, CALL_STATUS, "HTTP %u", c->exchange.http);
    else
        (void)snprintf(text, CALL_STATUS, "%s", outcome_rows[c->outcome].name);
    return text;
}

bool call_is_2xx(const struct call *c)
{
    return c->exchange.http >= 200 && c->exchange.http < 300;
}

const char *call_words(const struct call *c, char words[CALL_WORDS + 1])
{
    char all[2048];
    const char *text = c->evidence.error_text[0] ? c->evidence.error_text
                       : c->why[0]               ? c->why
                                                 : c->reply.data;
    (void)snprintf(all, sizeof all, "%s", text);
    redact_key(all, c->target->key); /* before it is cut: a part is a leak too */
    size_t n = 0;
    for (; n < CALL_WORDS && all[n] != '\0'; n++)
        words[n] = all[n];
    words[n] = '\0';
    for (char *p = words; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    return words;
}

int call_fail(const struct call *c, const char *what, struct err *e)
{
    char text[CALL_WORDS + 1];
    const char *words = call_words(c, text);
    const struct outcome_row *row = &outcome_rows[c->outcome];
    /* the limit was ours, not --timeout's; the words say how long it was */
    const char *hint = c->outcome == OUTCOME_TOTAL_TIMEOUT ? "" : row->hint;
    if (c->exchange.http != 0)
        return err_set(e, "%s: HTTP %u (%s)%s%s%s%s", what, c->exchange.http, row->name,
                       words[0] ? ": " : "", words, hint[0] ? "; " : "", hint);
    return err_set(e, "%s: %s%s%s%s%s", what, row->name, words[0] ? ": " : "", words,
                   hint[0] ? "; " : "", hint);
}
