/*
 * An HTTP/2 model server without TLS that breaks streams on purpose:
 *
 *   fake_h2 PORT-FILE LOG FAULT EVERY
 *
 * Of the streams that ask for a streamed chat every EVERY-th gets the fault, after one
 * content event unless it is said otherwise; the others are whole:
 *   refuse   RST_STREAM REFUSED_STREAM before anything else: it may be sent again
 *   reset    RST_STREAM INTERNAL_ERROR
 *   quiet    RST_STREAM NO_ERROR, which is no end of a stream either
 *   goaway   GOAWAY, and the connection is closed
 *   close    the connection is closed without a word
 * LOG gets a line for each of these streams: "ok" or the fault. Everything else is
 * answered with a whole completion (a POST) or an empty list (a GET).
 *
 * One process a connection, all of which end when the first is killed. Requests' headers are not decoded: a
 * stream that ends with its headers is a GET, the others say in their body what they
 * want. Frames: RFC 9113, section 6; header fields: RFC 7541, 6.1 and 6.2.2.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum frame {
    DATA,
    HEADERS,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    PUSH,
    PING,
    GOAWAY,
    WINDOW
};
enum flag { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8 };
enum error { NO_ERROR = 0, INTERNAL_ERROR = 2, REFUSED_STREAM = 7 };

#define PREFACE_BYTES 24
#define FRAME_MAX 16384
#define STREAMS 512 /* open ones of a connection, by stream / 2 % STREAMS */

struct server {
    const char *log, *fault;
    unsigned every;
    atomic_uint *asked; /* streamed chats so far, of all processes */
};

struct connection {
    const struct server *server;
    int fd;
    unsigned pongs;            /* answers to our pings */
    bool asks_stream[STREAMS]; /* as far as its body has come */
    char tail[STREAMS][16];    /* the body's end: the word may be cut in two */
};

static const char word[] = "\"stream\":true";

static const char completion[] =
    "{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":"
    "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},"
    "\"finish_reason\":\"length\"}],\"usage\":{\"prompt_tokens\":20,"
    "\"completion_tokens\":1,\"total_tokens\":21}}";

#define EVENT(delta, finish)                                                           \
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,"          \
    "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{" delta                      \
    "},\"finish_reason\":" finish "}]}\n\n"

static const char first_event[] =
    EVENT("\"role\":\"assistant\",\"content\":\"a\"", "null");
static const char last_events[] =
    EVENT("\"content\":\" b\"", "\"stop\"") "data: [DONE]\n\n";

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

/* Nobody is left to answer to: the process ends. */
static void give_up(void)
{
    _exit(0);
}

static void read_all(int fd, void *bytes, size_t length)
{
    for (char *at = bytes; length > 0;) {
        ssize_t n = recv(fd, at, length, 0);
        if (n <= 0)
            give_up();
        at += n;
        length -= (size_t)n;
    }
}

static void put_frame(struct connection *c, enum frame type, unsigned flags,
                      uint32_t stream, const void *payload, size_t length)
{
    unsigned char bytes[9 + FRAME_MAX] = {
        [1] = (unsigned char)(length >> 8),  [2] = (unsigned char)length,
        [3] = (unsigned char)type,           [4] = (unsigned char)flags,
        [5] = (unsigned char)(stream >> 24), [6] = (unsigned char)(stream >> 16),
        [7] = (unsigned char)(stream >> 8),  [8] = (unsigned char)stream};
    if (length > 0)
        memcpy(bytes + 9, payload, length);
    for (size_t at = 0; at < 9 + length;) {
        ssize_t n = send(c->fd, bytes + at, 9 + length - at, MSG_NOSIGNAL);
        if (n <= 0)
            give_up();
        at += (size_t)n;
    }
}

static void take_frame(struct connection *c);

static void put_code(struct connection *c, enum frame type, uint32_t stream,
                     enum error code)
{
    unsigned char bytes[8] = {0}; /* of GOAWAY first: no stream was taken */
    size_t at = type == GOAWAY ? 4 : 0;
    bytes[at + 3] = (unsigned char)code;
    put_frame(c, type, 0, stream, bytes, at + 4);
}

/* 200 with a content type: an indexed field, and a literal one that stays unindexed. */
static void put_headers(struct connection *c, uint32_t stream, const char *type)
{
    char block[128];
    int n = snprintf(block, sizeof block, "\x88%c\x0c%s%c%s", 0, "content-type",
                     (int)strlen(type), type);
    put_frame(c, HEADERS, END_HEADERS, stream, block, (size_t)n);
}

static void put_data(struct connection *c, uint32_t stream, const char *text,
                     bool is_end)
{
    put_frame(c, DATA, is_end ? END_STREAM : 0, stream, text, strlen(text));
}

