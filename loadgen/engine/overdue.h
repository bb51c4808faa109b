/*
 * Ends what takes too long: a round through the streams of a worker, now and then.
 * Which timer has passed is deadline.h's; that of a request over all its attempts is
 * its client policy's.
 */
#ifndef GUST_OVERDUE_H
#define GUST_OVERDUE_H

#include "engine/pool.h"

/* Aborts every active exchange whose time is up. */
void overdue_abort(struct sockets *sockets, int64_t now_ns);

/* The run is over: every active exchange is censored. */
void overdue_censor(struct sockets *sockets);

#endif
