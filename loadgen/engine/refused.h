/*
 * Does the server refuse the run? policy/guard.h counts the refusals before the first
 * success. But refusals come back at once and successes take their time: while a request
 * that left earlier is still under way, nothing is decided.
 */
#ifndef GUST_REFUSED_H
#define GUST_REFUSED_H

#include "engine/pool.h"
#include "policy/guard.h"

/* Notes how the request of a slot has ended; true when the run must stop. */
bool refused_note(struct guard *guard, struct sockets *sockets, const struct slot *s,
                  enum outcome outcome);

#endif
