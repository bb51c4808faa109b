/*
 * Independent tasks on several processes.
 */
#ifndef GUST_STUDY_POOL_H
#define GUST_STUDY_POOL_H

#include <stddef.h>

/* work(context, i, result i) for each i < count; a result is size bytes, zeroed
 * before, and all that outlives the call. */
struct pool_job {
    size_t count, size;
    void (*work)(const void *context, size_t i, void *result);
    const void *context;
};

/* Fills results[count * size]. Which process does a task makes no difference. Ends
 * the program when one of them dies. One process: no fork. */
void pool_run(const struct pool_job *job, unsigned processes, void *results);

#endif
