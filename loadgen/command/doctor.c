/*
 * gust doctor: is this machine fit to measure, and what does it add by itself?
 *
 * First the host: limits that will bite. Then the floor: the built-in server and
 * a real `gust run` as child processes, a few seconds at the asked load; the
 * client's records are joined with the server's truth, and the difference is
 * what this host and harness add to every TTFT.
 */
#include "base/clock.h"
#include "base/units.h"
#include "base/wrap.h"
#include "command/child.h"
#include "command/commands.h"
#include "command/run_net.h"
#include "command/scale.h"
#include "command/shard.h"
#include "engine/floor.h"
#include "engine/host.h"
#include "engine/transport.h"
#include "fixtures/join.h"
#include "measure/hist.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct doctor_settings {
    uint64_t streams;
    double events_per_s; /* per stream */
    int64_t duration_ns;
    bool is_host_only;
    int http;
    const char *sources;
    double planned_per_s; /* 0: no plan */
    uint64_t shards, nat_addresses;
    int64_t latency_ns;
};

#define FIELD(name) offsetof(struct doctor_settings, name)

/* clang-format off */
static const struct opt options[] = {
    {.name = "streams", .type = OPT_U64, .offset = FIELD(streams), .fallback = "200", .min = 1, .max = 20000, .arg = "N",
     .help = "concurrent streams to measure the floor at: the load you plan"},
    {.name = "event-rate", .type = OPT_RATE, .offset = FIELD(events_per_s), .fallback = "50/s", .min = 1, .max = 1000, .arg = "50/s",
     .help = "tokens per second of each stream"},
    {.name = "duration", .type = OPT_DURATION, .offset = FIELD(duration_ns), .fallback = "6s", .min = 2e9, .max = 6e11, .arg = "6s",
     .help = "length of the measurement"},
    {.name = "host-only", .type = OPT_FLAG, .offset = FIELD(is_host_only),
     .help = "check the host only; measure nothing"},
    {.name = "http", .type = OPT_CHOICE, .offset = FIELD(http), .fallback = "1.1", .choices = run_https,
     .help = "version of HTTP that you plan: its known quirks of libcurl are told; the floor is measured over 1.1"},
    {.name = "source-address", .type = OPT_STRING, .offset = FIELD(sources), .arg = "ADDRESS[,ADDRESS...]",
     .help = "local addresses that you plan: every one adds a range of ports"},
    {.name = "plan", .type = OPT_RATE, .offset = FIELD(planned_per_s), .min = 1, .max = 1e9, .arg = "1e6/s",
     .help = "measure nothing; say what this rate needs of each of --shards hosts like this one (exit 1: it does not fit)"},
    {.name = "shards", .type = OPT_U64, .offset = FIELD(shards), .fallback = "1", .min = 1, .max = SHARDS_MAX, .arg = "N",
     .help = "of a --plan: hosts that share the load"},
    {.name = "latency", .type = OPT_DURATION, .offset = FIELD(latency_ns), .fallback = "10s", .min = 1e6, .max = 3.6e12, .arg = "10s",
     .help = "of a --plan: mean length of a request"},
    {.name = "nat", .type = OPT_U64, .offset = FIELD(nat_addresses), .max = 100000, .arg = "N",
     .help = "of a --plan: addresses by which all shards leave their network; 0: each has its own"},
    {0},
};
/* clang-format on */

/* --- the host ------------------------------------------------------------------ */

static void say(bool is_good, const char *name, const char *text, const char *advice)
{
    printf("  %-5s %-12s %s%s%s\n", is_good ? "ok" : "WARN", name, text,
           is_good ? "" : ": ", is_good ? "" : advice);
}

/* The library and its quirks: worth knowing, no reason to warn. */
static void say_library(const struct doctor_settings *s)
{
    const char *quirks[QUIRKS_MAX];
    struct plan plan = {.net.http = (enum net_http)s->http,
                        .targets[0].base_url = "https://",
                        .timers.total_ns = NS_PER_S};
    size_t n = transport_quirks(&plan, quirks);
    struct buf line;
    char name[40];
    const char *version = transport_version();
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(version, " "), version);
    printf("  %-5s %-12s %s, HTTP/%s%s\n", "ok", "library", name, run_https[s->http],
           n > 0 ? ", known quirks:" : "");
    buf_init(&line, 8192);
    for (size_t i = 0; i < n; i++) {
        buf_puts(&line, "        - ");
        wrap_text(&line, quirks[i], 10, 10, 80);
    }
    fputs(line.data, stdout);
    buf_release(&line);
}

