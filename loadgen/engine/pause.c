/* Waiting that a signal ends; see pause.h. */
#include "engine/pause.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

int pause_begin(struct pause *p, struct err *e)
{
    sigset_t set;
    (void)sigemptyset(&set); /* these cannot fail for valid signals */
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    p->fd = -1;
    if (pthread_sigmask(SIG_BLOCK, &set, &p->old) != 0)
        return err_set(e, "cannot block signals");
    p->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return p->fd >= 0 ? 0 : err_set_errno(e, errno, "cannot watch for signals");
}

void pause_end(struct pause *p)
{
    if (p->fd < 0)
        return;
    (void)close(p->fd);
    p->fd = -1;
    /* what came is answered by the exit code: it must not kill on its way out */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)pthread_sigmask(SIG_SETMASK, &p->old, NULL);
}

bool pause_wait(const struct pause *p, int64_t wait_ns)
{
    struct pollfd fd = {.fd = p->fd, .events = POLLIN};
    int64_t end_ns = clock_now_ns() + wait_ns;
    for (;;) {
        int64_t left_ms = (end_ns - clock_now_ns() + NS_PER_MS - 1) / NS_PER_MS;
        int wait_ms = left_ms < 0 ? 0 : left_ms < INT_MAX ? (int)left_ms : INT_MAX;
        if (poll(&fd, 1, wait_ms) > 0)
            return true;
        if (left_ms <= 0)
            return false;
    }
}
