/* Was the generator itself good enough? See validity.h. */
#include "engine/validity.h"

#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>

#define LAG_US_MAX 10000    /* p99 of wire start - due, at least allowed */
#define LAG_TTFT_SHARE 0.01 /* ... or this share of the median TTFT */
#define SENT_SHARE_MIN 0.99
#define CPU_SHARE_MAX 0.80 /* a core idle for less than 20 % is no reserve */
#define RUNQ_SHARE_MAX 0.10
#define RUNQ_SHARE_WARN 0.02
#define THROTTLED_SHARE_MAX 0.01
#define PORTS_SHARE_WARN 0.50
#define STALL_US_WARN 20000
#define CLOCK_DRIFT_WARN_NS (500 * NS_PER_MS)
#define LOOP_STAMPS_WARN 0.05 /* share of reads without a kernel stamp */

struct check {
    const char *code, *resource, *advice;
    bool is_fatal;
    bool (*is_hit)(const struct generator *g, char text[160]);
};

static bool say(char text[160], int length)
{
    (void)text;
    (void)length; /* cut on purpose */
    return true;
}

static bool lag_is_high(const struct generator *g, char text[160])
{
    double limit = LAG_TTFT_SHARE * (double)g->ttft_us_p50;
    if (limit < LAG_US_MAX)
        limit = LAG_US_MAX;
    if ((double)g->lag_us_p99 <= limit)
        return false;
    char lag[UNITS_TEXT], most[UNITS_TEXT];
    return say(text,
               snprintf(text, 160, "requests left late: lag p99 is %s, allowed is %s",
                        units_format_ns(lag, g->lag_us_p99 * NS_PER_US),
                        units_format_ns(most, (int64_t)(limit * 1e3))));
}

static bool load_is_shed(const struct generator *g, char text[160])
{
    return g->shed > 0 &&
           say(text, snprintf(text, 160,
                              "%" PRIu64 " of %" PRIu64
                              " requests were not sent: the in-flight cap was reached",
                              g->shed, g->scheduled));
}

static bool sent_is_low(const struct generator *g, char text[160])
{
    return !g->is_paced && g->shed == 0 &&
           (double)g->sent < SENT_SHARE_MIN * (double)g->scheduled &&
           say(text,
               snprintf(text, 160, "only %" PRIu64 " of %" PRIu64 " requests were sent",
                        g->sent, g->scheduled));
}

/* --respect-limits kept back what was asked for. */
static bool limit_is_low(const struct generator *g, char text[160])
{
    return g->is_paced && g->shed == 0 &&
           (double)g->sent < SENT_SHARE_MIN * (double)g->scheduled &&
           say(text, snprintf(text, 160,
                              "only %" PRIu64 " of %" PRIu64
                              " requests were sent: the server's rate limit allows no "
                              "more",
                              g->sent, g->scheduled));
}

static bool samples_are_lost(const struct generator *g, char text[160])
{
    return g->samples_lost > 0 &&
           say(text, snprintf(text, 160,
                              "%" PRIu64 " results were lost before they were counted",
                              g->samples_lost));
}

static bool host_is_exhausted(const struct generator *g, char text[160])
{
    return g->client_errors > 0 &&
           say(text,
               snprintf(text, 160,
                        "%" PRIu64 " requests failed because this machine ran out of "
                        "descriptors, ports or memory",
                        g->client_errors));
}

static bool cpu_is_short(const struct generator *g, char text[160])
{
    return !g->is_spinning && g->cpu_share_max > CPU_SHARE_MAX &&
           say(text,
               snprintf(
                   text, 160,
                   "the busiest worker used %.0f %% of its core, allowed is %.0f %%",
                   100 * g->cpu_share_max, 100 * CPU_SHARE_MAX));
}

static bool runq_is_long(const struct generator *g, char text[160])
{
    return g->runq_share_max > RUNQ_SHARE_MAX &&
           say(text,
               snprintf(text, 160,
                        "a worker waited for a CPU for %.1f %% of the time, allowed is "
                        "%.0f %%",
                        100 * g->runq_share_max, 100 * RUNQ_SHARE_MAX));
}

