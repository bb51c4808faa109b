/* Names and connections; see reach.h. */
#include "engine/reach.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- where a URL leads -------------------------------------------------------------- */

static bool is_literal(const char *host)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found = NULL;
    bool is_one = getaddrinfo(host, NULL, &hints, &found) == 0;
    if (is_one)
        freeaddrinfo(found);
    return is_one;
}

/* False when a part is missing or too long. */
static bool take_parts(CURLU *u, struct place *out)
{
    char *host = NULL, *port = NULL, *scheme = NULL;
    bool is_good =
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        strlen(host) < sizeof out->host && strlen(port) < sizeof out->port;
    if (is_good) {
        size_t length = strlen(host);
        bool has_brackets = host[0] == '[' && host[length - 1] == ']';
        (void)snprintf(out->host, sizeof out->host, "%.*s",
                       (int)(has_brackets ? length - 2 : length), host + has_brackets);
        (void)snprintf(out->port, sizeof out->port, "%s", port);
        out->is_tls = strcmp(scheme, "https") == 0;
        out->is_literal = is_literal(out->host);
        is_good = out->is_tls || strcmp(scheme, "http") == 0;
    }
    curl_free(host);
    curl_free(port);
    curl_free(scheme);
    return is_good;
}

int reach_place(const char *url, const char *option, struct place *out, struct err *e)
{
    *out = (struct place){0};
    CURLU *u = curl_url();
    if (u == NULL)
        bug("curl_url failed");
    bool is_good =
        curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && take_parts(u, out);
    curl_url_cleanup(u);
    return is_good ? 0
                   : err_set(e,
                             "--%s: not a URL that begins with http:// or https:// and "
                             "names a host",
                             option);
}

/* --- names -------------------------------------------------------------------------- */

/* Does the name server say that there is no such name, or does it say nothing? */
static enum name_fact name_fact_of(int code)
{
    return code == EAI_AGAIN || code == EAI_SYSTEM || code == EAI_MEMORY
               ? NAME_NO_ANSWER
               : NAME_NOT_FOUND;
}

static struct addrinfo *look_up(const struct place *p, int flags, int *code)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *found = NULL;
    *code = getaddrinfo(p->host, p->port, &hints, &found);
    return *code == 0 ? found : NULL;
}

static void keep_address(const struct addrinfo *a, struct reach_report *r)
{
    if (r->count == REACH_ADDRESSES_MAX) {
        r->unasked++;
        return;
    }
    struct reach_address *to = &r->addresses[r->count];
    *to = (struct reach_address){0};
    if (getnameinfo(a->ai_addr, a->ai_addrlen, to->text, sizeof to->text, NULL, 0,
                    NI_NUMERICHOST) == 0)
        r->count++;
}

void reach_resolve(const struct place *p, struct reach_report *r)
{
    int code = 0;
    *r = (struct reach_report){0};
    int64_t start_ns = clock_now_ns();
    struct addrinfo *found = look_up(p, p->is_literal ? AI_NUMERICHOST : 0, &code);
    r->resolve_ns = clock_now_ns() - start_ns;
    r->name = p->is_literal ? NAME_NOT_ASKED : NAME_RESOLVED;
    if (found == NULL) {
        r->name = name_fact_of(code);
        (void)snprintf(r->why, sizeof r->why, "%s", gai_strerror(code));
        return;
    }
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
        keep_address(a, r);
    freeaddrinfo(found);
}

/* --- connections --------------------------------------------------------------------- */

static const struct {
    int error_number;
    enum reach reach;
} reaches[] = {
    {0, REACH_OPEN},
    {ECONNREFUSED, REACH_REFUSED},
    {ECONNRESET, REACH_REFUSED},
    {ETIMEDOUT, REACH_SILENT},
    {EMFILE, REACH_NO_RESOURCE},
    {ENFILE, REACH_NO_RESOURCE},
    {ENOBUFS, REACH_NO_RESOURCE},
    {ENOMEM, REACH_NO_RESOURCE},
    {EADDRNOTAVAIL, REACH_NO_RESOURCE},
};

static void settle(struct reach_address *a, int error_number, int64_t took_ns)
{
    a->error_number = error_number;
    a->took_ns = took_ns;
    a->reach = REACH_UNREACHABLE;
    for (size_t i = 0; i < ARRAY_LEN(reaches); i++)
        if (reaches[i].error_number == error_number)
            a->reach = reaches[i].reach;
}

/* A socket on its way to the address; -1 when it is settled already. */
static int begin(const struct place *p, struct reach_address *a)
{
    int code = 0, fd = -1;
    struct place at = *p;
    (void)snprintf(at.host, sizeof at.host, "%s", a->text);
    struct addrinfo *to = look_up(&at, AI_NUMERICHOST, &code);
    if (to == NULL) {
        settle(a, EINVAL, 0);
        return -1;
    }
    fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int rc = fd < 0 ? -1 : connect(fd, to->ai_addr, to->ai_addrlen);
    int error_number = errno;
    freeaddrinfo(to);
    if (rc < 0 && fd >= 0 && error_number == EINPROGRESS)
        return fd;
    settle(a, rc == 0 ? 0 : error_number, 0);
    if (fd >= 0)
        (void)close(fd); /* nothing was written */
    return -1;
}

static int error_of(int fd)
{
    int error_number = 0;
    socklen_t length = sizeof error_number;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &length) != 0)
        return errno;
    return error_number;
}

static size_t collect(struct pollfd *fds, struct reach_report *r, int64_t took_ns)
{
    size_t open = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (fds[i].fd >= 0 && fds[i].revents != 0) {
            settle(&r->addresses[i], error_of(fds[i].fd), took_ns);
            (void)close(fds[i].fd); /* nothing was written */
            fds[i].fd = -1;
        }
        open += fds[i].fd >= 0;
    }
    return open;
}

void reach_connect(const struct place *p, int64_t timeout_ns, struct reach_report *r)
{
    struct pollfd fds[REACH_ADDRESSES_MAX] = {{0}};
    int64_t start_ns = clock_now_ns();
    for (size_t i = 0; i < r->count; i++)
        fds[i] = (struct pollfd){.fd = begin(p, &r->addresses[i]), .events = POLLOUT};
    size_t waiting = collect(fds, r, 0);
    while (waiting > 0) {
        int64_t left_ns = start_ns + timeout_ns - clock_now_ns();
        if (left_ns <= 0)
            break;
        if (poll(fds, (nfds_t)r->count, (int)(left_ns / NS_PER_MS) + 1) >= 0)
            waiting = collect(fds, r, clock_now_ns() - start_ns);
    }
    r->connect_ns = clock_now_ns() - start_ns;
    for (size_t i = 0; i < r->count; i++) {
        if (fds[i].fd < 0)
            continue;
        settle(&r->addresses[i], ETIMEDOUT, r->connect_ns);
        (void)close(fds[i].fd); /* nothing was written */
    }
}
