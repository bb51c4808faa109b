/*
 * Runs a command on one core and measures a window of its life:
 *
 *   measure -c COUNTERS [-n OPEN] [-s SETTLE_MS] [-w WINDOW_MS] [-a CORE] [-p PID]
 *           [-u] -- COMMAND...
 *
 * The window opens SETTLE after OPEN streams are open (without -n: after the start)
 * and is WINDOW long; then the command is killed. -w 0: the window is the command's
 * whole life, and it ends by itself. -p: another process, which lives on, is measured
 * while the command runs. -u: with -w 0, every thread but the first is raised to
 * real-time priority where that is allowed: the threads that send and receive, not
 * the one that writes the log.
 *
 * CPU and run-queue wait are the scheduler's own, in ns, summed over the threads
 * (/proc/PID/task/.../schedstat): they do not depend on who else uses the machine as
 * wall time does, and a wait above 1 % says that somebody did.
 *
 * Prints "name value" lines: cpu_us, wall_us, runq (share of wall), events,
 * requests, rss_kb and rss_grown_kb (the most seen, and since the window opened),
 * start_us (from exec to the first request with an id, the server's preflight
 * conversation left out), code (exit code, or -1).
 */
#define _GNU_SOURCE /* sched_setaffinity */

#include "counters.h"

#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#define POLL_NS (2 * NS_PER_MS)
#define OPEN_TIMEOUT_NS (30 * NS_PER_S)

struct options {
    const char *counters;
    uint64_t open, settle_ms, window_ms;
    int core; /* -1: any */
    pid_t pid;
    bool is_urgent;
};

struct snapshot {
    int64_t at_ns, cpu_ns, wait_ns;
    uint64_t events, requests;
    long rss_kb;
};

static void pause_ns(int64_t ns)
{
    struct timespec t = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL); /* early is fine */
}

static bool read_file(const char *path, char *text, size_t size)
{
    FILE *f = fopen(path, "re");
    size_t n = f == NULL ? 0 : fread(text, 1, size - 1, f);
    text[n] = '\0';
    if (f != NULL)
        (void)fclose(f); /* only read from */
    return n > 0;
}

static void raise_thread(pid_t thread)
{
    struct sched_param first = {.sched_priority = 1};
    if (sched_getscheduler(thread) == SCHED_OTHER)
        (void)sched_setscheduler(thread, SCHED_RR, &first); /* or it is not allowed */
}

static void raise_threads(pid_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *d = opendir(path);
    for (struct dirent *e = d ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        pid_t thread = (pid_t)strtol(e->d_name, NULL, 10);
        if (thread > 0 && thread != pid)
            raise_thread(thread);
    }
    if (d != NULL)
        (void)closedir(d);
}

static void add_threads(struct snapshot *s, pid_t pid)
{
    char path[128], text[128];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *d = opendir(path);
    for (struct dirent *e = d ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        (void)snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", (int)pid,
                       e->d_name);
        if (e->d_name[0] == '.' || !read_file(path, text, sizeof text))
            continue;
        char *rest = NULL;
        s->cpu_ns += strtoll(text, &rest, 10);
        s->wait_ns += strtoll(rest, NULL, 10);
    }
    if (d != NULL)
        (void)closedir(d);
}

static long rss_kb(pid_t pid)
{
    char path[64], text[128], *rest = NULL;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (!read_file(path, text, sizeof text))
        return 0;
    (void)strtol(text, &rest, 10);
    return strtol(rest, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024);
}

static struct snapshot take(pid_t pid, const struct counters *k)
{
    struct snapshot s = {.at_ns = monotonic_ns(),
                         .events = atomic_load(&k->events),
                         .requests = atomic_load(&k->requests),
                         .rss_kb = rss_kb(pid)};
    add_threads(&s, pid);
    return s;
}

static pid_t start(char **argv, int core)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (core >= 0) {
        CPU_SET((size_t)core, &set);
        (void)sched_setaffinity(0, sizeof set, &set); /* one core: any will do */
    }
    (void)execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

static bool is_over(pid_t pid, int *status)
{
    return waitpid(pid, status, WNOHANG) == pid;
}

