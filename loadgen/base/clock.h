/*
 * The only reader of clocks. Everything that decides gets now_ns passed in.
 * Which files may include this is listed in ci/layers.
 */
#ifndef GUST_CLOCK_H
#define GUST_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, ns. */
int64_t clock_now_ns(void);

/* CLOCK_REALTIME, ns since 1970: only for headers of files. */
int64_t clock_wall_ns(void);

/* CPU time of the calling thread, ns. */
int64_t clock_thread_cpu_ns(void);

#endif
