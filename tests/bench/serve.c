/*
 * A server that is never the bottleneck, and knows the truth: fixed events, each
 * with the CLOCK_MONOTONIC time of its own write in it.
 *
 *   serve -p PORTFILE -c COUNTERS [-i PERIOD_US] [-k EVENTS] [-l] [-h N] [-t TRUTH]
 *
 * A stream gets -k events in one write every -i us, max_tokens writes in all.
 * Streams have fixed phases spread over the period; with -l all share one, so
 * that all get their events in one burst. -h N: the first N streams are opened and
 * get nothing, the others end at once. Requests that ask for no stream are
 * answered at once. -t: one line of truth per stream, as `gust mock --truth` does.
 *
 * It reads of a request what it needs and trusts its clients: no test of HTTP.
 */
#define _GNU_SOURCE /* accept4, strcasestr */

#include "counters.h"

#include "base/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define TICK_US 100
#define PORTIONS_MAX 256
#define REQUEST_MAX 8192
#define STAMP_DIGITS 19
#define BATCH 256

struct conn {
    int fd;
    size_t got; /* bytes of the request so far */
    char *rest; /* what the socket had no room for, or NULL */
    size_t rest_length;
    uint64_t writes_left; /* of the open stream */
    bool is_streaming, is_held, has_head;
    struct conn *next, **link; /* its phase's list */
    int64_t first_ns, last_ns;
    char id[80];
    char request[REQUEST_MAX];
};

struct server {
    int listener, epoll, timer;
    struct counters *counters;
    FILE *truth;
    uint64_t period_us, per_write, hold;
    uint64_t phases, phase, ticks;
    struct conn **by_phase;
    uint64_t next_phase, held;
    char *portion; /* per_write events, each a chunk; the first is stamped */
    size_t portion_length, stamp_at;
};

static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n";
#define EVENT_HEAD "data: {\"id\":\"bench-0001\",\"object\":\"chat.completion.chunk\","
/* the stamp is last, where no parser of replies looks for it */
static const char event[] =
    EVENT_HEAD "\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,"
               "\"delta\":{\"content\":\" token\"},\"finish_reason\":null}],"
               "\"sent_ns\":\"0000000000000000000\"}\n\n";
static const char end[] =
    EVENT_HEAD "\"created\":1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,"
               "\"delta\":{},\"finish_reason\":\"length\"}]}\n\n" EVENT_HEAD
               "\"created\":1700000000,\"model\":\"bench\",\"choices\":[],\"usage\":{"
               "\"prompt_tokens\":16,\"completion_tokens\":%" PRIu64
               ",\"total_tokens\":%" PRIu64 "}}\n\ndata: [DONE]\n\n";
static const char models[] =
    "{\"object\":\"list\",\"data\":[{\"id\":\"bench\",\"object\":\"model\"}]}";
static const char answer[] =
    "{\"id\":\"bench-0001\",\"object\":\"chat.completion\",\"created\":1700000000,"
    "\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
    "\"content\":\"It is a truth universally acknowledged, that a single server in "
    "possession of a good model must be in want of a load. However little known the "
    "feelings or views of such a server may be on its first entering a network, this "
    "truth is so well fixed in the minds of the surrounding clients, that it is "
    "considered as the rightful property of some one or other of their tests.\"},"
    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":16,"
    "\"completion_tokens\":16,\"total_tokens\":32}}";

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* --- writing ------------------------------------------------------------------- */

static void watch_for_room(const struct server *s, struct conn *c, bool wants_room)
{
    struct epoll_event e = {.events = EPOLLIN | (wants_room ? EPOLLOUT : 0u),
                            .data.ptr = c};
    if (epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &e) != 0)
        fail("epoll_ctl");
}

static void write_out(const struct server *s, struct conn *c, const char *bytes,
                      size_t length)
{
    ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN)
        return; /* gone: the next read says so */
    size_t done = n < 0 ? 0 : (size_t)n;
    if (done == length)
        return;
    c->rest = xcalloc(1, length - done);
    c->rest_length = length - done;
    memcpy(c->rest, bytes + done, c->rest_length);
    watch_for_room(s, c, true);
}

