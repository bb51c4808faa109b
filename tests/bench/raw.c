/*
 * The reference that cannot be beaten: one epoll, one recv per ready socket, and
 * the least parsing that still finds events and their time stamps.
 *
 *   raw PORT STREAMS TOKENS [COUNTERS]
 *
 * Every stream asks for TOKENS tokens, again and again. Counts what ends in an
 * empty line. With COUNTERS it counts there; else it prints, when terminated, how
 * long after the server's stamp epoll_wait returned: "delay_us_p50 N".
 */
#include "counters.h"
#include "request.h"

#include "measure/hist.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#define BATCH 256

struct client {
    int epoll, stop;
    struct sockaddr_in server;
    char request[2048];
    size_t request_length;
    struct counters *counters; /* NULL: delays are recorded */
    struct hist *delays;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void ask(const struct client *c, int fd)
{
    if (send(fd, c->request, c->request_length, MSG_NOSIGNAL) !=
        (ssize_t)c->request_length)
        fail("send");
}

static void connect_one(const struct client *c)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&c->server, sizeof c->server) != 0 ||
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
        fail("connect");
    ask(c, fd);
}

static void note_delay(const struct client *c, const char *event, int64_t now_ns)
{
    static const char name[] = "\"sent_ns\":\"";
    const char *at = strstr(event, name);
    if (at != NULL)
        (void)hist_record(c->delays,
                          hist_us(now_ns - strtoll(at + sizeof name - 1, NULL, 10)), 1);
}

static uint64_t count_events(const char *bytes, size_t length)
{
    uint64_t n = 0;
    const char *end = bytes + length;
    for (const char *p = memchr(bytes, '\n', length); p != NULL && p + 1 < end;
         p = memchr(p, '\n', (size_t)(end - p))) {
        n += p[1] == '\n';
        p++;
    }
    return n;
}

static void on_ready(const struct client *c, int fd, int64_t now_ns)
{
    char bytes[16385];
    ssize_t n = recv(fd, bytes, sizeof bytes - 1, MSG_DONTWAIT);
    if (n == 0)
        (void)close(fd); /* and out of the epoll set */
    if (n <= 0)
        return;
    bytes[n] = '\0';
    if (c->counters == NULL)
        note_delay(c, bytes, now_ns);
    else
        counters_add(&c->counters->events, count_events(bytes, (size_t)n));
    if (n >= 5 && memcmp(bytes + n - 5, "0\r\n\r\n", 5) == 0) {
        if (c->counters != NULL)
            counters_add(&c->counters->requests, 1);
        ask(c, fd);
    }
}

/* False: it is time to stop. */
static bool turn(const struct client *c)
{
    struct epoll_event events[BATCH];
    int n = epoll_wait(c->epoll, events, BATCH, -1);
    int64_t now_ns = monotonic_ns();
    for (int i = 0; i < n; i++) {
        if (events[i].data.fd == c->stop)
            return false;
        on_ready(c, events[i].data.fd, now_ns);
    }
    return true;
}

static void watch_for_stop(struct client *c)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    c->stop = signalfd(-1, &set, SFD_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN, .data.fd = c->stop};
    if (c->stop < 0 || epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->stop, &e) != 0)
        fail("signalfd");
}

static void make_request(struct client *c, uint64_t tokens)
{
    char body[1024];
    size_t length = request_body(body, sizeof body, tokens);
    c->request_length = (size_t)snprintf(
        c->request, sizeof c->request,
        "POST " REQUEST_PATH " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/json\r\nAccept: text/event-stream\r\n"
        "User-Agent: raw/1.0\r\nx-request-id: raw-1\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        length, body);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: raw PORT STREAMS TOKENS [COUNTERS]\n");
        return 2;
    }
    struct client c = {
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .server = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
        .delays = hist_new()};
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* too few: connect says so */
    }
    c.server.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    make_request(&c, strtoull(argv[3], NULL, 10));
    if (argc > 4)
        c.counters = counters_map(argv[4]);
    watch_for_stop(&c);
    for (uint64_t left = strtoull(argv[2], NULL, 10); left > 0; left--)
        connect_one(&c);
    while (turn(&c)) {
    }
    printf("delay_us_p50 %lld\ndelay_us_p99 %lld\n",
           (long long)hist_percentile_us(c.delays, 50),
           (long long)hist_percentile_us(c.delays, 99));
    hist_free(c.delays);
    return 0;
}
