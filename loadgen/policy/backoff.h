/*
 * Backoff: how long a client sleeps before its n-th retry. Pure; random numbers are
 * passed in, so that a sequence is a function of the seed.
 *
 * v(n) = min(max, base * factor^n), n = 0 for the first retry, U in (0, 1):
 *
 *   none          v
 *   full          U * v                                   (AWS, Envoy)
 *   equal         v/2 + U * v/2                           (AWS)
 *   decorrelated  min(max, base + U * (3 * previous - base)), previous = base
 *                 before the first                        (AWS)
 *   add           min(max, base * factor^n + U * spread)  (Mistral's SDKs: the cap
 *                 comes after the jitter)
 *   below         v * (1 - share * U)                     (OpenAI's SDKs: share 0.25)
 *   around        v * (1 - share + 2 * share * U)         (gRPC A6: share 0.2)
 */
#ifndef GUST_BACKOFF_H
#define GUST_BACKOFF_H

#include "base/base.h"

enum jitter {
    JITTER_NONE,
    JITTER_FULL,
    JITTER_EQUAL,
    JITTER_DECORRELATED,
    JITTER_ADD,
    JITTER_BELOW,
    JITTER_AROUND,
    JITTER_COUNT
};

extern const char *const jitter_names[JITTER_COUNT];

struct backoff {
    int64_t base_ns; /* 0: no sleep at all */
    int64_t max_ns;  /* at least base_ns */
    double factor;   /* 1..100 */
    enum jitter jitter;
    double share;      /* below, around: 0..1 */
    int64_t spread_ns; /* add */
};

/* The sleep before retry n, ns, 0..max_ns. previous_ns: the sleep before this one,
 * whatever it came from, 0 before the first. unit: uniform in (0, 1). around alone may
 * pass max_ns, by its share: gRPC applies the jitter last. */
int64_t backoff_delay_ns(const struct backoff *b, unsigned n, int64_t previous_ns,
                         double unit);

#endif
