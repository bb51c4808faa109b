/*
 * The part of run.json that says how connections were opened, and where they went.
 */
#ifndef GUST_MANIFEST_NET_H
#define GUST_MANIFEST_NET_H

#include "base/jout.h"
#include "engine/dial.h"

/* Writes "network" and "quirks". counts: NULL while the run goes on, then counts are
 * null. User info of a proxy's URL is masked. */
void manifest_network(struct jout *j, const struct plan *plan,
                      const struct dial_counts *counts);

#endif
