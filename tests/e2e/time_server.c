/*
 * An SNTP server whose clock is wrong by a known amount, for the tests:
 *
 *   time_server PORT_FILE OFFSET_MS
 *
 * It answers on a free port of 127.0.0.1 until it is killed.
 */
#include "base/base.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BYTES 48

static void put(unsigned char *at, int64_t wall_ns)
{
    uint64_t s = (uint64_t)(wall_ns / NS_PER_S + INT64_C(2208988800)) & UINT32_MAX;
    uint64_t f = ((uint64_t)(wall_ns % NS_PER_S) << 32) / 1000000000u;
    for (unsigned i = 0; i < 8; i++)
        at[i] = (unsigned char)((s << 32 | f) >> (56 - 8 * i));
}

static int64_t now_ns(int64_t offset_ns)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec + offset_ns;
}

static int write_port(const char *path, unsigned port)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return -1;
    fprintf(f, "%u\n", port);
    return fclose(f);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    int64_t offset_ns = strtoll(argv[2], NULL, 10) * NS_PER_MS;
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &length) != 0 ||
        write_port(argv[1], ntohs(a.sin_port)) != 0) {
        perror("time_server");
        return 1;
    }
    for (;;) {
        unsigned char question[BYTES], answer[BYTES] = {4 << 3 | 4, 2};
        length = sizeof a;
        ssize_t n =
            recvfrom(fd, question, sizeof question, 0, (struct sockaddr *)&a, &length);
        int64_t t2_ns = now_ns(offset_ns);
        if (n != BYTES)
            continue;
        memcpy(answer + 24, question + 40, 8);
        put(answer + 32, t2_ns);
        put(answer + 40, now_ns(offset_ns));
        (void)sendto(fd, answer, sizeof answer, 0, (struct sockaddr *)&a, length);
    }
}
