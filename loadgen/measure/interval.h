/*
 * What happened in one interval, whenever it was due: a row per arm and class,
 * and the generator's own health over all workers. Written as the lines of kind
 * second and health (rundir.h).
 */
#ifndef GUST_INTERVAL_H
#define GUST_INTERVAL_H

#include "base/jout.h"
#include "measure/epoch.h"

/* One arm and class. */
struct interval_row {
    struct flow flow;
    uint64_t ok, failed, not_sent, censored;
    uint64_t prompt_tokens, output_tokens; /* of the succeeded */
    uint64_t ttft_sent_count;              /* those with a first content ... */
    int64_t ttft_sent_ns; /* ... and their TTFT from wire start, summed */
};

void interval_row_sample(struct interval_row *row, const struct sample *s);
void interval_row_flow(struct interval_row *row, const struct flow *flow);
/* The members of an open object that are counts. */
void interval_row_write(const struct interval_row *row, struct jout *j);

/* The generator: *_max are maxima over workers, but in_flight_max is the sum of
 * the workers' maxima, an upper bound; the others are sums. */
struct host_health {
    int64_t lag_ns_max, stall_ns_max;
    int64_t late_ns, throttled_ns; /* of the collector; of the control group */
    double cpu_share_max, runq_share_max;
    uint64_t in_flight, in_flight_max, connections, connects;
    uint64_t stamps_kernel, stamps_loop, samples_lost, gaps;
};

void host_health_add(struct host_health *h, const struct worker_health *w);
/* The members of an open object, t excepted. */
void host_health_write(const struct host_health *h, int64_t length_ns, struct jout *j);

#endif