static bool await_open(const struct options *o, const struct counters *k, pid_t child)
{
    int64_t give_up_ns = monotonic_ns() + OPEN_TIMEOUT_NS;
    int status;
    while (atomic_load(&k->open) < o->open) {
        pause_ns(POLL_NS);
        if (is_over(child, &status) || monotonic_ns() > give_up_ns) {
            fprintf(stderr, "measure: the load did not come up: %" PRIu64 " open\n",
                    atomic_load(&k->open));
            return false;
        }
    }
    pause_ns((int64_t)o->settle_ms * NS_PER_MS);
    return true;
}

/* Until the command ends by itself: threads that end take their figures with them,
 * so the last look at all of them counts. */
static struct snapshot follow(const struct options *o, pid_t pid,
                              const struct counters *k, pid_t child, int *status)
{
    struct snapshot last = {0};
    while (!is_over(child, status)) {
        if (o->is_urgent)
            raise_threads(pid);
        struct snapshot now = take(pid, k);
        now.rss_kb = now.rss_kb > last.rss_kb ? now.rss_kb : last.rss_kb;
        if (now.cpu_ns >= last.cpu_ns)
            last = now;
        pause_ns(POLL_NS);
    }
    return last;
}

static int64_t start_ns(const struct counters *k, int64_t exec_ns)
{
    int64_t contact = atomic_load(&k->first_contact_ns);
    int64_t preflight = atomic_load(&k->preflight_done_ns);
    int64_t request = atomic_load(&k->first_request_ns);
    if (request == 0)
        return -1;
    return preflight == 0 ? request - exec_ns : contact - exec_ns + request - preflight;
}

static void print(const struct snapshot *a, const struct snapshot *b, int64_t start,
                  int code)
{
    int64_t wall_ns = b->at_ns - a->at_ns;
    printf("cpu_us %.1f\nwall_us %.1f\nrunq %.5f\n",
           (double)(b->cpu_ns - a->cpu_ns) / 1e3, (double)wall_ns / 1e3,
           (double)(b->wait_ns - a->wait_ns) / (double)wall_ns);
    printf("events %" PRIu64 "\nrequests %" PRIu64 "\nrss_kb %ld\nrss_grown_kb %ld\n",
           b->events - a->events, b->requests - a->requests, b->rss_kb,
           b->rss_kb - a->rss_kb);
    printf("start_us %.1f\ncode %d\n", (double)start / 1e3, code);
}

static int measure(const struct options *o, char **argv)
{
    struct counters *k = counters_map(o->counters);
    atomic_store(&k->first_contact_ns, 0);
    atomic_store(&k->preflight_done_ns, 0);
    atomic_store(&k->first_request_ns, 0);
    int64_t exec_ns = monotonic_ns();
    int status = -1;
    pid_t child = start(argv, o->core), pid = o->pid > 0 ? o->pid : child;
    struct snapshot a = take(pid, k), b;
    if (o->window_ms == 0) {
        b = follow(o, pid, k, child, &status);
    } else if (await_open(o, k, child)) {
        a = take(pid, k);
        pause_ns((int64_t)o->window_ms * NS_PER_MS);
        b = take(pid, k);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, &status, 0);
    } else {
        (void)kill(child, SIGKILL);
        return 1;
    }
    print(&a, &b, start_ns(k, exec_ns), WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}

static bool take_option(struct options *o, int letter)
{
    if (letter == 'c')
        o->counters = optarg;
    else if (letter == 'n')
        o->open = strtoull(optarg, NULL, 10);
    else if (letter == 's')
        o->settle_ms = strtoull(optarg, NULL, 10);
    else if (letter == 'w')
        o->window_ms = strtoull(optarg, NULL, 10);
    else if (letter == 'a')
        o->core = (int)strtol(optarg, NULL, 10);
    else if (letter == 'p')
        o->pid = (pid_t)strtol(optarg, NULL, 10);
    else if (letter == 'u')
        o->is_urgent = true;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    static const char letters[] = "+c:n:s:w:a:p:u";
    struct options o = {.settle_ms = 500, .window_ms = 2000, .core = -1};
    bool is_good = true;
    for (int c = getopt(argc, argv, letters); c != -1; c = getopt(argc, argv, letters))
        is_good = take_option(&o, c) && is_good;
    if (is_good && o.counters != NULL && optind < argc)
        return measure(&o, argv + optind);
    fprintf(stderr,
            "usage: measure -c COUNTERS [-n OPEN] [-s SETTLE_MS] [-w WINDOW_MS] "
            "[-a CORE] [-p PID] [-u] -- COMMAND...\n");
    return 2;
}
