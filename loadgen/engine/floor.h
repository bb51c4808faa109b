/*
 * The floor: what this machine and harness add to a measured TTFT, found by
 * `gust doctor` against the built-in server and remembered for later runs. Kept
 * in $XDG_CACHE_HOME/gust/floor.json (else ~/.cache/gust).
 */
#ifndef GUST_FLOOR_H
#define GUST_FLOOR_H

#include "base/err.h"
#include "engine/host.h"

struct floor {
    uint32_t streams;    /* concurrent, when it was measured */
    double events_per_s; /* of all of them */
    int64_t ttft_us_p50, ttft_us_p99;
};

/* False when none is remembered, or it is another machine's. */
bool floor_load(const struct host *host, struct floor *out);
MUST_CHECK int floor_save(const struct host *host, const struct floor *f,
                          struct err *e);

#endif