static void write_rest(const struct server *s, struct conn *c)
{
    char *rest = c->rest;
    c->rest = NULL;
    watch_for_room(s, c, false);
    write_out(s, c, rest, c->rest_length);
    free(rest);
}

static void write_json(struct server *s, struct conn *c, const char *json)
{
    char text[2048];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                     "Server: bench\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen(json), json);
    write_out(s, c, text, (size_t)n);
    counters_add(&s->counters->requests, 1);
}

/* --- streams ------------------------------------------------------------------- */

static void join_phase(struct server *s, struct conn *c)
{
    struct conn **list = &s->by_phase[s->next_phase];
    /* a stride prime to the count: neighbours in time are no neighbours in phase */
    s->next_phase = (s->next_phase + 7919) % s->phases;
    c->next = *list;
    c->link = list;
    if (c->next != NULL)
        c->next->link = &c->next;
    *list = c;
}

static void leave_phase(struct conn *c)
{
    if (c->link == NULL)
        return;
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    c->link = NULL;
}

static void close_stream(struct server *s, struct conn *c)
{
    if (s->truth != NULL && c->id[0] != '\0' && c->first_ns != 0)
        fprintf(s->truth,
                "{\"id\":\"%s\",\"first_content_ns\":%" PRId64
                ",\"last_content_ns\":%" PRId64 "}\n",
                c->id, c->first_ns, c->last_ns);
    c->is_streaming = false;
    leave_phase(c);
    counters_add(&s->counters->open, UINT64_MAX); /* one less */
}

static size_t put_end(char *to, size_t size, uint64_t tokens)
{
    char text[1024];
    int n = snprintf(text, sizeof text, end, tokens, tokens + 16);
    n = snprintf(to, size, "%x\r\n%s\r\n0\r\n\r\n", (unsigned)n, text);
    return (size_t)n;
}

static void stamp(char *at, int64_t now_ns)
{
    for (int i = STAMP_DIGITS; i-- > 0; now_ns /= 10)
        at[i] = (char)('0' + now_ns % 10);
}

/* One portion, behind the head of the answer if it is the first, before the end of
 * the stream if it is the last. */
static void write_portion(struct server *s, struct conn *c)
{
    char text[PORTIONS_MAX * sizeof event + 4096];
    size_t n = 0;
    bool is_last = --c->writes_left == 0;
    int64_t now_ns = monotonic_ns();
    stamp(s->portion + s->stamp_at, now_ns);
    c->last_ns = now_ns;
    if (!c->has_head)
        c->first_ns = now_ns;
    counters_add(&s->counters->events, s->per_write);
    if (c->has_head && !is_last) {
        write_out(s, c, s->portion, s->portion_length);
        return;
    }
    if (!c->has_head) {
        memcpy(text, head, sizeof head - 1);
        n = sizeof head - 1;
        c->has_head = true;
    }
    memcpy(text + n, s->portion, s->portion_length);
    n += s->portion_length;
    if (is_last)
        n += put_end(text + n, sizeof text - n, s->per_write);
    write_out(s, c, text, n);
    if (is_last) {
        close_stream(s, c);
        counters_add(&s->counters->requests, 1);
    }
}

static void on_tick(struct server *s)
{
    s->phase = (s->phase + 1) % s->phases;
    for (struct conn *c = s->by_phase[s->phase], *next; c != NULL; c = next) {
        next = c->next;
        if (c->rest == NULL)
            write_portion(s, c);
    }
}

static void open_stream(struct server *s, struct conn *c, uint64_t tokens)
{
    c->is_streaming = true;
    c->has_head = false;
    c->first_ns = c->last_ns = 0;
    c->writes_left = tokens;
    counters_add(&s->counters->open, 1);
    if (s->hold == 0) {
        join_phase(s, c);
        return;
    }
    c->is_held = s->held < s->hold;
    s->held += c->is_held;
    if (c->is_held) {
        c->has_head = true;
        write_out(s, c, head, sizeof head - 1);
    } else {
        c->writes_left = 1;
        write_portion(s, c);
    }
}

