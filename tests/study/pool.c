/*
 * Every process takes each n-th task, so that slow ones are spread, and writes its
 * results to memory that all share.
 */
#include "tests/study/pool.h"

#include "base/base.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void work_share(const struct pool_job *job, unsigned first, unsigned step,
                       char *results)
{
    for (size_t i = first; i < job->count; i += step)
        job->work(job->context, i, results + i * job->size);
}

static void start(const struct pool_job *job, unsigned first, unsigned step,
                  char *results)
{
    pid_t child = fork();
    if (child < 0)
        bug("no process for the study");
    if (child > 0)
        return;
    work_share(job, first, step, results);
    _exit(0);
}

static void wait_all(unsigned processes)
{
    for (unsigned i = 0; i < processes; i++) {
        int status = 0;
        if (wait(&status) < 0 || status != 0)
            bug("a process of the study failed");
    }
}

void pool_run(const struct pool_job *job, unsigned processes, void *results)
{
    size_t bytes = job->count * job->size;
    memset(results, 0, bytes);
    if (processes <= 1 || bytes == 0) {
        work_share(job, 0, 1, results);
        return;
    }
    void *shared =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        bug("no memory for the study");
    (void)fflush(NULL); /* a child must not print what we have not yet */
    for (unsigned i = 0; i < processes; i++)
        start(job, i, processes, shared);
    wait_all(processes);
    memcpy(results, shared, bytes);
    (void)munmap(shared, bytes); /* nothing to be done about it */
}
