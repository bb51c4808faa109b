/* A worker's own thread; see vitals.h. */
#include "engine/vitals.h"

#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void vitals_open(struct vitals *v)
{
    v->schedstat_fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

void vitals_close(struct vitals *v)
{
    if (v->schedstat_fd >= 0)
        (void)close(v->schedstat_fd); /* only read from */
    v->schedstat_fd = -1;
}

/* The second number of the file; 0 if unknown. */
static int64_t runq_ns(const struct vitals *v)
{
    char text[96];
    ssize_t n =
        v->schedstat_fd < 0 ? -1 : pread(v->schedstat_fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *space = strchr(text, ' ');
    return space == NULL ? 0 : (int64_t)strtoll(space + 1, NULL, 10);
}

void vitals_begin(struct vitals *v, struct sockets *s, int64_t now_ns)
{
    v->begin_ns = now_ns;
    v->cpu_ns = clock_thread_cpu_ns();
    v->runq_ns = runq_ns(v);
    s->stall_ns_max = 0;
    s->in_flight_max = s->in_flight;
    s->loops = s->stamps_kernel = s->stamps_loop = 0;
    s->connects = 0;
}

void vitals_take(const struct vitals *v, const struct sockets *s, int64_t now_ns,
                 struct worker_health *out)
{
    if (out->end_ns == 0)
        out->begin_ns = v->begin_ns;
    out->end_ns = now_ns;
    if (s->stall_ns_max > out->stall_ns_max)
        out->stall_ns_max = s->stall_ns_max;
    out->cpu_ns += clock_thread_cpu_ns() - v->cpu_ns;
    out->runq_ns += runq_ns(v) - v->runq_ns;
    out->loops += s->loops;
    out->stamps_kernel += s->stamps_kernel;
    out->stamps_loop += s->stamps_loop;
    out->connects += s->connects;
    out->in_flight = s->in_flight;
    if (s->in_flight_max > out->in_flight_max)
        out->in_flight_max = s->in_flight_max;
    out->connections = s->connections;
}