/* --- requests ------------------------------------------------------------------ */

static uint64_t number_behind(const char *text, const char *name, uint64_t otherwise)
{
    const char *at = strstr(text, name);
    return at == NULL ? otherwise : strtoull(at + strlen(name), NULL, 10);
}

static void take_id(struct conn *c)
{
    static const char name[] = "x-request-id: ";
    const char *at = strcasestr(c->request, name);
    c->id[0] = '\0';
    if (at != NULL)
        (void)snprintf(c->id, sizeof c->id, "%.*s",
                       (int)strcspn(at + sizeof name - 1, "\r"), at + sizeof name - 1);
}

/* When a client came, and when its real work began. */
static void note_start(struct counters *k, const struct conn *c)
{
    if (atomic_load_explicit(&k->first_request_ns, memory_order_relaxed) != 0)
        return;
    int64_t now_ns = monotonic_ns();
    if (atomic_load(&k->first_contact_ns) == 0)
        atomic_store(&k->first_contact_ns, now_ns);
    if (c->id[0] != '\0')
        atomic_store(&k->first_request_ns, now_ns);
    else
        atomic_store(&k->preflight_done_ns, now_ns);
}

static void serve_request(struct server *s, struct conn *c, const char *body)
{
    take_id(c);
    note_start(s->counters, c);
    if (c->request[0] == 'G')
        write_json(s, c, models);
    else if (strstr(body, "\"stream\":true") != NULL)
        open_stream(s, c, number_behind(body, "\"max_tokens\":", 16));
    else
        write_json(s, c, answer);
}

/* A request is whole when its body is: clients never send two at once. */
static void take_request(struct server *s, struct conn *c)
{
    const char *body = strstr(c->request, "\r\n\r\n");
    if (body == NULL)
        return;
    body += 4;
    const char *length = strcasestr(c->request, "content-length: ");
    size_t want = length == NULL ? 0 : strtoul(length + 16, NULL, 10);
    if (c->got < (size_t)(body - c->request) + want)
        return;
    serve_request(s, c, body);
    c->got = 0;
}

static void close_conn(struct server *s, struct conn *c)
{
    if (c->is_streaming)
        close_stream(s, c);
    (void)close(c->fd);
    free(c->rest);
    free(c);
}

static void on_readable(struct server *s, struct conn *c)
{
    ssize_t n = recv(c->fd, c->request + c->got, REQUEST_MAX - 1 - c->got, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        close_conn(s, c);
        return;
    }
    if (n < 0)
        return;
    c->got += (size_t)n;
    c->request[c->got] = '\0';
    take_request(s, c);
}

static void on_connect(const struct server *s)
{
    int one = 1;
    for (;;) {
        int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct conn *c = xcalloc(1, sizeof *c);
        c->fd = fd;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
            fail("epoll_ctl");
    }
}

/* --- life ---------------------------------------------------------------------- */

static void make_portion(struct server *s)
{
    size_t chunk_max = sizeof event + 16;
    s->portion = xcalloc(s->per_write, chunk_max);
    for (uint64_t i = 0; i < s->per_write; i++) {
        int n = snprintf(s->portion + s->portion_length, chunk_max, "%zx\r\n%s\r\n",
                         sizeof event - 1, event);
        s->portion_length += (size_t)n;
    }
    s->stamp_at = (size_t)(strstr(s->portion, "sent_ns") - s->portion) + 10;
}

static void listen_on(struct server *s, const char *port_file)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(s->listener, 4096) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&a, &size) != 0)
        fail("listen");
    FILE *f = fopen(port_file, "we");
    if (f == NULL || fprintf(f, "%u\n", ntohs(a.sin_port)) < 0 || fclose(f) != 0)
        fail(port_file);
}

