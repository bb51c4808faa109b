/*
 * Admission under --respect-limits: when may the first request of the agenda leave?
 * One per worker; pure but for what it keeps. Without the option everything leaves
 * when it is due.
 *
 * A request that must wait keeps its due time: the wait is its queue time and part of
 * its latency from the due time, but no lag of the generator's. Those behind it wait,
 * too, in the schedule, which is not walked ahead: no memory grows.
 */
#ifndef GUST_ADMISSION_H
#define GUST_ADMISSION_H

#include "engine/pool.h"
#include "policy/allowance.h"

struct admission {
    const struct plan *plan;
    struct allowance allowances[PLAN_ARMS_MAX];
    int64_t held_until_ns; /* the first request was kept until then, or still is */
    uint64_t held;         /* requests that had to wait */
};

void admission_init(struct admission *a, const struct plan *plan);

/* When the arrival may leave: its due time, or later; at most a second after the end
 * of the run, when it has been cancelled. */
int64_t admission_leave_ns(struct admission *a, const struct arrival *first,
                           int64_t now_ns);

/* It leaves now, for each of the arms. Returns how long it was kept. */
int64_t admission_take(struct admission *a, const struct arrival *first,
                       const uint16_t *arms, unsigned arm_count, int64_t now_ns);

/* Another attempt of a request leaves: it is charged, not kept. */
void admission_again(struct admission *a, const struct slot *s, int64_t now_ns);

/* Its exchange is over. */
void admission_ended(struct admission *a, const struct slot *s, enum outcome outcome,
                     int64_t now_ns);

#endif
