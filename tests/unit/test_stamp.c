/* Kernel receive times: between the send and the read, and of the first byte. */
#include "engine/stamp.h"

#include "base/base.h"
#include "base/clock.h"
#include "check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
    int in, out;
};

/* A TCP connection to ourselves. */
static struct pair connected(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    struct pair p;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&at, &length), 0);
    p.out = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(p.out, (struct sockaddr *)&at, sizeof at), 0);
    p.in = accept(listener, NULL, NULL);
    CHECK(p.in >= 0);
    (void)close(listener);
    return p;
}

static void close_pair(const struct pair *p)
{
    (void)close(p->in);
    (void)close(p->out);
}

static void await_bytes(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    CHECK_INT(poll(&ready, 1, 1000), 1);
}

/* The kernel turns stamping on in the background: the first bytes may have none. */
static int64_t stamp_of_next(const struct pair *p, struct stamper *s, int64_t *sent_ns)
{
    char byte;
    for (int i = 0; i < 200; i++) {
        *sent_ns = clock_now_ns();
        CHECK_INT(write(p->out, "x", 1), 1);
        await_bytes(p->in);
        stamp_refresh(s, clock_now_ns());
        int64_t at_ns = stamp_read(s, p->in, clock_now_ns());
        if (at_ns != -1)
            return at_ns;
        CHECK_INT(read(p->in, &byte, 1), 1);
    }
    return -1;
}

static void stamps_lie_between_send_and_read(void)
{
    struct pair p = connected();
    struct stamper s = {0};
    int64_t sent_ns;
    char byte;
    CHECK(stamp_enable(p.in));
    for (int i = 0; i < 20; i++) {
        int64_t at_ns = stamp_of_next(&p, &s, &sent_ns);
        /* the clocks are read one after the other: a microsecond of doubt */
        CHECK(at_ns > sent_ns - NS_PER_US && at_ns <= clock_now_ns());
        CHECK_INT(read(p.in, &byte, 1), 1);
    }
    close_pair(&p);
}

static void the_byte_is_not_taken(void)
{
    struct pair p = connected();
    struct stamper s = {0};
    int64_t sent_ns;
    char bytes[2];
    CHECK(stamp_enable(p.in));
    int64_t first_ns = stamp_of_next(&p, &s, &sent_ns);
    CHECK_INT(stamp_read(&s, p.in, clock_now_ns()), first_ns);
    CHECK_INT(write(p.out, "y", 1), 1);
    /* a second byte waits behind it: its segment may have been joined to the first */
    CHECK(stamp_read(&s, p.in, clock_now_ns()) >= first_ns);
    CHECK_INT(read(p.in, bytes, 1), 1);
    CHECK_INT(bytes[0], 'x');
    close_pair(&p);
}

static void without_a_stamp_there_is_none(void)
{
    struct pair p = connected();
    struct stamper s = {0};
    char byte;
    stamp_refresh(&s, clock_now_ns());
    CHECK_INT(stamp_read(&s, p.in, clock_now_ns()), -1); /* nothing to read */
    CHECK_INT(write(p.out, "x", 1), 1);
    await_bytes(p.in);
    CHECK_INT(stamp_read(&s, p.in, clock_now_ns()), -1); /* not asked for */
    CHECK_INT(read(p.in, &byte, 1), 1);
    (void)shutdown(p.out, SHUT_WR);
    await_bytes(p.in);
    CHECK_INT(stamp_read(&s, p.in, clock_now_ns()), -1); /* end of the stream */
    CHECK_INT(stamp_read(&s, -1, clock_now_ns()), -1);
    CHECK(!stamp_enable(-1));
    close_pair(&p);
}

static void times_that_cannot_be_are_refused(void)
{
    struct pair p = connected();
    struct stamper s = {0}, ahead, behind;
    int64_t sent_ns;
    CHECK(stamp_enable(p.in));
    CHECK(stamp_of_next(&p, &s, &sent_ns) != -1);
    ahead = behind = s;
    ahead.offset_ns -= 10 * NS_PER_S;   /* the wall clock was set forward */
    behind.offset_ns += 100 * NS_PER_S; /* ... and back */
    CHECK_INT(stamp_read(&ahead, p.in, clock_now_ns()), -1);
    CHECK_INT(stamp_read(&behind, p.in, clock_now_ns()), -1);
    close_pair(&p);
}

static void the_offset_is_measured_anew_after_a_while(void)
{
    struct stamper s = {0};
    int64_t now_ns = clock_now_ns();
    stamp_refresh(&s, now_ns);
    int64_t true_offset_ns = s.offset_ns;
    CHECK(true_offset_ns > 0);
    s.offset_ns = 1;
    stamp_refresh(&s, now_ns + 99 * NS_PER_MS);
    CHECK_INT(s.offset_ns, 1);
    stamp_refresh(&s, now_ns + 100 * NS_PER_MS);
    CHECK_NEAR((double)(s.offset_ns - true_offset_ns), 0, 1e6);
}

int main(void)
{
    RUN(stamps_lie_between_send_and_read);
    RUN(the_byte_is_not_taken);
    RUN(without_a_stamp_there_is_none);
    RUN(times_that_cannot_be_are_refused);
    RUN(the_offset_is_measured_anew_after_a_while);
    return check_report();
}
