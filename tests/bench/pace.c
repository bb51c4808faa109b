/*
 * How exactly this machine can keep an appointment: a timerfd and an epoll, a
 * Poisson schedule, and nothing to do when it fires.
 *
 *   pace RATE_PER_S SECONDS
 *
 * Prints late_us_p50 and late_us_p99.
 */
#include "counters.h"

#include "base/rng.h"
#include "measure/hist.h"

#include <inttypes.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

static void arm(int timer, int64_t at_ns)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = at_ns / NS_PER_S, .tv_nsec = at_ns % NS_PER_S}};
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        perror("timerfd_settime");
}

static void await(int epoll, int timer, int64_t due_ns)
{
    struct epoll_event e;
    uint64_t expirations;
    arm(timer, due_ns);
    while (monotonic_ns() < due_ns)
        if (epoll_wait(epoll, &e, 1, -1) == 1)
            (void)!read(timer, &expirations, sizeof expirations); /* it has fired */
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: pace RATE_PER_S SECONDS\n");
        return 2;
    }
    double rate_per_s = strtod(argv[1], NULL);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN};
    struct hist *late = hist_new();
    struct rng r;
    rng_init(&r, 1, RNG_ARRIVAL, 0);
    if (timer < 0 || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &e) != 0)
        return 1;
    int64_t due_ns = monotonic_ns();
    int64_t end_ns = due_ns + (int64_t)(strtod(argv[2], NULL) * 1e9);
    while (due_ns < end_ns) {
        due_ns += (int64_t)(rng_exponential(&r) / rate_per_s * 1e9);
        await(epoll, timer, due_ns);
        (void)hist_record(late, hist_us(monotonic_ns() - due_ns), 1);
    }
    printf("late_us_p50 %" PRId64 "\nlate_us_p99 %" PRId64 "\n",
           hist_percentile_us(late, 50), hist_percentile_us(late, 99));
    hist_free(late);
    return 0;
}
