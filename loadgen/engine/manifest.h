/*
 * run.json: what a run was, for whoever judges it later. Written at the start,
 * every minute and at the end; see measure/rundir.h for the files beside it.
 * Secrets never: header values and user info in URLs are masked.
 */
#ifndef GUST_MANIFEST_H
#define GUST_MANIFEST_H

#include "base/command.h"
#include "engine/dial.h"
#include "engine/host.h"
#include "engine/plan.h"
#include "engine/scrape.h"
#include "engine/sntp.h"
#include "engine/validity.h"
#include "measure/fold.h"

/* Everything that goes in; all borrowed. */
struct manifest {
    const struct plan *plan;
    const char
        *models[PLAN_ARMS_MAX]; /* behind the names at the end; NULL: not asked */
    const struct invocation *invocation; /* options and their origins */
    const char *status;                  /* "running", "complete", ... */
    int exit_code;
    const char *stop_reason; /* "duration", "signal", "guard", "budget", ... */
    const char *stop_text;
    const struct looks *looks; /* NULL: none */
    int64_t t0_wall_ns, t0_ns;
    int64_t elapsed_ns; /* of the arrivals */
    int64_t planned_ns; /* the same as it was meant; less is incomplete */
    int64_t window_start_ns, window_end_ns, window_ns; /* measured seconds covered */
    uint64_t digest; /* of the whole schedule; 0 before the end */
    uint64_t head;   /* of its first arrivals (schedule_head) */
    const struct host *host;
    const struct clock_record *clock;  /* NULL: not known */
    const struct dial_counts *dialled; /* NULL before the end */
    const struct fold *fold;           /* NULL before the start */
    struct scraper *scraper;           /* NULL: none */
    const struct generator *generator;
    const struct client_counts *client; /* under a client policy; else zero */
    const struct objection *objections;
    size_t objection_count;
    int64_t floor_us_p99; /* of this host, 0 unknown */
};

/* Fills in the measured time of the phases before end_ns. */
void manifest_window(const struct plan *plan, int64_t end_ns, struct manifest *m);

void manifest_write(const struct manifest *m, struct buf *out);

#endif
