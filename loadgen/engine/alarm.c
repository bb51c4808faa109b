/* The alarm of a worker; see alarm.h. */
#include "engine/alarm.h"

#include "base/clock.h"

#include <sys/timerfd.h>
#include <unistd.h>

#define SPIN_NS (80 * NS_PER_US) /* how much earlier --pace spin wakes */
#define LEAD_FIRST_NS (20 * NS_PER_US)
#define LEAD_STEP_NS (2 * NS_PER_US)

/* Of all ways, the share that the lead covers: those who are covered wait. */
static double covered(enum pace pace)
{
    return pace == PACE_SPIN ? 0.9 : 0.25;
}

int alarm_init(struct alarm *a, enum pace pace)
{
    *a = (struct alarm){
        .pace = pace, .armed_ns = -1, .begun_ns = -1, .lead_ns = LEAD_FIRST_NS};
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
    int64_t at_ns = a->t0_ns + due_ns - a->lead_ns;
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
    a->begun_ns = a->armed_ns < 0 ? -1 : a->armed_ns - a->lead_ns;
    a->armed_ns = -1;
}

int64_t alarm_spin(const struct alarm *a, int64_t due_ns, int64_t now_ns)
{
    int64_t begin_ns = due_ns - a->lead_ns;
    while (a->pace == PACE_SPIN && now_ns < begin_ns && begin_ns - now_ns < SPIN_NS)
        now_ns = clock_now_ns() - a->t0_ns;
    return now_ns;
}

bool alarm_is_time(const struct alarm *a, int64_t due_ns, int64_t now_ns)
{
    bool has_lead = a->begun_ns != -1 || a->pace == PACE_SPIN;
    return now_ns >= due_ns - (has_lead ? a->lead_ns : 0);
}

/* A quantile, followed by steps: up by its share for each way that was longer, down by
 * the rest for each that was not. One that took a second moves it as little as any. */
void alarm_learn(struct alarm *a, int64_t ready_ns)
{
    int64_t begun_ns = a->begun_ns;
    a->begun_ns = -1;
    if (begun_ns == -1 || ready_ns == -1)
        return;
    int64_t took_ns = ready_ns - begun_ns;
    double share = covered(a->pace);
    double step = took_ns > a->lead_ns ? share : share - 1;
    int64_t lead_ns = a->lead_ns + (int64_t)(step * LEAD_STEP_NS);
    a->lead_ns = lead_ns < 0                   ? 0
                 : lead_ns > ALARM_LEAD_MAX_NS ? ALARM_LEAD_MAX_NS
                                               : lead_ns;
}
