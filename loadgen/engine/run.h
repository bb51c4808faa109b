/*
 * A run: workers, collector, run directory. The plan is complete (preflight has
 * been through it); what comes out is a sealed run directory.
 */
#ifndef GUST_RUN_H
#define GUST_RUN_H

#include "base/command.h"
#include "engine/host.h"
#include "engine/plan.h"
#include "engine/sntp.h"

struct run_setup {
    const struct plan *plan;
    const struct invocation *invocation;
    const struct host *host;
    const char *out_dir;   /* NULL: runs/<date>-<profile> */
    double stop_on;        /* share of failures that ends the run; 0: never */
    int64_t start_wall_ns; /* t0, by the wall clock; 0: as soon as it can be */
    const struct clock_record *clock;
    bool has_view;    /* live view, or a line per 5 s, on stderr */
    bool is_terminal; /* stderr is one */
    unsigned columns;
    int64_t floor_us_p99; /* of this host, 0 unknown */
    /* Called once a second, after the second is on disk; true ends the arrivals:
     * the question is answered. Seconds before settled_ns are final. NULL: never
     * asked. */
    bool (*is_decided)(void *context, const char *run_path, int64_t elapsed_ns,
                       int64_t settled_ns);
    void *context;
    const struct looks *looks; /* is_decided writes, the manifest tells; NULL: none */
};

struct run_result {
    char path[1024];     /* of the run directory */
    enum exit_code code; /* EXIT_GO: complete and valid; the SLOs are the
                             report's business */
    char text[1024];     /* why it ended before its time; "" else */
};

/* What the process needs before preflight and run_execute, and gives back after. */
void run_init(void);
void run_cleanup(void);

/* Runs to the end, sealed whatever happens. -1 and err when nothing could be
 * started (no thread, no directory); result->code says the rest. Call from the
 * main thread: it takes SIGINT and SIGTERM for the time of the run. */
MUST_CHECK int run_execute(const struct run_setup *setup, struct run_result *result,
                           struct err *e);

#endif
