/*
 * How a run's connections were opened and where they went, as facts to be shown, and
 * the known quirks of its libcurl.
 */
#ifndef GUST_NETWORK_H
#define GUST_NETWORK_H

#include "judge/summary.h"

/* Reads "network" and "quirks" of the manifest into s->network and s->quirks; a run
 * that has neither has none. s->arm is known by now. */
void network_read(struct summary *s);

#endif
