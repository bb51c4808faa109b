/*
 * What a server or a reference client counts while it runs, in a page of memory
 * that `measure` maps too: a window of time is cut out of a run by reading it
 * twice, without a word between the processes. One writer per field.
 */
#ifndef GUST_BENCH_COUNTERS_H
#define GUST_BENCH_COUNTERS_H

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct counters {
    _Atomic uint64_t events;   /* content events written (or read) */
    _Atomic uint64_t requests; /* answered (or asked) whole */
    _Atomic uint64_t open;     /* streams open now */
    /* CLOCK_MONOTONIC ns, 0 not yet: how a client starts */
    _Atomic int64_t first_contact_ns;  /* its first request of any kind */
    _Atomic int64_t preflight_done_ns; /* last answer before the one below */
    _Atomic int64_t first_request_ns;  /* its first request with an id */
};

/* Maps the file, which is made if need be. Ends the program if it cannot: a
 * benchmark has nothing else to do then. */
static inline struct counters *counters_map(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *page = fd >= 0 && ftruncate(fd, sizeof(struct counters)) == 0
                     ? mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE,
                            MAP_SHARED, fd, 0)
                     : MAP_FAILED;
    if (page == MAP_FAILED) {
        perror(path);
        exit(1);
    }
    (void)close(fd); /* the mapping stays */
    return page;
}

/* A plain addition: there is one writer. */
static inline void counters_add(_Atomic uint64_t *counter, uint64_t n)
{
    uint64_t old = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, old + n, memory_order_relaxed);
}

static inline int64_t monotonic_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#endif
