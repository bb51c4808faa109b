/* The alarm of a worker; see alarm.h. */
#include "engine/alarm.h"

#include "base/clock.h"

#include <sys/timerfd.h>
#include <unistd.h>

#define SPIN_NS (80 * NS_PER_US) /* how early --pace spin wakes */

int alarm_init(struct alarm *a, enum pace pace)
{
    *a = (struct alarm){.pace = pace, .armed_ns = -1};
    a->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return a->fd < 0 ? -1 : 0;
}

void alarm_release(struct alarm *a)
{
    if (a->fd >= 0)
        (void)close(a->fd);
    a->fd = -1;
}

void alarm_set(struct alarm *a, int64_t due_ns)
{
    a->armed_ns = due_ns;
    int64_t at_ns = a->t0_ns + due_ns;
    if (a->pace == PACE_SPIN)
        at_ns -= SPIN_NS;
    if (at_ns < 1)
        at_ns = 1; /* 0 would disarm it */
    struct itimerspec when = {
        .it_value = {.tv_sec = at_ns / NS_PER_S, .tv_nsec = at_ns % NS_PER_S}};
    int rc = timerfd_settime(a->fd, TFD_TIMER_ABSTIME, &when, NULL);
    assert(rc == 0);
}

void alarm_clear(struct alarm *a)
{
    uint64_t expirations;
    /* EAGAIN: the timer was armed anew between epoll and here */
    (void)!read(a->fd, &expirations, sizeof expirations);
    a->armed_ns = -1;
}

int64_t alarm_spin(const struct alarm *a, int64_t due_ns, int64_t now_ns)
{
    while (a->pace == PACE_SPIN && now_ns < due_ns && due_ns - now_ns < SPIN_NS)
        now_ns = clock_now_ns() - a->t0_ns;
    return now_ns;
}
