/*
 * The alarm of a worker: a timerfd that fires when the next request is due. With
 * --pace spin it fires early, and the rest is waited out.
 */
#ifndef GUST_ALARM_H
#define GUST_ALARM_H

#include "engine/plan.h"

struct alarm {
    int fd;
    enum pace pace;
    int64_t t0_ns;    /* the due times are since then */
    int64_t armed_ns; /* due time that it is set for, -1 none */
};

/* -1: no descriptor; errno says why. */
MUST_CHECK int alarm_init(struct alarm *a, enum pace pace);
void alarm_release(struct alarm *a);

void alarm_set(struct alarm *a, int64_t due_ns);
/* It has fired. */
void alarm_clear(struct alarm *a);
/* Spins from now_ns until due_ns, where that is near and asked for; the time then. */
int64_t alarm_spin(const struct alarm *a, int64_t due_ns, int64_t now_ns);

#endif
