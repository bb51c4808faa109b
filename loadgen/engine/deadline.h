/*
 * Our own timeouts of one exchange: which of them has passed? Pure.
 *
 * libcurl's timers know nothing of tokens: a server that sends pings keeps a
 * connection alive without answering. Only the connect timeout is libcurl's.
 */
#ifndef GUST_DEADLINE_H
#define GUST_DEADLINE_H

#include "engine/plan.h"
#include "wire/exchange.h"

/* now_ns since t0. Of several the longest-lasting: the total before the others. */
enum timer_fired deadline_passed(const struct timers *t, const struct exchange *x,
                                 int64_t now_ns);

#endif
