/*
 * How much a deployment takes within its objectives: what `gust capacity` found, as
 * data. The search fills it, capacity.json holds it (capacity.schema.json), and the
 * plan, the page and the terminal read it.
 *
 * Load is arrivals per second (axis rate) or users who each wait for their reply
 * (axis users). A number that is not known is NAN here and null in the file.
 * Latencies are seconds; INFINITY (null in the file, with the trial's failures beside
 * it) where the percentile falls among failed requests.
 */
#ifndef GUST_CAPACITY_H
#define GUST_CAPACITY_H

#include "base/err.h"
#include "workload/profile.h"

#include <stdbool.h>

#define CAPACITY_SCHEMA 1
#define CAPACITY_FILE "capacity.json"
#define CAPACITY_POINTS_MAX 1000
#define CAPACITY_REASON 200 /* bytes, with the NUL */

enum capacity_axis { CAPACITY_RATE, CAPACITY_USERS, CAPACITY_AXES };

/* What the trials are for, in the order of a search. */
enum capacity_phase {
    CAPACITY_UNLOADED, /* one user at a time: can the objectives be met at all? */
    CAPACITY_BRACKET,  /* up or down by a factor until one holds and one does not */
    CAPACITY_BISECT,   /* between the two */
    CAPACITY_RECHECK,  /* the upper end once more, with another seed */
    CAPACITY_CONFIRM,  /* the candidate, with other seeds */
    CAPACITY_SOAK,     /* the confirmed one, for longer */
    CAPACITY_OVERLOAD, /* above it, and back below: does it recover? */
    CAPACITY_PHASES
};

enum capacity_state {
    CAPACITY_PASS,    /* every objective is met, at the confidence of a trial */
    CAPACITY_FAIL,    /* one is missed, or the queue grows without end */
    CAPACITY_UNSURE,  /* too close to say in the time of a trial: counts as missed */
    CAPACITY_INVALID, /* the generator was the limit: counts as nothing */
    CAPACITY_STATES
};

enum capacity_verdict {
    CAPACITY_FOUND,      /* feasible_max is confirmed, and more was seen to fail */
    CAPACITY_AT_LEAST,   /* all of --max-load is confirmed: nothing above was tried */
    CAPACITY_NEVER,      /* the objectives are missed at the least load */
    CAPACITY_GENERATOR,  /* the generator could not send more */
    CAPACITY_INCOMPLETE, /* ended before: feasible_max is not confirmed */
    CAPACITY_VERDICTS
};

extern const char *const capacity_axes[CAPACITY_AXES];
extern const char *const capacity_phases[CAPACITY_PHASES];
extern const char *const capacity_states[CAPACITY_STATES];
extern const char *const capacity_verdicts[CAPACITY_VERDICTS];

struct capacity_latency {
    double p50, p95, p99;
};

/* One objective in one trial: within of n requests. For a latency at a percentile
 * those within its limit, for success and goodput those that are. */
struct capacity_count {
    uint64_t within, n;
    double effective; /* independent requests that they are worth, 0..n */
};

/* One trial. Rates are per second of its measured window of `seconds`. */
struct capacity_point {
    double load; /* asked for: arrivals per second, or users */
    enum capacity_phase phase;
    enum capacity_state state;
    char trial[32]; /* run directory, below that of the search: "trials/007" */
    char reason[CAPACITY_REASON]; /* one line: why it is in that state */
    uint64_t seed;
    double seconds;
    uint64_t requests, good; /* scheduled, and within every limit */
    double rate;             /* completed requests per second */
    struct capacity_latency ttft_s, e2e_s, tpot_s;
    double goodput; /* good requests per second */
    double success; /* share of scheduled, 0..1 */
    double output_tokens_per_s, prompt_tokens_mean, output_tokens_mean;
    double in_flight_mean, littles_residual;
    double server_running, server_waiting; /* means of the server's own gauges */
    double generator_headroom; /* idle share of the busiest worker's core, 0..1 */
    double spent;              /* money; NAN where nothing is priced */
    double took_s; /* of the search: warm-up, drain and cool-down included */
    struct capacity_count slos[PROFILE_SLOS_MAX]; /* in the order of the objectives */
};

/* Universal scalability law over concurrency N: X(N) = lambda N / (1 + sigma (N - 1)
 * + kappa N (N - 1)). Informative only. */
struct capacity_usl {
    double lambda, sigma, kappa;
    double peak; /* concurrency of the most throughput; INFINITY: none */
};

struct capacity {
    char *profile, *target, *model, *started; /* owned; started in UTC */
    enum capacity_axis axis;
    char *slos[PROFILE_SLOS_MAX]; /* owned, "ttft p95 <= 2s" */
    bool is_binding[PROFILE_SLOS_MAX];
    size_t slo_count;
    enum capacity_verdict verdict;
    char end[CAPACITY_REASON]; /* why the search ended, one line */
    double feasible_max;       /* NAN: none was found */
    double infeasible_min;     /* least load above it that failed; NAN: none */
    double confidence;         /* that feasible_max meets the objectives, 0..1 */
    double knee;               /* recommended operating point: no capacity */
    double replicas;           /* that share the load; NAN: not told */
    double headroom;           /* feasible_max with one replica gone */
    struct capacity_usl usl;   /* NAN: fewer than 6 points */
    double recovery_s; /* back within the objectives after an overload; INFINITY: not */
    struct capacity_point *points; /* owned, in the order of the trials */
    size_t point_count;
    double elapsed_s;
    double spent;
};

/* Empty, numbers NAN. */
void capacity_init(struct capacity *c);
void capacity_release(struct capacity *c);
/* Appends a copy; false: CAPACITY_POINTS_MAX are there. */
MUST_CHECK bool capacity_add(struct capacity *c, const struct capacity_point *p);

/* One point as a JSON object on one line, without its newline: the journal's. */
void capacity_point_write(const struct capacity_point *p, size_t slo_count,
                          struct buf *out);
/* Reads it back: the document of a line. The error names the member. */
MUST_CHECK int capacity_point_read(const char *text, size_t length,
                                   struct capacity_point *out, struct err *e);

/* The whole as a document. */
void capacity_write(const struct capacity *c, struct buf *out);

/* Reads a document that capacity_write made; release it. The error names the member.
 */
MUST_CHECK int capacity_parse(const char *text, size_t length, struct capacity *out,
                              struct err *e);

/* The same of a file; the error names it, too. */
MUST_CHECK int capacity_read(const char *path, struct capacity *out, struct err *e);

#endif
