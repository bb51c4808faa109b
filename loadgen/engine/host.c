/* The machine that the generator runs on; see host.h. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "engine/host.h"

#include "base/base.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a small file; "" when there is none. */
static void read_line(const char *path, char *out, size_t size)
{
    out[0] = '\0';
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return;
    if (fgets(out, (int)size, f) == NULL)
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    (void)fclose(f); /* only read from */
}

/* This process's own folder in the unified control-group tree, or "". */
static void cgroup_path(const char *file, char *out, size_t size)
{
    char line[512];
    read_line("/proc/self/cgroup", line, sizeof line);
    out[0] = '\0';
    if (strncmp(line, "0::", 3) == 0)
        (void)snprintf(out, size, "/sys/fs/cgroup%s%s%s", line + 3,
                       strcmp(line + 3, "/") == 0 ? "" : "/", file);
}

static double read_cgroup_cpus(void)
{
    char path[640], line[96];
    cgroup_path("cpu.max", path, sizeof path);
    read_line(path, line, sizeof line);
    char *end = NULL;
    double quota = strtod(line, &end);
    double period = end == line ? 0.0 : strtod(end, NULL);
    return period > 0.0 ? quota / period : 0.0;
}

int64_t host_throttled_ns(void)
{
    char path[640], line[128];
    cgroup_path("cpu.stat", path, sizeof path);
    FILE *f = path[0] ? fopen(path, "re") : NULL;
    int64_t ns = 0;
    static const char key[] = "throttled_usec ";
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, sizeof key - 1) == 0)
            ns = (int64_t)strtoll(line + sizeof key - 1, NULL, 10) * NS_PER_US;
    if (f != NULL)
        (void)fclose(f);
    return ns;
}

static void raise_descriptors(struct host *h)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit higher = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &higher) == 0)
            limit = higher;
    }
    h->nofile = limit.rlim_cur;
    h->nofile_hard = limit.rlim_max;
}

static unsigned read_ports(void)
{
    char line[64];
    read_line("/proc/sys/net/ipv4/ip_local_port_range", line, sizeof line);
    char *end = NULL;
    long low = strtol(line, &end, 10);
    long high = strtol(end, NULL, 10);
    return high > low ? (unsigned)(high - low + 1) : 28232;
}

void host_read(struct host *h)
{
    *h = (struct host){0};
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        h->cores = (unsigned)CPU_COUNT(&set);
    if (h->cores == 0)
        h->cores = 1;
    struct utsname name;
    if (uname(&name) == 0) {
        (void)snprintf(h->name, sizeof h->name, "%.64s", name.nodename);
        (void)snprintf(h->kernel, sizeof h->kernel, "%.20s %.40s %.20s", name.sysname,
                       name.release, name.machine);
    }
    read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", h->governor,
              sizeof h->governor);
    h->cgroup_cpus = read_cgroup_cpus();
    h->ports = read_ports();
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
    if (pages > 0 && page > 0)
        h->memory_bytes = (uint64_t)pages * (uint64_t)page;
    raise_descriptors(h);
}

/* A connection each, and per pool of 64 an epoll set and a wake-up pair. */
uint64_t host_descriptors_needed(uint32_t in_flight, uint32_t threads)
{
    uint64_t streams = in_flight, workers = threads;
    return streams + streams / 64 * 2 + workers * 16 + 64;
}