static void start_timer(struct server *s, bool is_lockstep)
{
    s->phases = is_lockstep ? 1 : s->period_us / TICK_US;
    s->phases += s->phases == 0;
    s->by_phase = xcalloc(s->phases, sizeof(struct conn *));
    uint64_t tick_us = is_lockstep ? s->period_us : TICK_US;
    struct itimerspec every = {
        .it_value.tv_nsec = 1,
        .it_interval = {.tv_sec = (time_t)(tick_us / 1000000),
                        .tv_nsec = (long)(tick_us % 1000000 * 1000)}};
    s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (s->timer < 0 || timerfd_settime(s->timer, 0, &every, NULL) != 0)
        fail("timerfd");
}

static void watch(const struct server *s, int fd, const void *what)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = (void *)(uintptr_t)what};
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
        fail("epoll_ctl");
}

static void on_event(struct server *s, const struct epoll_event *e)
{
    uint64_t ticks = 0;
    if (e->data.ptr == &s->listener) {
        on_connect(s);
    } else if (e->data.ptr == &s->timer) {
        if (read(s->timer, &ticks, sizeof ticks) == sizeof ticks)
            for (uint64_t i = 0; i < ticks && i < s->phases; i++)
                on_tick(s);
    } else {
        struct conn *c = e->data.ptr;
        if ((e->events & EPOLLOUT) && c->rest != NULL)
            write_rest(s, c);
        if (e->events & ~(uint32_t)EPOLLOUT)
            on_readable(s, c);
    }
}

static void loop(struct server *s)
{
    struct epoll_event events[BATCH];
    watch(s, s->listener, &s->listener);
    watch(s, s->timer, &s->timer);
    for (;;) {
        int n = epoll_wait(s->epoll, events, BATCH, -1);
        for (int i = 0; i < n; i++)
            on_event(s, &events[i]);
    }
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* too few show in the open count */
}

struct settings {
    const char *port_file, *counters, *truth;
    bool is_lockstep;
};

static bool take_option(struct settings *o, struct server *s, int letter)
{
    const char **texts[] = {
        ['p'] = &o->port_file, ['c'] = &o->counters, ['t'] = &o->truth};
    uint64_t *numbers[] = {
        ['i'] = &s->period_us, ['k'] = &s->per_write, ['h'] = &s->hold};
    size_t at = (size_t)letter;
    if (letter == 'l')
        o->is_lockstep = true;
    else if (at < ARRAY_LEN(texts) && texts[at] != NULL)
        *texts[at] = optarg;
    else if (at < ARRAY_LEN(numbers) && numbers[at] != NULL)
        *numbers[at] = strtoull(optarg, NULL, 10);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    struct server s = {.period_us = 100000, .per_write = 1};
    struct settings o = {0};
    bool is_good = true;
    for (int c = getopt(argc, argv, "p:c:i:k:lh:t:"); c != -1;
         c = getopt(argc, argv, "p:c:i:k:lh:t:"))
        is_good = take_option(&o, &s, c) && is_good;
    if (!is_good || o.port_file == NULL || o.counters == NULL ||
        s.per_write - 1 >= PORTIONS_MAX) {
        fprintf(stderr, "usage: serve -p PORTFILE -c COUNTERS [-i PERIOD_US] "
                        "[-k EVENTS] [-l] [-h HELD] [-t TRUTH]\n");
        return 2;
    }
    raise_descriptors();
    s.counters = counters_map(o.counters);
    if (o.truth != NULL) {
        s.truth = fopen(o.truth, "we");
        if (s.truth == NULL || setvbuf(s.truth, NULL, _IOLBF, 0) != 0)
            fail(o.truth);
    }
    make_portion(&s);
    s.epoll = epoll_create1(EPOLL_CLOEXEC);
    start_timer(&s, o.is_lockstep);
    listen_on(&s, o.port_file);
    loop(&s);
}