static unsigned check_host(const struct host *h, const struct doctor_settings *s,
                           uint64_t ports)
{
    char text[160], count[UNITS_TEXT];
    unsigned warnings = 0;
    uint64_t need = host_descriptors_needed((uint32_t)s->streams, 1);
    bool has_fds = h->nofile >= need;
    bool has_ports = s->streams * 2 <= ports;
    bool is_steady = h->governor[0] == '\0' || strcmp(h->governor, "performance") == 0;
    bool has_quota = h->cgroup_cpus > 0 && h->cgroup_cpus < h->cores;
    (void)snprintf(text, sizeof text, "%u, %s", h->cores, h->kernel);
    say(h->cores >= 2, "cores", text,
        "a server on the same core disturbs every figure");
    (void)snprintf(text, sizeof text, "%s allowed",
                   units_format_count(count, h->nofile));
    say(has_fds, "descriptors", text, "raise ulimit -n");
    (void)snprintf(text, sizeof text, "%s per destination",
                   units_format_count(count, ports));
    say(has_ports, "ports", text,
        "widen net.ipv4.ip_local_port_range, or plan several --source-address");
    say(is_steady, "governor", h->governor[0] ? h->governor : "not known",
        "set the performance governor: frequency changes show as latency");
    (void)snprintf(text, sizeof text, has_quota ? "%.2f CPUs" : "none", h->cgroup_cpus);
    say(!has_quota, "cpu quota", text, "throttling shows as server latency: lift it");
    bool is_bad[] = {h->cores < 2, !has_fds, !has_ports, !is_steady, has_quota};
    for (size_t i = 0; i < ARRAY_LEN(is_bad); i++)
        warnings += is_bad[i];
    return warnings;
}

/* --- child processes -------------------------------------------------------------- */

/* This program again, as another process. */
static int start(const char *const argv[], int out_fd, pid_t *pid, struct err *e)
{
    int rc = child_start("/proc/self/exe", argv, NULL, out_fd, pid, e);
    return rc == 0 ? 0 : err_in(e, "gust %s", argv[1]);
}

/* The built-in server's first line holds its URL. */
static int read_url(int fd, char *url, size_t size, struct err *e)
{
    char line[512];
    size_t n = 0;
    while (n + 1 < sizeof line) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 10000) <= 0 || read(fd, line + n, 1) != 1 || line[n] == '\n')
            break;
        n++;
    }
    line[n] = '\0';
    const char *at = strstr(line, "http://");
    if (at == NULL)
        return err_set(e, "the built-in server did not start: \"%s\"", line);
    (void)snprintf(url, size, "%.*s", (int)strcspn(at, " "), at);
    return 0;
}

/* --- the floor --------------------------------------------------------------------- */

#define OUTPUT_TOKENS 50

struct lab {
    char dir[64], profile[96], truth[96], out[96], url[128];
    pid_t server;
    double rate_per_s, tpot_s;
};

static int write_profile(const struct lab *l, struct err *e)
{
    FILE *f = fopen(l->profile, "we");
    if (f == NULL)
        return err_set_errno(e, errno, "cannot write %s", l->profile);
    fprintf(f,
            "{\"name\":\"floor\",\"classes\":[{\"name\":\"chat\",\"api\":\"chat\","
            "\"prompt\":100,\"output\":%d}],\"arrival\":{\"kind\":\"poisson\","
            "\"rate\":1}}\n",
            OUTPUT_TOKENS);
    return fclose(f) == 0 ? 0 : err_set_errno(e, errno, "cannot write %s", l->profile);
}

