/* Kernel receive timestamps; see stamp.h. */
#undef _FORTIFY_SOURCE /* its recv is an inline function; this one is called */
#include "engine/stamp.h"

#include "base/base.h"
#include "base/clock.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>
/* after time.h: the kernel's header uses struct timespec without including it */
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#define REFRESH_NS (100 * NS_PER_MS)
#define AGE_MAX_NS (60 * NS_PER_S)

void stamp_init(struct stamper *s)
{
    *s = (struct stamper){.fd = -1};
}

bool stamp_enable(int fd)
{
    int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0;
}

void stamp_refresh(struct stamper *s, int64_t now_ns)
{
    if (s->measured_at_ns != 0 && now_ns - s->measured_at_ns < REFRESH_NS)
        return;
    /* the tightest of three brackets: a preemption between reads shows as width */
    int64_t best = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        int64_t before = clock_now_ns();
        int64_t wall = clock_wall_ns();
        int64_t after = clock_now_ns();
        if (after - before >= best)
            continue;
        best = after - before;
        s->offset_ns = wall - (before + best / 2);
    }
    s->measured_at_ns = now_ns;
}

static int64_t wall_stamp(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING)
            continue;
        struct scm_timestamping ts;
        memcpy(&ts, CMSG_DATA(c), sizeof ts);
        return (int64_t)ts.ts[0].tv_sec * NS_PER_S + ts.ts[0].tv_nsec;
    }
    return 0;
}

/* recvmsg. Bytes without a time have 0; when there are none, wall_ns is left alone:
 * libcurl hands out what it holds of a socket after it has read it empty. */
static ssize_t receive(int fd, void *bytes, size_t n, int flags, int64_t *wall_ns)
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct scm_timestamping)) + 64];
        struct cmsghdr align;
    } control;
    struct iovec iov = {.iov_base = bytes, .iov_len = n};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(fd, &m, flags);
    if (got > 0)
        *wall_ns = wall_stamp(&m);
    return got;
}

/* Whose reads bring their stamps, on this thread; NULL: nobody's. The one variable of
 * the library that no struct holds: recv has no argument that could lead to one. */
static _Thread_local struct stamper *reading;

/* Stands before the C library's, for libcurl above all. */
ssize_t recv(int fd, void *buf, size_t n, int flags)
{
    struct stamper *s = reading;
    if (s == NULL || s->fd != fd || flags != 0)
        return recvfrom(fd, buf, n, flags, NULL, NULL);
    s->reads++;
    return receive(fd, buf, n, flags, &s->wall_ns);
}

void stamp_begin(struct stamper *s, int fd)
{
    char byte;
    s->fd = fd;
    s->wall_ns = 0;
    reading = s;
    if (s->reads == 0)
        (void)receive(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT, &s->wall_ns);
}

void stamp_end(struct stamper *s)
{
    s->fd = -1;
    reading = NULL;
}

int64_t stamp_at(const struct stamper *s, int64_t now_ns)
{
    int64_t at = s->wall_ns - s->offset_ns;
    if (s->fd < 0 || s->wall_ns == 0 || at > now_ns || now_ns - at > AGE_MAX_NS)
        return -1;
    return at;
}
