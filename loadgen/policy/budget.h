/*
 * Retry budgets: how much more load a client may make of failure. Pure.
 *
 *   none
 *   throttle    gRPC A6: tokens start at max, a failure takes 1, a success gives
 *               ratio; no retry while tokens <= max / 2
 *   share       Finagle: retries at most share of the requests of the window, and
 *               floor_per_s more
 *   concurrent  Envoy: retries waiting or in flight at most share of the requests in
 *               flight, but at least floor
 *   adaptive    Google SRE: requests are refused before they are sent, with
 *               probability max(0, (requests - k * accepted) / (requests + 1)) over
 *               the window; retries too
 *
 * LIMIT: each worker has its own; with several the total allowed is their sum.
 */
#ifndef GUST_BUDGET_H
#define GUST_BUDGET_H

#include "policy/window.h"

#include <stdbool.h>

enum budget_kind {
    BUDGET_NONE,
    BUDGET_THROTTLE,
    BUDGET_SHARE,
    BUDGET_CONCURRENT,
    BUDGET_ADAPTIVE,
    BUDGET_KINDS
};

extern const char *const budget_kind_names[BUDGET_KINDS];

struct budget_rule {
    enum budget_kind kind;
    double max, ratio; /* throttle */
    double share;      /* share, concurrent */
    double floor;      /* share: per second; concurrent: retries */
    double k;          /* adaptive */
    int64_t window_ns; /* share, adaptive */
};

struct budget {
    const struct budget_rule *rule;
    double tokens;
    struct window window; /* a requests; b retries (share) or accepted (adaptive) */
};

void budget_init(struct budget *b, const struct budget_rule *rule);

/* May a request be sent at all? Only adaptive says no. unit: uniform in (0, 1). */
bool budget_admits(struct budget *b, int64_t now_ns, double unit);

/* May a retry be made? in_flight: requests on the wire or waiting; retrying: those
 * of them that are retries. A yes is booked. */
bool budget_allows_retry(struct budget *b, int64_t now_ns, uint64_t in_flight,
                         uint64_t retrying, double unit);

/* An attempt ended; is_failure: in a class that would be retried. Other failures
 * are the caller's fault, and no sign of trouble. */
void budget_ended(struct budget *b, int64_t now_ns, bool is_ok, bool is_failure);

#endif
