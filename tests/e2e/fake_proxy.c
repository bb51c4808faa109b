/*
 * A forward proxy: fake_proxy PORT-FILE LOG [USER:PASSWORD]
 *
 * Takes CONNECT and requests with an absolute URL to any port of this machine, and
 * appends a line for each to LOG: "CONNECT model.test:443", "POST http://...", or
 * "407" when user and password were asked for and not given. Whatever the name is, it
 * goes to 127.0.0.1: a proxy looks names up, and nobody else can have. One process a
 * connection, which ends with the first, which ends when it is killed.
 */
#include "base/base64.h"

#include <ctype.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX 65536

struct proxy {
    const char *log;
    char expected[256]; /* value of Proxy-Authorization; "": none is asked for */
};

/* A client's request as far as it has come: a head, then so many bytes of body. */
struct request {
    char head[HEAD_MAX];
    size_t length;
    size_t body_left;
};

static bool write_port(int fd, const char *path)
{
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    if (getsockname(fd, (struct sockaddr *)&at, &length) != 0)
        return false;
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return false;
    fprintf(f, "%d\n", ntohs(at.sin_port));
    return fclose(f) == 0;
}

static bool send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

static bool send_text(int fd, const char *text)
{
    return send_all(fd, text, strlen(text));
}

/* One write a line: processes share the file. */
static void note(const struct proxy *p, const char *words, size_t length)
{
    char line[1024];
    int n = snprintf(line, sizeof line, "%.*s\n", (int)length, words);
    int fd = open(p->log, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (fd < 0 || n < 0 || write(fd, line, (size_t)n) != n)
        _exit(1);
    (void)close(fd);
}

/* The value of a header, up to the end of its line; NULL when it is not there. */
static const char *header(const char *head, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = strstr(head, "\r\n"); at != NULL; at = strstr(at, "\r\n")) {
        at += 2;
        if (strncasecmp(at, name, length) == 0 && at[length] == ':')
            return at + length + 1 + strspn(at + length + 1, " ");
    }
    return NULL;
}

static bool is_allowed(const struct proxy *p, const char *head)
{
    size_t length = strlen(p->expected);
    const char *given = header(head, "Proxy-Authorization");
    return length == 0 || (given != NULL && strncmp(given, p->expected, length) == 0 &&
                           given[length] == '\r');
}

