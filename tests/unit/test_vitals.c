/* A worker's own thread: CPU time that was used, and counters of the sockets, from
 * the begin of an epoch, over several if it was not handed over. */
#include "engine/vitals.h"

#include "base/clock.h"
#include "check.h"

static void work(int64_t ns)
{
    int64_t until_ns = clock_thread_cpu_ns() + ns;
    while (clock_thread_cpu_ns() < until_ns) {
    }
}

static void what_was_used_is_taken(void)
{
    struct vitals v;
    struct sockets s = {.in_flight = 3, .stall_ns_max = 99, .connections = 5};
    struct worker_health h = {0};
    vitals_open(&v);
    work(NS_PER_MS); /* before the begin: not counted */
    vitals_begin(&v, &s, 1000);
    CHECK_INT(s.stall_ns_max, 0);
    CHECK_INT(s.in_flight_max, 3);
    s.in_flight_max = 7;
    s.stall_ns_max = 40;
    s.loops = 11;
    s.stamps_kernel = 12;
    s.stamps_loop = 13;
    s.connects = 14;
    work(5 * NS_PER_MS);
    vitals_take(&v, &s, 2000, &h);
    CHECK_INT(h.begin_ns, 1000);
    CHECK_INT(h.end_ns, 2000);
    CHECK(h.cpu_ns >= 5 * NS_PER_MS && h.cpu_ns < 6 * NS_PER_MS);
    CHECK(h.runq_ns >= 0);
    CHECK_INT(h.stall_ns_max, 40);
    CHECK_INT(h.in_flight, 3);
    CHECK_INT(h.in_flight_max, 7);
    CHECK_INT(h.connections, 5);
    CHECK_INT(h.loops, 11);
    CHECK_INT(h.stamps_kernel, 12);
    CHECK_INT(h.stamps_loop, 13);
    CHECK_INT(h.connects, 14);
    vitals_close(&v);
}

/* The collector was late: the same epoch goes on, with its first begin. */
static void a_longer_epoch_adds_up(void)
{
    struct vitals v;
    struct sockets s = {0};
    struct worker_health h = {0};
    vitals_open(&v);
    vitals_begin(&v, &s, 1000);
    s.loops = 5;
    s.stall_ns_max = 40;
    s.in_flight_max = 9;
    vitals_take(&v, &s, 2000, &h);
    vitals_begin(&v, &s, 2000);
    s.loops = 6;
    s.stall_ns_max = 30;
    s.in_flight_max = 8;
    vitals_take(&v, &s, 3000, &h);
    CHECK_INT(h.begin_ns, 1000);
    CHECK_INT(h.end_ns, 3000);
    CHECK_INT(h.loops, 11);
    CHECK_INT(h.stall_ns_max, 40);
    CHECK_INT(h.in_flight_max, 9);
    vitals_close(&v);
}

static void without_schedstat_the_wait_is_unknown(void)
{
    struct vitals v = {.schedstat_fd = -1};
    struct sockets s = {0};
    struct worker_health h = {0};
    vitals_begin(&v, &s, 0);
    vitals_take(&v, &s, 1, &h);
    CHECK_INT(h.runq_ns, 0);
    vitals_close(&v);
}

int main(void)
{
    RUN(what_was_used_is_taken);
    RUN(a_longer_epoch_adds_up);
    RUN(without_schedstat_the_wait_is_unknown);
    return check_report();
}
