/* Kernel receive timestamps; see stamp.h. One recvmsg(MSG_PEEK) of one byte. */
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

int64_t stamp_read(const struct stamper *s, int fd, int64_t now_ns)
{
    char byte;
    union {
        char bytes[CMSG_SPACE(sizeof(struct scm_timestamping)) + 64];
        struct cmsghdr align;
    } control;
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    if (recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT) != 1)
        return -1;
    int64_t wall = wall_stamp(&m);
    int64_t at = wall - s->offset_ns;
    if (wall == 0 || at > now_ns || now_ns - at > AGE_MAX_NS)
        return -1;
    return at;
}