static void note(const struct server *s, const char *text)
{
    char line[32];
    int n = snprintf(line, sizeof line, "%s\n", text);
    int fd = open(s->log, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        _exit(1);
    (void)close(fd);
}

/* Until the client has read all that was sent: it answers a ping. */
static void settle(struct connection *c)
{
    unsigned pings = c->pongs;
    put_frame(c, PING, 0, 0, "eight by", 8);
    while (c->pongs == pings)
        take_frame(c);
}

/* In order, and not by a reset that overtakes what was sent. */
static void hang_up(struct connection *c)
{
    char rest[4096];
    (void)shutdown(c->fd, SHUT_WR); /* the client may have gone already */
    while (recv(c->fd, rest, sizeof rest, 0) > 0)
        continue;
    give_up();
}

static void strike(struct connection *c, uint32_t stream)
{
    const char *fault = c->server->fault;
    if (strcmp(fault, "refuse") == 0) {
        put_code(c, RST_STREAM, stream, REFUSED_STREAM);
        return;
    }
    put_headers(c, stream, "text/event-stream");
    put_data(c, stream, first_event, false);
    settle(c);
    if (strcmp(fault, "reset") == 0)
        put_code(c, RST_STREAM, stream, INTERNAL_ERROR);
    if (strcmp(fault, "quiet") == 0)
        put_code(c, RST_STREAM, stream, NO_ERROR);
    if (strcmp(fault, "goaway") == 0)
        put_code(c, GOAWAY, 0, INTERNAL_ERROR);
    if (strcmp(fault, "goaway") == 0 || strcmp(fault, "close") == 0)
        hang_up(c);
}

static void answer_chat(struct connection *c, uint32_t stream)
{
    unsigned number = atomic_fetch_add(c->server->asked, 1) + 1;
    bool is_struck = number % c->server->every == 0;
    note(c->server, is_struck ? c->server->fault : "ok");
    if (is_struck) {
        strike(c, stream);
        return;
    }
    put_headers(c, stream, "text/event-stream");
    put_data(c, stream, first_event, false);
    put_data(c, stream, last_events, true);
}

static void answer(struct connection *c, uint32_t stream, bool is_get)
{
    bool *asks_stream = &c->asks_stream[stream / 2 % STREAMS];
    if (*asks_stream) {
        answer_chat(c, stream);
    } else {
        put_headers(c, stream, "application/json");
        put_data(c, stream, is_get ? "{\"object\":\"list\",\"data\":[]}" : completion,
                 true);
    }
    *asks_stream = false;
    c->tail[stream / 2 % STREAMS][0] = '\0';
}

/* Looks for the word in what was there and what came; then the window is as before. */
static void take_body(struct connection *c, uint32_t stream, const char *bytes,
                      size_t length)
{
    static char text[sizeof c->tail[0] + FRAME_MAX + 1];
    unsigned char more[4] = {(unsigned char)(length >> 24),
                             (unsigned char)(length >> 16),
                             (unsigned char)(length >> 8), (unsigned char)length};
    char *tail = c->tail[stream / 2 % STREAMS];
    size_t before = strlen(tail), keep = sizeof c->tail[0] - 1;
    memcpy(text, tail, before);
    memcpy(text + before, bytes, length);
    text[before + length] = '\0';
    if (strstr(text, word) != NULL)
        c->asks_stream[stream / 2 % STREAMS] = true;
    keep = before + length < keep ? before + length : keep;
    memcpy(tail, text + before + length - keep, keep + 1);
    if (length > 0) {
        put_frame(c, WINDOW, 0, 0, more, sizeof more);
        put_frame(c, WINDOW, 0, stream, more, sizeof more);
    }
}

static void take_frame(struct connection *c)
{
    static char payload[FRAME_MAX];
    unsigned char h[9];
    read_all(c->fd, h, sizeof h);
    size_t length = (size_t)h[0] << 16 | (size_t)h[1] << 8 | h[2];
    uint32_t stream =
        ((uint32_t)h[5] << 24 | (uint32_t)h[6] << 16 | (uint32_t)h[7] << 8 | h[8]) &
        0x7fffffff;
    if (length > FRAME_MAX || (h[3] == DATA && (h[4] & PADDED)))
        give_up(); /* no client of ours does that */
    read_all(c->fd, payload, length);
    if (h[3] == SETTINGS && !(h[4] & ACK))
        put_frame(c, SETTINGS, ACK, 0, NULL, 0);
    if (h[3] == PING && !(h[4] & ACK))
        put_frame(c, PING, ACK, 0, payload, length);
    if (h[3] == PING && (h[4] & ACK))
        c->pongs++;
    if (h[3] == DATA)
        take_body(c, stream, payload, length);
    if ((h[3] == HEADERS || h[3] == DATA) && (h[4] & END_STREAM))
        answer(c, stream, h[3] == HEADERS);
}

static void serve(const struct server *s, int fd)
{
    static struct connection c;
    char preface[PREFACE_BYTES];
    c.server = s;
    c.fd = fd;
    read_all(fd, preface, sizeof preface);
    put_frame(&c, SETTINGS, 0, 0, NULL, 0);
    for (;;)
        take_frame(&c);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct server s = {0};
    if (argc != 5 || fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(fd, 128) != 0)
        return 1;
    s.log = argv[2];
    s.fault = argv[3];
    s.every = (unsigned)strtoul(argv[4], NULL, 10);
    s.asked = mmap(NULL, sizeof *s.asked, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s.asked == MAP_FAILED || s.every == 0 || !write_port(fd, argv[1]))
        return 1;
    (void)signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0)
            return 1;
        pid_t child = fork();
        if (child == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            (void)close(fd);
            serve(&s, client);
        }
        (void)close(client);
        if (child < 0)
            return 1;
    }
}