static int start_server(struct lab *l, uint64_t streams, struct err *e)
{
    char tpot[32], slots[32];
    int fds[2];
    (void)snprintf(tpot, sizeof tpot, "%.0fus", l->tpot_s * 1e6);
    (void)snprintf(slots, sizeof slots, "%llu", (unsigned long long)streams * 4 + 64);
    const char *argv[] = {
        "gust",         "mock",    "--listen",  "127.0.0.1:0", "--dialect",
        "vllm",         "--ttft",  "100ms",     "--tpot",      tpot,
        "--tpot-slope", "0us",     "--prefill", "0us",         "--slots",
        slots,          "--truth", l->truth,    NULL};
    if (pipe(fds) != 0)
        return err_set_errno(e, errno, "cannot make a pipe");
    int rc = start(argv, fds[1], &l->server, e);
    (void)close(fds[1]);
    if (rc == 0)
        rc = read_url(fds[0], l->url, sizeof l->url, e);
    (void)close(fds[0]);
    return rc;
}

static int run_load(const struct lab *l, int64_t duration_ns, struct err *e)
{
    char rate[40], duration[40];
    pid_t pid = 0;
    (void)snprintf(rate, sizeof rate, "%.3f/s", l->rate_per_s);
    (void)snprintf(duration, sizeof duration, "%lldms",
                   (long long)(duration_ns / NS_PER_MS));
    const char *argv[] = {"gust",   "run",       l->profile,    "--target",
                          l->url,   "--rate",    rate,          "--duration",
                          duration, "--records", "--no-report", "--quiet",
                          "--out",  l->out,      NULL};
    if (start(argv, STDERR_FILENO, &pid, e) < 0) /* its stdout is not our answer */
        return -1;
    int code = child_wait(pid, "gust run", e);
    if (code == EXIT_GO || code == EXIT_NO_GO || code == EXIT_INCONCLUSIVE)
        return 0;
    if (code < 0)
        return -1;
    return err_set(e, "the measuring run ended with exit code %d", code);
}

static void add_difference(void *context, const struct joined *j)
{
    struct hist *h = context;
    if (j->ttft_sent_ns < 0 || j->true_ttft_ns < 0)
        return;
    int64_t added_ns = j->ttft_sent_ns - j->true_ttft_ns;
    (void)hist_record(h, added_ns > 0 ? hist_us(added_ns) : 0, 1);
}

static int measure(struct lab *l, const struct doctor_settings *s, struct hist *h,
                   struct err *e)
{
    struct join_counts counts;
    (void)snprintf(l->dir, sizeof l->dir, "/tmp/gust-doctor-XXXXXX");
    if (mkdtemp(l->dir) == NULL)
        return err_set_errno(e, errno, "cannot make a folder in /tmp");
    (void)snprintf(l->profile, sizeof l->profile, "%s/floor.json", l->dir);
    (void)snprintf(l->truth, sizeof l->truth, "%s/truth.jsonl", l->dir);
    (void)snprintf(l->out, sizeof l->out, "%s/run", l->dir);
    l->tpot_s = 1.0 / s->events_per_s;
    l->rate_per_s = (double)s->streams / (0.1 + OUTPUT_TOKENS * l->tpot_s);
    if (write_profile(l, e) < 0)
        return -1;
    int rc = start_server(l, s->streams, e);
    if (rc == 0)
        rc = run_load(l, s->duration_ns, e);
    if (l->server > 0) {
        (void)kill(l->server, SIGTERM);
        struct err ignored = {0}; /* it was ended by us */
        (void)child_wait(l->server, "gust mock", &ignored);
    }
    return rc < 0 ? -1 : join_run(l->out, l->truth, add_difference, h, &counts, e);
}

static void remove_lab(const struct lab *l)
{
    static const char *const names[] = {"run/run.json",
                                        "run/intervals.jsonl",
                                        "run/latency.hlog",
                                        "run/events.jsonl",
                                        "run/failures.jsonl",
                                        "run/requests.csv.zst",
                                        "run",
                                        "floor.json",
                                        "truth.jsonl",
                                        ""};
    for (size_t i = 0; l->dir[0] != '\0' && i < ARRAY_LEN(names); i++) {
        char path[160];
        (void)snprintf(path, sizeof path, "%s/%s", l->dir, names[i]);
        (void)remove(path); /* what was never made cannot be removed */
    }
}

