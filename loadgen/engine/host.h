/*
 * The machine that the generator runs on: what limits it, read from /proc and
 * /sys. Missing files are unknown values, never errors.
 */
#ifndef GUST_HOST_H
#define GUST_HOST_H

#include <stdint.h>

struct host {
    unsigned cores;     /* usable by this process */
    char name[72];      /* as the network knows it; "" unknown */
    char kernel[96];    /* "Linux 6.1.0 x86_64" */
    char governor[32];  /* of CPU 0; "" unknown */
    double cgroup_cpus; /* CPU quota of the control group; 0: none */
    uint64_t nofile;    /* descriptors: soft limit, after raising it */
    uint64_t nofile_hard;
    unsigned ports; /* ephemeral ports per source and destination */
    uint64_t memory_bytes;
};

/* Reads everything and raises the soft descriptor limit to the hard one. */
void host_read(struct host *h);

/* Time for which the control group kept this process off the CPU so far, ns. */
int64_t host_throttled_ns(void);

/* Descriptors and ports that in_flight streams need: 2 each side of reason. */
uint64_t host_descriptors_needed(uint32_t in_flight, uint32_t threads);

#endif
