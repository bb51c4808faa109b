/* Kernel receive times: between the send and the read, and of the first byte. */
#include "engine/stamp.h"

#include "base/base.h"
#include "base/clock.h"
#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
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

/* Reads as libcurl does, by recv, and asks when the bytes came. */
static ssize_t received(struct stamper *s, int fd, void *bytes, size_t n,
                        int64_t *at_ns)
{
    stamp_begin(s, fd);
    ssize_t got = recv(fd, bytes, n, 0);
    *at_ns = stamp_at(s, clock_now_ns());
    stamp_end(s);
    return got;
}

/* The kernel turns stamping on in the background: the first bytes may have none. */
static int64_t stamp_of_next(const struct pair *p, struct stamper *s, int64_t *sent_ns)
{
    char byte;
    int64_t at_ns = -1;
    for (int i = 0; i < 200 && at_ns == -1; i++) {
        *sent_ns = clock_now_ns();
        CHECK_INT(write(p->out, "x", 1), 1);
        await_bytes(p->in);
        stamp_refresh(s, clock_now_ns());
        CHECK_INT(received(s, p->in, &byte, 1, &at_ns), 1);
        CHECK_INT(byte, 'x');
    }
    return at_ns;
}

static void stamps_lie_between_send_and_read(void)
{
    struct pair p = connected();
    struct stamper s;
    int64_t sent_ns;
    stamp_init(&s);
    CHECK(stamp_enable(p.in));
    for (int i = 0; i < 20; i++) {
        int64_t at_ns = stamp_of_next(&p, &s, &sent_ns);
        /* the clocks are read one after the other: a microsecond of doubt */
        CHECK(at_ns > sent_ns - NS_PER_US && at_ns <= clock_now_ns());
    }
    close_pair(&p);
}

/* As when libcurl calls something else than recv. */
static void bytes_that_are_read_otherwise_have_a_stamp(void)
{
    struct pair p = connected();
    struct stamper s;
    int64_t sent_ns = 0, at_ns = -1;
    char byte;
    stamp_init(&s);
    CHECK(stamp_enable(p.in));
    for (int i = 0; i < 200 && at_ns == -1; i++) {
        sent_ns = clock_now_ns();
        CHECK_INT(write(p.out, "x", 1), 1);
        await_bytes(p.in);
        stamp_refresh(&s, clock_now_ns());
        stamp_begin(&s, p.in);
        CHECK_INT(read(p.in, &byte, 1), 1);
        at_ns = stamp_at(&s, clock_now_ns());
        stamp_end(&s);
    }
    CHECK_INT(s.reads, 0);
    CHECK(at_ns > sent_ns - NS_PER_US && at_ns <= clock_now_ns());
    close_pair(&p);
}

static void other_reads_are_left_alone(void)
{
    struct pair p = connected(), other = connected();
    struct stamper s;
    int64_t sent_ns;
    char bytes[4] = "";
    stamp_init(&s);
    CHECK(stamp_enable(p.in));
    CHECK(stamp_of_next(&p, &s, &sent_ns) != -1);
    uint64_t reads = s.reads;
    CHECK_INT(write(p.out, "yz", 2), 2);
    CHECK_INT(write(other.out, "o", 1), 1);
    await_bytes(p.in);
    await_bytes(other.in);
    CHECK_INT(recv(other.in, bytes, sizeof bytes, 0), 1); /* nothing begun */
    CHECK_INT(bytes[0], 'o');
    stamp_begin(&s, p.in);
    CHECK_INT(recv(other.in, bytes, 1, MSG_DONTWAIT), -1); /* another socket */
    CHECK_INT(recv(p.in, bytes, 1, MSG_PEEK), 1);          /* a look */
    CHECK_INT(s.reads, (int64_t)reads);
    CHECK_INT(stamp_at(&s, clock_now_ns()), -1);
    CHECK_INT(recv(p.in, bytes, sizeof bytes, 0), 2);
    CHECK_STR(bytes, "yz");
    int64_t at_ns = stamp_at(&s, clock_now_ns());
    CHECK(at_ns != -1);
    CHECK_INT(fcntl(p.in, F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(recv(p.in, bytes, 1, 0), -1); /* read empty: the last bytes' time stays */
    CHECK_INT(stamp_at(&s, clock_now_ns()), at_ns);
    stamp_end(&s);
    CHECK_INT(stamp_at(&s, clock_now_ns()), -1);
    close_pair(&other);
    close_pair(&p);
}

static void without_a_stamp_there_is_none(void)
{
    struct pair p = connected();
    struct stamper s;
    int64_t at_ns;
    char byte;
    stamp_init(&s);
    stamp_refresh(&s, clock_now_ns());
    CHECK_INT(write(p.out, "x", 1), 1);
    await_bytes(p.in);
    CHECK_INT(received(&s, p.in, &byte, 1, &at_ns), 1); /* not asked for */
    CHECK_INT(at_ns, -1);
    (void)shutdown(p.out, SHUT_WR);
    await_bytes(p.in);
    CHECK_INT(received(&s, p.in, &byte, 1, &at_ns), 0); /* end of the stream */
    CHECK_INT(at_ns, -1);
    CHECK_INT(received(&s, -1, &byte, 1, &at_ns), -1);
    CHECK_INT(at_ns, -1);
    CHECK(!stamp_enable(-1));
    close_pair(&p);
}

static void times_that_cannot_be_are_refused(void)
{
    struct stamper s;
    stamp_init(&s);
    int64_t now_ns = clock_now_ns();
    stamp_refresh(&s, now_ns);
    s.fd = 1;
    s.wall_ns = clock_wall_ns();
    CHECK(stamp_at(&s, now_ns + NS_PER_S) != -1);
    struct stamper ahead = s, behind = s;
    ahead.offset_ns -= 10 * NS_PER_S;   /* the wall clock was set forward */
    behind.offset_ns += 100 * NS_PER_S; /* ... and back */
    CHECK_INT(stamp_at(&ahead, now_ns + NS_PER_S), -1);
    CHECK_INT(stamp_at(&behind, now_ns + NS_PER_S), -1);
}

static void the_offset_is_measured_anew_after_a_while(void)
{
    struct stamper s;
    stamp_init(&s);
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
    RUN(bytes_that_are_read_otherwise_have_a_stamp);
    RUN(other_reads_are_left_alone);
    RUN(without_a_stamp_there_is_none);
    RUN(times_that_cannot_be_are_refused);
    RUN(the_offset_is_measured_anew_after_a_while);
    return check_report();
}
