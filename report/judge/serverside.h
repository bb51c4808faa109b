/*
 * What the server said during a run, beside what the client saw: published rate
 * limits, and its own metrics.
 *
 * Gauges are over the answers inside the measured window. Counters are differences
 * from the answer nearest to its start to the one nearest to its end: a second apart
 * from it at most, where the server answers. A counter that goes back is a server that
 * was restarted: then its differences mean nothing, and are NAN.
 *
 * A server counts a request when it is over, whenever it was due. So where its counters
 * stand beside the client's TTFT, the client's is that of the requests which ended
 * between the same two answers.
 */
#ifndef GUST_SERVERSIDE_H
#define GUST_SERVERSIDE_H

#include "base/json.h"
#include "measure/server_metric.h"

#include <stdint.h>

#define BUDGETS_SHOWN 8
#define SOURCES_SHOWN 16 /* as many as a run asks */

/* NAN where not told. */
struct budget_summary {
    char of[16]; /* "requests" */
    double window_s, limit, remaining_min, remaining;
};

struct gauge_summary {
    uint64_t n;
    double sum, max;
};

/* TTFT from wire start of the client's requests that ended, added up. */
struct ttft_sums {
    double s, n;
};

#define CLIENT_EDGES 8

/* The client's sums so far, and as they stood when each of the last seconds began. */
struct client_sums {
    struct ttft_sums all;
    struct {
        double second;
        struct ttft_sums before;
    } edges[CLIENT_EDGES]; /* by second % CLIENT_EDGES */
};

/* One URL. */
struct server_source {
    char *name;
    char family[24]; /* "": none was known */
    uint64_t answers;
    uint32_t known; /* bit of each metric that was there */
    bool is_restarted;
    uint64_t failed;    /* askings that it did not answer, by the manifest ... */
    double failed_at_s; /* ... the first of them, s of the run; NAN: none */
    double silent_at_s; /* since when it never answered again; NAN: it did */
    char why[128];      /* the last failure; "": none */
    struct gauge_summary gauges[SERVER_METRICS];
    double first[SERVER_METRICS], last[SERVER_METRICS]; /* counters */
    double lookups, hits;   /* of the prefix cache, as last answered; NAN: never */
    double first_s, last_s; /* of the run */
    struct ttft_sums client_first, client_last; /* when these were asked */
};

/* Zeroed is empty and valid. */
struct serverside {
    struct budget_summary budgets[BUDGETS_SHOWN];
    size_t budget_count;
    struct server_source sources[SOURCES_SHOWN];
    size_t source_count;
    struct client_sums client;
};

void serverside_release(struct serverside *v);

/* Places, made when they are new; NULL when there are too many. */
struct budget_summary *serverside_budget(struct serverside *v, const json_t *budget);
struct server_source *serverside_source(struct serverside *v, const char *name);

/* What the manifest says of one source: how often it did not answer. */
void serverside_asked(struct serverside *v, const json_t *row);

/* What ended in the second that begins at t_s, in order of time. */
void client_sums_add(struct client_sums *c, double t_s, struct ttft_sums ended);
/* The sums of all that ended before the second of t_s, one of the last few. */
struct ttft_sums client_sums_at(const struct client_sums *c, double t_s);

/* One answer, in order of time, of a run measured from start_s to end_s; client: what
 * had ended when it was asked for. */
void server_source_take(struct server_source *source, const json_t *line,
                        double start_s, double end_s, struct ttft_sums client);

/* Share of the looked up tokens that the prefix cache had: as the server says, or
 * since the last answer; NAN where it is not known. Once for each answer. */
double server_source_hits(struct server_source *source, const json_t *line);

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
    double rest;  /* client - queue - prefill: network, front end, client */
    double doubt; /* how far rest may be off: not all requests are in both means */
    double client_count, server_count;
};

/* The client's TTFT from wire start over the measured window: mean, standard
 * deviation, number. */
struct ttft_window {
    double mean_s, deviation_s, n;
};

/* source: of the target. The client's mean is that of what ended between the source's
 * first and last answer; in a run directory that does not know it, the window's. */
struct time_split time_split_of(const struct server_source *source,
                                struct ttft_window window);

/* Is the rest larger than its doubt? */
bool time_split_is_resolved(const struct time_split *t);

#endif
