/*
 * The reference that shows what gust itself costs: the same libcurl multis on the
 * same kind of loop with the same settings, and callbacks that do nothing.
 *
 *   bare PORT STREAMS TOKENS [COUNTERS]
 *
 * Every one of STREAMS transfers asks for TOKENS tokens (0: no stream), again and
 * again, until it is killed. 64 transfers share a multi. Requests are counted in
 * COUNTERS, for servers that do not count themselves.
 */
#include "counters.h"
#include "request.h"

#include "base/base.h"

#include <curl/curl.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/resource.h>

#define PER_MULTI 64

struct client;

struct multi {
    struct client *client;
    CURLM *handle;
    ev_timer timer;
};

struct client {
    struct ev_loop *loop;
    char url[128], body[1024];
    size_t body_length;
    struct curl_slist *headers;
    CURLU *parsed;
    struct counters *counters; /* or NULL */
};

struct watch {
    ev_io io;
    struct multi *multi;
};

static void must(CURLcode code)
{
    if (code != CURLE_OK) {
        fprintf(stderr, "bare: %s\n", curl_easy_strerror(code));
        exit(1);
    }
}

static void must_multi(CURLMcode code)
{
    if (code != CURLM_OK) {
        fprintf(stderr, "bare: %s\n", curl_multi_strerror(code));
        exit(1);
    }
}

static size_t on_body(char *bytes, size_t size, size_t n, void *p)
{
    (void)bytes;
    (void)p;
    return size * n;
}

static void act(struct multi *m, curl_socket_t fd, int mask);

static void on_ready(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop;
    struct watch *w = io->data;
    act(w->multi, io->fd,
        (events & EV_READ ? CURL_CSELECT_IN : 0) |
            (events & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timeout(struct ev_loop *loop, ev_timer *t, int events)
{
    (void)events;
    ev_timer_stop(loop, t);
    act(t->data, CURL_SOCKET_TIMEOUT, 0);
}

/* Transfers that are over begin again. */
static void act(struct multi *m, curl_socket_t fd, int mask)
{
    int running = 0, left = 0;
    must_multi(curl_multi_socket_action(m->handle, fd, mask, &running));
    for (CURLMsg *done = curl_multi_info_read(m->handle, &left); done != NULL;
         done = curl_multi_info_read(m->handle, &left)) {
        CURL *easy = done->easy_handle;
        must(done->data.result);
        if (m->client->counters != NULL)
            counters_add(&m->client->counters->requests, 1);
        must_multi(curl_multi_remove_handle(m->handle, easy));
        must_multi(curl_multi_add_handle(m->handle, easy));
    }
}

static int on_timer(CURLM *handle, long timeout_ms, void *p)
{
    (void)handle;
    struct multi *m = p;
    ev_timer_stop(m->client->loop, &m->timer);
    if (timeout_ms >= 0) {
        ev_timer_set(&m->timer, (double)timeout_ms / 1000.0, 0.0);
        ev_timer_start(m->client->loop, &m->timer);
    }
    return 0;
}

static int on_want(CURL *easy, curl_socket_t fd, int what, void *p, void *assigned)
{
    (void)easy;
    struct multi *m = p;
    struct watch *w = assigned;
    if (w != NULL)
        ev_io_stop(m->client->loop, &w->io);
    if (what == CURL_POLL_REMOVE) {
        free(w);
        return 0;
    }
    if (w == NULL) {
        w = xcalloc(1, sizeof *w);
        w->multi = m;
        ev_init(&w->io, on_ready);
        w->io.data = w;
        must_multi(curl_multi_assign(m->handle, fd, w));
    }
    ev_io_set(&w->io, fd,
              (what & CURL_POLL_IN ? EV_READ : 0) |
                  (what & CURL_POLL_OUT ? EV_WRITE : 0));
    ev_io_start(m->client->loop, &w->io);
    return 0;
}

static struct multi *multi_new(struct client *c)
{
    struct multi *m = xcalloc(1, sizeof *m);
    m->client = c;
    m->handle = curl_multi_init();
    must_multi(curl_multi_setopt(m->handle, CURLMOPT_SOCKETFUNCTION, on_want));
    must_multi(curl_multi_setopt(m->handle, CURLMOPT_SOCKETDATA, m));
    must_multi(curl_multi_setopt(m->handle, CURLMOPT_TIMERFUNCTION, on_timer));
    must_multi(curl_multi_setopt(m->handle, CURLMOPT_TIMERDATA, m));
    must_multi(curl_multi_setopt(m->handle, CURLMOPT_MAXCONNECTS, (long)PER_MULTI));
    ev_init(&m->timer, on_timeout);
    m->timer.data = m;
    return m;
}

static void add_transfer(struct client *c, struct multi *m)
{
    CURL *easy = curl_easy_init();
    must(curl_easy_setopt(easy, CURLOPT_CURLU, c->parsed));
    must(curl_easy_setopt(easy, CURLOPT_PROXY, ""));
    must(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    must(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    must(curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L));
    must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, c->headers));
    must(curl_easy_setopt(easy, CURLOPT_POST, 1L));
    must(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->body));
    must(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)c->body_length));
    must(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body));
    must_multi(curl_multi_add_handle(m->handle, easy));
}

static void client_init(struct client *c, const char *port, uint64_t tokens)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* too few: connections fail */
    }
    must(curl_global_init(CURL_GLOBAL_ALL));
    c->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    (void)snprintf(c->url, sizeof c->url, "http://127.0.0.1:%s" REQUEST_PATH, port);
    c->parsed = curl_url();
    if (curl_url_set(c->parsed, CURLUPART_URL, c->url, 0) != CURLUE_OK)
        exit(1);
    c->body_length = request_body(c->body, sizeof c->body, tokens);
    static const char *const lines[] = {
        "Content-Type: application/json", "Accept: text/event-stream",
        "Expect:", "User-Agent: bare/1.0", "x-request-id: bare-00000000-000001.0"};
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        c->headers = curl_slist_append(c->headers, lines[i]);
}

int main(int argc, char **argv)
{
    static struct client c;
    if (argc < 4) {
        fprintf(stderr, "usage: bare PORT STREAMS TOKENS [COUNTERS]\n");
        return 2;
    }
    if (argc > 4)
        c.counters = counters_map(argv[4]);
    client_init(&c, argv[1], strtoull(argv[3], NULL, 10));
    struct multi *m = NULL;
    uint64_t streams = strtoull(argv[2], NULL, 10);
    for (uint64_t i = 0; i < streams; i++) {
        if (i % PER_MULTI == 0)
            m = multi_new(&c);
        add_transfer(&c, m);
    }
    ev_run(c.loop, 0);
    return 0;
}
