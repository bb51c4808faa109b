/* The machine: what every Linux can tell is plausible, and needs add up. */
#include "engine/host.h"

#include "base/base.h"
#include "check.h"

#include <sys/resource.h>
#include <unistd.h>

static void facts_are_plausible(void)
{
    struct host h;
    host_read(&h);
    CHECK(h.cores >= 1 && h.cores <= (unsigned)sysconf(_SC_NPROCESSORS_CONF));
    CHECK(strncmp(h.kernel, "Linux ", 6) == 0);
    CHECK(h.cgroup_cpus >= 0);
    CHECK(h.ports > 0 && h.ports < 65536);
    CHECK_INT(h.memory_bytes / (uint64_t)sysconf(_SC_PAGE_SIZE),
              (uint64_t)sysconf(_SC_PHYS_PAGES));
    CHECK(host_throttled_ns() >= 0);
}

static void the_soft_limit_is_raised(void)
{
    struct rlimit before, after;
    struct host h;
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit low = {.rlim_cur = 100, .rlim_max = before.rlim_max};
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &low), 0);
    host_read(&h);
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &after), 0);
    CHECK_INT(after.rlim_cur, before.rlim_max);
    CHECK_INT(h.nofile, before.rlim_max);
    CHECK_INT(h.nofile_hard, before.rlim_max);
}

/* Each stream a descriptor, a few more for every 64 of them and every thread. */
static void needs_grow_with_streams_and_threads(void)
{
    CHECK(host_descriptors_needed(0, 1) >= 20);
    CHECK_INT(host_descriptors_needed(6400, 1) - host_descriptors_needed(0, 1),
              6400 + 200);
    CHECK(host_descriptors_needed(100, 4) > host_descriptors_needed(100, 1));
    CHECK(host_descriptors_needed(UINT32_MAX, 256) > UINT32_MAX);
}

int main(void)
{
    RUN(facts_are_plausible);
    RUN(the_soft_limit_is_raised);
    RUN(needs_grow_with_streams_and_threads);
    return check_report();
}
