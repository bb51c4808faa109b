/*
 * What one run says: the model that every renderer reads and none changes.
 *
 * It is filled in one pass over the run directory (gather.h), then judged
 * (finding.h). Memory is bounded by classes, metrics and TIMELINE_POINTS.
 *
 * Three sets of counts are kept apart on purpose:
 *   whole    the whole run: the sealed manifest's totals (of an unsealed run: the
 *            logs' sums); the accounting identity is checked on these
 *   logged   the same, added up from the logs; must equal `whole`
 *   window   requests due inside the measured window: latency, success, goodput
 * and `activity` is what happened during the window's seconds: rates.
 */
#ifndef GUST_SUMMARY_H
#define GUST_SUMMARY_H

#include "judge/facts.h"
#include "judge/latency.h"
#include "judge/resilience.h"
#include "judge/serverside.h"
#include "judge/timeline.h"
#include "measure/metric.h"
#include "measure/runread.h"
#include "measure/totals.h"
#include "workload/profile.h"

#define SUMMARY_FAILURES_MAX 24 /* shown of failures.jsonl ... */
#define SUMMARY_FAILURES_EACH 3 /* ... and per class of error */
#define SUMMARY_EVENTS_MAX 100

struct class_summary {
    char *name;
    bool is_embedding, is_moderation; /* by the profile in the manifest */
    struct totals window;
    struct latency latency[METRIC_COUNT]; /* headline metrics only, measured */
    uint64_t values[METRIC_COUNT];        /* measured values, every metric */
};

/* Requests of one half octave of asked prompt length, in the window. */
struct stratum_summary {
    uint64_t sent, ok;
    uint64_t prompt_asked, output_asked;   /* tokens, of succeeded ones */
    uint64_t prompt_tokens, output_tokens; /* the same as reported */
};

struct phase_summary {
    char *name, *kind;
    double start_s, duration_s;
    bool is_measured;
};

struct event_summary {
    double at_s;
    char *kind, *text;
};

struct failure_summary {
    double due_s, took_s;
    uint64_t number;
    unsigned http, curl;
    char *class_name, *outcome;
    char *provider_code, *correlation_id, *snippet;
};

/* Why a run is not to be trusted, or what about it is odd. */
struct reason {
    char *code, *text, *advice;
};

struct reasons {
    struct reason *items;
    size_t count;
};

/* The generator's own health, whole run; -1 where the manifest does not say. */
struct health_summary {
    bool is_known, is_valid;
    double lag_p50_us, lag_p99_us, lag_max_us, stall_max_us;
    double stamps_kernel, stamps_loop;
    double workers, core_idle_min, runq_share_max, throttled_share;
    double in_flight_max, connections_max;
    double floor_ttft_p99_us;
};

enum slo_verdict {
    SLO_MET,
    SLO_MISSED,
    SLO_NO_DATA, /* too few observations to say */
};

struct slo_result {
    char *text; /* "ttft p95 <= 2s" */
    struct slo slo;
    enum slo_verdict verdict;
    struct quantile quantile; /* SLO_LATENCY */
    double share;             /* within the limit, or succeeded, or good */
    uint64_t n, needed;
};

enum finding_state {
    FINDING_MET,          /* valid, every SLO met */
    FINDING_VALID,        /* valid, no SLO asked for */
    FINDING_COLLAPSED,    /* the outage was over, and the system stayed down */
    FINDING_MISSED,       /* an SLO was missed */
    FINDING_INCONCLUSIVE, /* too little data to say */
    FINDING_INCOMPLETE,   /* the run ended early, or has not ended */
    FINDING_INVALID,      /* the generator was the limit, or the books do not add up */
};

struct summary {
    struct runread *run; /* owned; the strings below may point into it */

    char *path, *name; /* of the directory, and its last part */
    const char *tool, *arm;
    const char *profile_name, *profile_title, *profile_digest;
    const char *url, *dialect, *dialect_why, *model;
    const char *started, *seed, *schedule_digest, *load_kind;
    const char *currency;        /* of the prices, three letters; "" without any */
    double budget, budget_per_h; /* whole units; NAN: none */
    double spent_per_h_max;      /* over a minute, all arms; NAN: not known */
    const char *stop_reason, *stop_text;
    enum run_status status;
    int run_exit_code;
    size_t arm_count;
    char *arm_names; /* "baseline, canary" */
    char *command_line;
    double started_wall_s;
    double rate_per_s; /* planned; NAN in closed loops */
    double users;      /* NAN in open loops */
    double planned_s, elapsed_s;
    double window_start_s, window_end_s, window_s;
    uint64_t shard_index, shard_count;
    int64_t ttft_limit_us, total_limit_us; /* own timers; 0: none or unknown */
    struct facts options, host, timers, network, quirks;

    struct totals whole, logged, window;
    struct activity activity;          /* of the measured seconds */
    struct activity activity_whole;    /* of all seconds */
    uint64_t log_values[METRIC_COUNT]; /* values in latency.hlog, whole run */
    uint64_t samples_lost;
    double in_flight_mean; /* of the measured seconds; NAN: unknown */
    struct latency latency[METRIC_COUNT];
    struct class_summary *classes;
    size_t class_count;
    struct stratum_summary strata[STRATUM_COUNT];
    struct timeline timeline;
    struct serverside server;
    struct phase_summary *phases;
    size_t phase_count;
    struct event_summary *events;
    size_t event_count;
    struct failure_summary *failures;
    size_t failure_count;
    struct health_summary health;

    struct resilience resilience; /* of the client's policy */

    struct slo_result *slos;
    size_t slo_count;
    struct reasons problems; /* each of them forbids "met" */
    struct reasons notes;    /* worth knowing */
    enum finding_state state;
    char *sentence; /* what was found, one line */
};

/* Reads and judges a run directory. arm NULL: the run's first. NULL on failure. */
struct summary *summary_read(const char *run_path, const char *arm, struct err *e);
void summary_free(struct summary *s);

/* The class of that name, made when it is new. */
struct class_summary *summary_class(struct summary *s, const char *name, size_t length);

/* Copies its texts; advice may be NULL. */
void reasons_add(struct reasons *r, const char *code, const char *text,
                 const char *advice);

/* The outcomes other than ok that happened, most frequent first; how many. */
size_t summary_errors(const struct totals *t, enum outcome errors[OUTCOME_COUNT]);

/* Derived numbers; NAN where they are not defined. */
double summary_success_share(const struct summary *s); /* succeeded / scheduled */
double summary_good_share(const struct summary *s);    /* good / scheduled */
double summary_per_s(const struct summary *s, uint64_t count); /* per window second */
/* Where the mean time to the first token went, as the target's metrics say. */
struct time_split summary_time_split(const struct summary *s);
/* How the first requests of the run fared beside those of the measured window: a cold
 * server, cache or connection. Medians of TTFT, s; NAN where there are too few. */
struct cold_start {
    uint64_t requests; /* the first ones */
    double until_s;    /* due before */
    double first_s, window_s;
};
struct cold_start summary_cold_start(const struct summary *s);

/* Is the source at the target's address, or the only one that can be? */
bool summary_is_target(const struct summary *s, const char *source);
/* Mean in flight that Little's law expects: completions per second times mean time
 * from wire start, failures included. */
double summary_little_in_flight(const struct summary *s);
/* (observed - expected) / observed. */
double summary_little_residual(const struct summary *s);

#endif