static int connect_to(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Reads until the head is there; what is beyond it stays behind it. */
static bool read_head(int fd, struct request *r)
{
    while (strstr(r->head, "\r\n\r\n") == NULL) {
        ssize_t n = recv(fd, r->head + r->length, HEAD_MAX - 1 - r->length, 0);
        if (n <= 0)
            return false;
        r->length += (size_t)n;
        r->head[r->length] = '\0';
    }
    return true;
}

/* Passes on a request with an absolute URL as the server wants it: the path alone, and
 * nothing that was for the proxy. Everything up to its body's end is taken. */
static bool forward_request(struct request *r, int to)
{
    char *end = strstr(r->head, "\r\n\r\n") + 4;
    const char *length = header(r->head, "Content-Length");
    const char *mine = header(r->head, "Proxy-Authorization");
    char *url = strchr(r->head, ' ') + 1;
    char *path = strchr(strstr(url, "://") + 3, '/');
    const char *rest = strstr(r->head, "\r\n");
    r->body_left = length == NULL ? 0 : strtoul(length, NULL, 10);
    bool is_sent = send_all(to, r->head, (size_t)(url - r->head)) &&
                   send_all(to, path, (size_t)(rest - path));
    if (mine != NULL) { /* the lines before and behind it */
        while (strncmp(mine, "\r\n", 2) != 0)
            mine--;
        is_sent = is_sent && send_all(to, rest, (size_t)(mine - rest));
        rest = strstr(mine + 2, "\r\n");
    }
    is_sent = is_sent && send_all(to, rest, (size_t)(end - rest));
    r->length -= (size_t)(end - r->head);
    memmove(r->head, end, r->length + 1);
    return is_sent;
}

/* What the client sent: bodies as they are, heads one by one. */
static bool take_client(const struct proxy *p, struct request *r, int client,
                        int server)
{
    if (r->length == 0 || (r->body_left == 0 && !strstr(r->head, "\r\n\r\n"))) {
        ssize_t n = recv(client, r->head + r->length, HEAD_MAX - 1 - r->length, 0);
        if (n <= 0)
            return false;
        r->length += (size_t)n;
        r->head[r->length] = '\0';
    }
    while (r->length > 0) {
        size_t n = r->body_left < r->length ? r->body_left : r->length;
        if (n > 0) {
            if (!send_all(server, r->head, n))
                return false;
            r->body_left -= n;
            r->length -= n;
            memmove(r->head, r->head + n, r->length + 1);
            continue;
        }
        if (strstr(r->head, "\r\n\r\n") == NULL)
            return true;
        note(p, r->head,
             strcspn(strchr(r->head, ' ') + 1, " ") + strcspn(r->head, " ") + 1);
        if (!forward_request(r, server))
            return false;
    }
    return true;
}

static bool pass_bytes(int from, int to)
{
    char bytes[16384];
    ssize_t n = recv(from, bytes, sizeof bytes, 0);
    return n > 0 && send_all(to, bytes, (size_t)n);
}

/* Both ways until one side ends. */
static void relay(const struct proxy *p, struct request *r, int client, int server,
                  bool is_tunnel)
{
    bool goes_on = is_tunnel || take_client(p, r, client, server);
    while (goes_on) {
        struct pollfd fds[] = {{.fd = client, .events = POLLIN},
                               {.fd = server, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0)
            return;
        if (fds[1].revents != 0)
            goes_on = pass_bytes(server, client);
        if (goes_on && fds[0].revents != 0)
            goes_on = is_tunnel ? pass_bytes(client, server)
                                : take_client(p, r, client, server);
    }
}

static void refuse(const struct proxy *p, int client)
{
    note(p, "407", 3);
    (void)send_text(client, "HTTP/1.1 407 Proxy Authentication Required\r\n"
                            "Proxy-Authenticate: Basic realm=\"fake\"\r\n"
                            "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

static void serve(const struct proxy *p, int client)
{
    struct request r = {.length = 0};
    if (!read_head(client, &r))
        return;
    if (!is_allowed(p, r.head)) {
        refuse(p, client);
        return;
    }
    bool is_tunnel = strncmp(r.head, "CONNECT ", 8) == 0;
    const char *host = is_tunnel ? r.head + 8 : strstr(r.head, "://");
    host = host == NULL ? "" : is_tunnel ? host : host + 3;
    size_t length = strcspn(host, "/ ");
    const char *colon = memchr(host, ':', length);
    int server = connect_to(colon == NULL ? "80" : colon + 1);
    if (is_tunnel) {
        note(p, r.head, 8 + length);
        r.head[0] = '\0';
        r.length = 0;
    }
    if (server < 0)
        (void)send_text(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n"
                                "Connection: close\r\n\r\n");
    else if (!is_tunnel || send_text(client, "HTTP/1.1 200 OK\r\n\r\n"))
        relay(p, &r, client, server, is_tunnel);
}

int main(int argc, char **argv)
{
    static struct proxy p;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (argc < 3 || argc > 4 || fd < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 128) != 0 ||
        !write_port(fd, argv[1]))
        return 1;
    p.log = argv[2];
    if (argc == 4) {
        char code[128] = "";
        if (strlen(argv[3]) > 64)
            return 1;
        base64_encode(code, (const unsigned char *)argv[3], strlen(argv[3]));
        (void)snprintf(p.expected, sizeof p.expected, "Basic %s", code);
    }
    (void)signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0)
            return 1;
        pid_t child = fork();
        if (child == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            (void)close(fd);
            serve(&p, client);
            _exit(0);
        }
        (void)close(client);
        if (child < 0)
            return 1;
    }
}