static int measure_floor(const struct host *host, const struct doctor_settings *s)
{
    struct err e = {0};
    struct lab l = {0};
    struct hist *h = hist_new();
    char p50[UNITS_TEXT], p99[UNITS_TEXT];
    int rc = measure(&l, s, h, &e);
    remove_lab(&l);
    if (rc == 0 && h->total < hist_samples_needed(50))
        rc = err_set(&e, "too few requests in %.0f s: raise --duration or --streams",
                     (double)s->duration_ns / 1e9);
    if (rc < 0) {
        hist_free(h);
        return command_fail(&e, EXIT_CANNOT_RUN);
    }
    struct floor f = {.streams = (uint32_t)s->streams,
                      .events_per_s = (double)s->streams * s->events_per_s,
                      .ttft_us_p50 = hist_percentile_us(h, 50),
                      .ttft_us_p99 = hist_percentile_us(h, 99)};
    printf("\nThis host adds %s at p50 and %s at p99 to TTFT at %llu streams "
           "(%.0f tokens/s; %llu requests).\n",
           units_format_ns(p50, f.ttft_us_p50 * NS_PER_US),
           units_format_ns(p99, f.ttft_us_p99 * NS_PER_US),
           (unsigned long long)s->streams, f.events_per_s,
           (unsigned long long)h->total);
    if (h->total < hist_samples_needed(99))
        printf("p99 of %llu requests is a hint only: it needs %llu.\n",
               (unsigned long long)h->total,
               (unsigned long long)hist_samples_needed(99));
    hist_free(h);
    if (floor_save(host, &f, &e) < 0)
        fprintf(stderr, "gust: the floor is not remembered: %s\n", e.text);
    return EXIT_GO;
}

/* The load of a plan, on hosts like this one. */
static int show_plan(const struct doctor_settings *s, const struct host *h,
                     uint64_t ports)
{
    const double latency_s = (double)s->latency_ns / 1e9;
    const struct scale_load load = {.rate_per_s = s->planned_per_s,
                                    .latency_s = latency_s,
                                    .events = s->events_per_s * latency_s,
                                    .shards = (uint32_t)s->shards,
                                    .streams = s->http == NET_HTTP_2 ? 32 : 1,
                                    .nat_addresses = (uint32_t)s->nat_addresses};
    const struct scale_host host = {
        .ports = ports,
        .descriptors = h->nofile,
        .cores = h->cgroup_cpus > 0 && h->cgroup_cpus < h->cores ? h->cgroup_cpus
                                                                 : h->cores};
    struct scale scale;
    struct buf out;
    buf_init(&out, 8192);
    scale_of(&load, &host, &scale);
    scale_write(&load, &scale, &out);
    fputs(out.data, stdout); /* judged at the end of main */
    buf_release(&out);
    return scale.fits ? EXIT_GO : EXIT_NO_GO;
}

static int doctor(const struct invocation *in)
{
    const struct doctor_settings *s = in->settings;
    struct host host;
    struct err e = {0};
    struct plan plan = {.arms = 1};
    struct run_settings network = {.http = s->http, .sources = s->sources};
    if (run_net(&network, &plan.net, &e) < 0)
        return command_fail(&e, EXIT_USAGE);
    host_read(&host);
    uint64_t ports = peers_ports(&plan, host.ports);
    if (s->planned_per_s > 0)
        return show_plan(s, &host, ports);
    printf("This host:\n");
    unsigned warnings = check_host(&host, s, ports);
    say_library(s);
    if (warnings == 0)
        printf("  nothing stands in the way of %llu streams\n",
               (unsigned long long)s->streams);
    (void)fflush(stdout); /* judged at the end of main */
    return s->is_host_only ? EXIT_GO : measure_floor(&host, s);
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "check this host, and measure what the harness itself adds",
    .usage = "[options]",
    .description =
        "Checks the limits of this host that will bite: cores, descriptors, ports, CPU "
        "governor and quota. Then measures the floor: a few seconds of load against the "
        "built-in server on this host, whose own record of what it sent when is compared "
        "with what the client measured. The difference is what this host and harness add "
        "to every TTFT; it is remembered, and later runs print it beside their figures.",
    .examples = "gust doctor\n"
                "gust doctor --streams 1000 --event-rate 50/s\n"
                "gust doctor --plan 10000/s --latency 8s --shards 16",
    .options = options,
    .settings_size = sizeof(struct doctor_settings),
    .args_min = 0,
    .args_max = 0,
    .run = doctor,
};