static bool runq_is_noticeable(const struct generator *g, char text[160])
{
    return !(g->runq_share_max > RUNQ_SHARE_MAX) &&
           g->runq_share_max > RUNQ_SHARE_WARN &&
           say(text,
               snprintf(text, 160, "a worker waited for a CPU for %.1f %% of the time",
                        100 * g->runq_share_max));
}

static bool is_throttled(const struct generator *g, char text[160])
{
    return g->throttled_share > THROTTLED_SHARE_MAX &&
           say(text,
               snprintf(
                   text, 160,
                   "the control group kept gust off the CPU for %.1f %% of the time",
                   100 * g->throttled_share));
}

static bool ports_run_short(const struct generator *g, char text[160])
{
    return g->ports > 0 && g->connections_max > PORTS_SHARE_WARN * (double)g->ports &&
           say(text, snprintf(text, 160,
                              "%" PRIu32 " connections of %" PRIu32 " ephemeral ports",
                              g->connections_max, g->ports));
}

static bool loop_stalls(const struct generator *g, char text[160])
{
    char stall[UNITS_TEXT];
    return g->stall_us_max > STALL_US_WARN &&
           say(text,
               snprintf(text, 160, "the event loop did not look at its sockets for %s",
                        units_format_ns(stall, g->stall_us_max * NS_PER_US)));
}

static bool stamps_are_coarse(const struct generator *g, char text[160])
{
    double all = (double)(g->stamps_kernel + g->stamps_loop);
    return (double)g->stamps_loop > LOOP_STAMPS_WARN * all &&
           say(text,
               snprintf(text, 160,
                        "%.1f %% of the reads carry the loop's time, not the kernel's",
                        100 * (double)g->stamps_loop / all));
}

static bool clock_was_set(const struct generator *g, char text[160])
{
    char drift[UNITS_TEXT];
    int64_t drift_ns = g->clock_drift_ns;
    bool is_back = drift_ns < 0;
    drift_ns = is_back ? -drift_ns : drift_ns;
    return drift_ns > CLOCK_DRIFT_WARN_NS &&
           say(text,
               snprintf(text, 160, "the wall clock went %s by %s during the run",
                        is_back ? "back" : "ahead", units_format_ns(drift, drift_ns)));
}

/* Fatal rows first: reasons are printed in this order. */
static const struct check checks[] = {
    {"samples_lost", "memory", "lower the rate, or use more --threads", true,
     samples_are_lost},
    {"client_resource", "descriptors or ports",
     "raise ulimit -n, widen ip_local_port_range, or use several --source-address",
     true, host_is_exhausted},
    {"shed", "in-flight cap", "raise --max-in-flight, or lower the rate", true,
     load_is_shed},
    {"not_sent", "generator", "see events.jsonl for why", true, sent_is_low},
    {"rate_limit", "rate limit", "lower the rate, or ask for a higher limit", true,
     limit_is_low},
    {"lag", "cpu", "use more --threads, a quieter machine, or a lower rate", true,
     lag_is_high},
    {"cpu", "cpu", "use more --threads, or spread the load over machines", true,
     cpu_is_short},
    {"runq", "cpu", "other work shares these cores: move it away, or pin gust", true,
     runq_is_long},
    {"throttled", "cpu quota", "raise the CPU limit of the container", true,
     is_throttled},
    {"runq_warning", "cpu", "other work shares these cores", false, runq_is_noticeable},
    {"ports", "ports", "use several --source-address before ports run out", false,
     ports_run_short},
    {"stall", "cpu", "received bytes keep the kernel's time; sends may have been late",
     false, loop_stalls},
    {"stamps", "kernel", "TTFT and gaps include the generator's own queue", false,
     stamps_are_coarse},
    {"clock", "clock",
     "times of the second in which it was set are wrong: repeat the run", false,
     clock_was_set},
};

_Static_assert(ARRAY_LEN(checks) <= OBJECTIONS_MAX, "raise OBJECTIONS_MAX");

size_t validity_objections(const struct generator *g,
                           struct objection out[OBJECTIONS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
        const struct check *c = &checks[i];
        struct objection *r = &out[n];
        if (!c->is_hit(g, r->text))
            continue;
        r->code = c->code;
        r->resource = c->resource;
        r->advice = c->advice;
        r->is_fatal = c->is_fatal;
        n++;
    }
    return n;
}

bool validity_holds(const struct objection *objections, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (objections[i].is_fatal)
            return false;
    return true;
}
