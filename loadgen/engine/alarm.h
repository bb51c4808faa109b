/*
 * The alarm of a worker: a timerfd that fires when the next request is due.
 *
 * Between the instant that a timer is set for and the request on the wire lie the
 * kernel's way to wake the thread and libcurl's way from a handle to a send: 50 to 70 us
 * where both are cold. So it is set for a little earlier, by what most requests needed
 * lately, and who is early waits, spinning for microseconds, right before the send:
 * nothing ever leaves before it is due. --pace spin wakes earlier still, waits out the
 * rest, and counts with what nearly all requests need.
 */
#ifndef GUST_ALARM_H
#define GUST_ALARM_H

#include "engine/plan.h"

#define ALARM_LEAD_MAX_NS (100 * NS_PER_US)

struct alarm {
    int fd;
    enum pace pace;
    int64_t t0_ns;    /* the due times are since then */
    int64_t armed_ns; /* due time that it is set for, -1 none */
    int64_t lead_ns;  /* how long before a due time its request is begun */
    int64_t begun_ns; /* of the request that it has fired for, -1 none */
};

/* -1: no descriptor; errno says why. */
MUST_CHECK int alarm_init(struct alarm *a, enum pace pace);
void alarm_release(struct alarm *a);

void alarm_set(struct alarm *a, int64_t due_ns);
/* It has fired. */
void alarm_clear(struct alarm *a);
/* With --pace spin: waits from now_ns until it is time to begin, where that is near;
 * the time then. */
int64_t alarm_spin(const struct alarm *a, int64_t due_ns, int64_t now_ns);
/* Is it time to begin the request? Before it is due only the one that the alarm has
 * fired for: sockets get their turn before the next. */
bool alarm_is_time(const struct alarm *a, int64_t due_ns, int64_t now_ns);
/* A request could have been sent at ready_ns, -1: it waits for a connection. If it is the
 * first since the alarm has fired, what its way took is learnt. */
void alarm_learn(struct alarm *a, int64_t ready_ns);

#endif
