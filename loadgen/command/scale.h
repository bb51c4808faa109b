/*
 * What a load needs of each of N machines, and how many there must be: ports,
 * descriptors, cores, addresses of a NAT, clocks. Pure arithmetic on figures that were
 * measured (scale.c says which); for a load that no one has sent yet.
 */
#ifndef GUST_SCALE_H
#define GUST_SCALE_H

#include "base/buf.h"

struct scale_load {
    double rate_per_s;      /* of all shards */
    double latency_s;       /* mean of a request */
    double events;          /* of a request's stream */
    uint32_t shards;        /* at least 1 */
    uint32_t streams;       /* requests that share a connection, at least 1 */
    uint32_t nat_addresses; /* that all shards leave by; 0: each has its own */
};

/* One machine, all alike. */
struct scale_host {
    uint64_t ports; /* per server address, of all its own addresses */
    uint64_t descriptors;
    double cores;
};

enum scale_limit { SCALE_PORTS, SCALE_DESCRIPTORS, SCALE_CPU, SCALE_NAT, SCALE_LIMITS };

extern const char *const scale_names[SCALE_LIMITS];
extern const char *const scale_advice[SCALE_LIMITS];

struct scale_row {
    double need, have;      /* of one machine, or of the NAT; have 0: no such limit */
    uint32_t shards_needed; /* so that it fits; 0: no number of shards helps */
    bool fits;
};

struct scale {
    double rate_per_s;  /* of one shard */
    double connections; /* of one shard, at a busy moment */
    struct scale_row rows[SCALE_LIMITS];
    uint32_t shards_needed; /* the most of the rows' */
    bool fits;
};

void scale_of(const struct scale_load *load, const struct scale_host *host,
              struct scale *out);

/* The figures as text for a person. */
void scale_write(const struct scale_load *load, const struct scale *s, struct buf *out);

#endif
