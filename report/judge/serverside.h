/*
 * What the server said during a run, beside what the client saw: published rate
 * limits, and its own metrics.
 *
 * Gauges are over the answers inside the measured window. Counters are differences
 * from the answer nearest to its start to the one nearest to its end: a second apart
 * from it at most, where the server answers. A counter that goes back is a server that
 * was restarted: then its differences mean nothing, and are NAN.
 */
#ifndef GUST_SERVERSIDE_H
#define GUST_SERVERSIDE_H

#include "base/json.h"
#include "measure/server_metric.h"

#include <stdint.h>

#define BUDGETS_SHOWN 8
#define SOURCES_SHOWN 8

/* NAN where not told. */
struct budget_summary {
    char of[16]; /* "requests" */
    double window_s, limit, remaining_min, remaining;
};

struct gauge_summary {
    uint64_t n;
    double sum, max;
};

/* One URL. */
struct server_source {
    char *name;
    char family[24]; /* "": none was known */
    uint64_t answers;
    uint32_t known; /* bit of each metric that was there */
    bool is_restarted;
    struct gauge_summary gauges[SERVER_METRICS];
    double first[SERVER_METRICS], last[SERVER_METRICS]; /* counters */
    double first_s, last_s;                             /* of the run */
};

/* Zeroed is empty and valid. */
struct serverside {
    struct budget_summary budgets[BUDGETS_SHOWN];
    size_t budget_count;
    struct server_source sources[SOURCES_SHOWN];
    size_t source_count;
};

void serverside_release(struct serverside *v);

/* Places, made when they are new; NULL when there are too many. */
struct budget_summary *serverside_budget(struct serverside *v, const json_t *budget);
struct server_source *serverside_source(struct serverside *v, const char *name);

/* One answer, in order of time, of a run measured from start_s to end_s. */
void server_source_take(struct server_source *source, const json_t *line,
                        double start_s, double end_s);

/* Means and differences; NAN where they are not known. */
double server_source_mean(const struct server_source *s, enum server_metric m);
double server_source_max(const struct server_source *s, enum server_metric m);
double server_source_since(const struct server_source *s, enum server_metric m);

/* Where the time to the first token went, s; NAN where it is not known. */
struct time_split {
    const struct server_source *source; /* NULL: nobody says anything */
    double client;                      /* mean from the wire start */
    double server;                      /* mean of its own TTFT */
    double queue;                       /* in the server's queue */
    double prefill;                     /* from there to the first token */
    double rest; /* client - queue - prefill: network, front end, client */
    double client_count, server_count;
};

/* client_s, client_count: mean and number of the client's. source: of the target. */
struct time_split time_split_of(const struct server_source *source, double client_s,
                                double client_count);

#endif
