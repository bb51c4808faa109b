/* Whose clock is right? See sntp.h. */
#include "engine/sntp.h"

#include "base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#define EXCHANGES 8
#define ANSWER_MS 1000
#define EPOCH_S INT64_C(2208988800) /* 1900 to 1970 */
#define SECONDS_BITS 32
#define MODE_CLIENT 3
#define MODE_SERVER 4
#define VERSION 4
#define LEAP_UNKNOWN 3

/* Offsets in a packet. */
enum { AT_FLAGS = 0, AT_STRATUM = 1, AT_ORIGIN = 24, AT_RECEIVED = 32, AT_SENT = 40 };

/* --- packets ------------------------------------------------------------------------- */

/* 32 bits of seconds since 1900, 32 of a fraction. */
static uint64_t stamp_of(int64_t wall_ns)
{
    uint64_t seconds = (uint64_t)(wall_ns / NS_PER_S + EPOCH_S) & UINT32_MAX;
    uint64_t rest = (uint64_t)(wall_ns % NS_PER_S);
    return seconds << SECONDS_BITS | (rest << SECONDS_BITS) / (uint64_t)NS_PER_S;
}

/* The time nearest to `near` that has this stamp: they repeat every 136 years. */
static int64_t wall_of(uint64_t stamp, int64_t near_ns)
{
    uint64_t near = stamp_of(near_ns);
    int32_t seconds =
        (int32_t)(uint32_t)((stamp >> SECONDS_BITS) - (near >> SECONDS_BITS));
    int64_t fraction =
        (int64_t)(((stamp & UINT32_MAX) * (uint64_t)NS_PER_S) >> SECONDS_BITS);
    return (near_ns / NS_PER_S + seconds) * NS_PER_S + fraction;
}

static void put_u64(unsigned char *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (unsigned char)(value >> (56 - 8 * i));
}

static uint64_t get_u64(const unsigned char *at)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | at[i];
    return value;
}

void sntp_request(unsigned char packet[SNTP_BYTES], int64_t t1_ns)
{
    memset(packet, 0, SNTP_BYTES);
    packet[AT_FLAGS] = VERSION << 3 | MODE_CLIENT;
    put_u64(packet + AT_SENT, stamp_of(t1_ns));
}

int sntp_read(const unsigned char *packet, size_t length, int64_t t1_ns, int64_t t4_ns,
              struct sntp_sample *out, struct err *e)
{
    if (length < SNTP_BYTES)
        return err_set(e, "an answer of %zu bytes is too short", length);
    unsigned flags = packet[AT_FLAGS];
    if ((flags & 7) != MODE_SERVER || get_u64(packet + AT_ORIGIN) != stamp_of(t1_ns))
        return err_set(e, "is no answer to our question");
    if (packet[AT_STRATUM] == 0 || flags >> 6 == LEAP_UNKNOWN)
        return err_set(e, "the server does not know the time itself");
    int64_t t2_ns = wall_of(get_u64(packet + AT_RECEIVED), t1_ns);
    int64_t t3_ns = wall_of(get_u64(packet + AT_SENT), t1_ns);
    out->offset_ns = ((t2_ns - t1_ns) + (t3_ns - t4_ns)) / 2;
    out->delay_ns = (t4_ns - t1_ns) - (t3_ns - t2_ns);
    return 0;
}

/* --- asking ---------------------------------------------------------------------------- */

static int exchange(int fd, struct sntp_sample *out, struct err *e)
{
    unsigned char packet[SNTP_BYTES], answer[512];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int64_t t1_ns = clock_wall_ns();
    sntp_request(packet, t1_ns);
    if (send(fd, packet, sizeof packet, 0) != (ssize_t)sizeof packet)
        return err_set_errno(e, errno, "cannot ask");
    if (poll(&wait, 1, ANSWER_MS) != 1)
        return err_set(e, "no answer within %d ms", ANSWER_MS);
    ssize_t n = recv(fd, answer, sizeof answer, 0);
    int64_t t4_ns = clock_wall_ns();
    if (n < 0)
        return err_set_errno(e, errno, "no answer");
    return sntp_read(answer, (size_t)n, t1_ns, t4_ns, out, e);
}

/* A connected socket, or -1. */
static int reach(const char *server, struct err *e)
{
    char host[128], port[8] = "123";
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *list = NULL;
    const char *colon = strrchr(server, ':');
    bool has_port = colon != NULL && strchr(server, ':') == colon;
    int length = has_port ? (int)(colon - server) : (int)strlen(server);
    int n = snprintf(host, sizeof host, "%.*s", length, server);
    int m = has_port ? snprintf(port, sizeof port, "%s", colon + 1) : 0;
    if (n < 1 || (size_t)n >= sizeof host || m < 0 || (size_t)m >= sizeof port)
        return err_set(e, "is not HOST or HOST:PORT");
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        return err_set(e, "%s", gai_strerror(rc));
    int fd = socket(list->ai_family, list->ai_socktype | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, list->ai_addr, list->ai_addrlen) != 0) {
        (void)err_set_errno(e, errno, "cannot reach it");
        if (fd >= 0)
            (void)close(fd); /* nothing was sent */
        fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

int clock_record_check(struct clock_record *r, const char *server, struct err *e)
{
    struct sntp_sample sample = {0};
    struct err last = {0};
    r->check.delay_ns = INT64_MAX;
    int fd = reach(server, e);
    if (fd < 0)
        return err_in(e, "--clock-check: %s", server);
    for (unsigned i = 0; i < EXCHANGES; i++) {
        err_clear(&last);
        if (exchange(fd, &sample, &last) == 0 && sample.delay_ns < r->check.delay_ns)
            r->check = sample;
    }
    (void)close(fd); /* all was read */
    if (r->check.delay_ns == INT64_MAX)
        return err_set(e, "--clock-check: %s: %s", server, last.text);
    (void)snprintf(r->server, sizeof r->server, "%s", server); /* it fitted in reach */
    return 0;
}

void clock_record_read(struct clock_record *r)
{
    struct timex t = {0};
    int state = adjtimex(&t);
    *r = (struct clock_record){.is_known = state >= 0};
    r->is_synchronised = state >= 0 && state != TIME_ERROR;
    r->error_ns = state >= 0 && t.maxerror > 0 ? (int64_t)t.maxerror * NS_PER_US : 0;
}
