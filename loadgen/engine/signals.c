/* Signals of a run; see signals.h. */
#include "engine/signals.h"

#include <errno.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Slurm kills 30 s after SIGTERM, Kubernetes too unless told otherwise. */
#define GRACE_NS (15 * NS_PER_S)

int signals_take(struct signals *s, struct err *e)
{
    sigset_t set;
    *s = (struct signals){.fd = -1};
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    if (pthread_sigmask(SIG_BLOCK, &set, &s->old) != 0)
        return err_set(e, "cannot block signals");
    s->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (s->fd >= 0)
        return 0;
    (void)pthread_sigmask(SIG_SETMASK, &s->old, NULL); /* as it was */
    return err_set_errno(e, errno, "cannot watch for signals");
}

void signals_give_back(struct signals *s)
{
    if (s->fd < 0)
        return;
    (void)close(s->fd); /* only read from */
    s->fd = -1;
    (void)pthread_sigmask(SIG_SETMASK, &s->old, NULL);
}

bool signals_read(struct signals *s, int64_t now_ns)
{
    struct signalfd_siginfo info;
    if (read(s->fd, &info, sizeof info) != (ssize_t)sizeof info)
        return false;
    s->count++;
    if (info.ssi_signo == SIGTERM && s->cancel_at_ns == 0)
        s->cancel_at_ns = now_ns + GRACE_NS;
    return true;
}
