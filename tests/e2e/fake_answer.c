/*
 * An HTTP server with one answer: fake_answer PORT-FILE STATUS BODY
 *
 * For what stands beside a model server: Prometheus, the health endpoint of an
 * application. One connection after the other, until it is killed. It answers only
 * what has no Authorization header: nobody's key belongs here.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* Reads up to the empty line that ends the headers. */
static bool has_key(int fd)
{
    char head[8192] = "";
    size_t n = 0;
    while (n + 1 < sizeof head && strstr(head, "\r\n\r\n") == NULL) {
        ssize_t got = read(fd, head + n, sizeof head - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
        head[n] = '\0';
    }
    for (const char *p = head; *p != '\0'; p++)
        if (strncasecmp(p, "\r\nauthorization:", 16) == 0)
            return true;
    return false;
}

static void answer(int fd, const char *status, const char *body)
{
    bool is_wrong = has_key(fd);
    dprintf(fd, "HTTP/1.1 %s X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
            is_wrong ? "500" : status, is_wrong ? strlen("a key came") : strlen(body),
            is_wrong ? "a key came" : body);
    (void)shutdown(fd, SHUT_WR);
    char rest[256];
    while (read(fd, rest, sizeof rest) > 0) {
    }
    (void)close(fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in any = {.sin_family = AF_INET,
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (argc != 4 || fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) != 0 ||
        listen(fd, 16) != 0 || !write_port(fd, argv[1])) {
        fprintf(stderr, "usage: fake_answer PORT-FILE STATUS BODY\n");
        return 2;
    }
    for (;;) {
        int to = accept(fd, NULL, NULL);
        if (to >= 0)
            answer(to, argv[2], argv[3]);
    }
}
