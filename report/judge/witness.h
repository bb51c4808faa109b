/*
 * A witness: one run, heard about one arm. What the judge knows of it: who it is,
 * how healthy its generator was, a ledger row per second of scheduled start, and
 * every measured value as it was logged.
 *
 * Values stay in the order they came, so that a run can be judged while it lasts:
 * a judgement copies what it needs and changes nothing (pairing.h).
 *
 *     offered = requests + quota + own + unsent
 *     requests = ok + failed[FAILURES_ALL]
 */
#ifndef GUST_WITNESS_H
#define GUST_WITNESS_H

#include "measure/hist.h"
#include "measure/metric.h"
#include "measure/runread.h"
#include "wire/outcome.h"
#include "workload/profile.h"

#define WITNESS_SECONDS_MAX (1u << 20) /* 12 days */
#define WITNESS_CLASSES_MAX 255

/* Failures that are counted apart. The first holds all of them. */
enum failures {
    FAILURES_ALL,
    FAILURES_SERVER, /* 5xx and their like: the server says it cannot */
    FAILURES_TIMEOUT,
    FAILURES_FIRM, /* that no client makes by sending or reading late */
    FAILURES_SETS
};

/* One second of scheduled start. */
struct ledger_row {
    uint32_t requests; /* the server's to answer: sent, shed or held back */
    uint32_t ok, good;
    uint32_t failed[FAILURES_SETS];
    uint32_t quota;  /* refused for a rate limit: says nothing of the server */
    uint32_t own;    /* this machine's fault */
    uint32_t unsent; /* the run was over, or its budget spent */
    uint32_t lag_us_max;
    bool is_measured;
    double prompt_tokens, cached_tokens, output_tokens, decode_s; /* of the ok */
    double cost; /* of all, by the run's own prices; 0 where it has none */
};

/* A value of one request, or several equal ones. */
struct observation {
    uint32_t second;
    uint16_t slot; /* of hist.h */
    uint8_t stratum, count;
};

struct observations {
    struct observation *items;
    size_t count, cap;
};

/* Requests without a value: larger than every value of the metrics they have. */
struct loss {
    uint32_t second, count;
    uint8_t stratum, class_index;
};

struct witness_class {
    char *name;
    uint64_t ok;
    uint64_t values[METRIC_COUNT]; /* measured ones */
};

/* From the manifest; texts are never NULL, numbers NAN when they are not known. */
struct witness_facts {
    char *tool, *profile_name, *profile_digest, *schedule_digest, *seed;
    char *url, *model, *dialect, *load_kind, *split, *stop_text, *kernel;
    char *run_id, *client_policy; /* of the run; the name of its client's policy */
    enum run_status status;
    double rate_per_s, users, cores;
    double connect_s, ttft_s, stall_s, total_s; /* timers */
    double look_planned_s, look_decided_s,
        ends; /* of struct looks; not a number: none */
    double planned_s, elapsed_s, window_start_s, window_end_s;
    double lag_us_p99, core_idle_min, clock_drift_s;
    double started_wall_s;            /* since 1970 */
    double scheduled, sent, attempts; /* of the arm, whole run, as it was sealed */
    double counted_tokens;            /* requests whose tokens are counted events */
    bool is_generator_valid;
    char *generator_reason; /* code of the first fatal one */
    struct slo *slos;
    size_t slo_count;
};

struct witness {
    char *path, *arm;
    struct witness_facts facts;
    struct ledger_row *rows; /* by second since t0 */
    size_t row_count, row_cap;
    struct observations values[METRIC_COUNT];
    struct loss *losses;
    size_t loss_count, loss_cap;
    struct witness_class *classes;
    size_t class_count;
    uint64_t outcomes[OUTCOME_COUNT]; /* of the measured seconds */
    uint64_t logged; /* requests of the slices, whole run: what was scheduled */
    uint64_t samples_lost;
    unsigned torn_lines;
    bool is_dense; /* the manifest told which seconds are measured */
};

struct witness *witness_new(const char *path, const char *arm);
void witness_free(struct witness *w); /* NULL is fine */

/* The row of a second below WITNESS_SECONDS_MAX; rows up to it are made. */
struct ledger_row *witness_row(struct witness *w, size_t second);

/* The index of a class, made when it is new; WITNESS_CLASSES_MAX: too many. */
size_t witness_class(struct witness *w, const char *name, size_t length);

/* Values of one metric, class, second and stratum; slots and counts as logged. */
void witness_observe(struct witness *w, enum metric metric, size_t class_index,
                     size_t second, unsigned stratum, const struct hist_bin *bins,
                     size_t n);

/* count requests of that outcome in a measured second. */
void witness_count(struct witness *w, enum outcome outcome, size_t class_index,
                   size_t second, unsigned stratum, uint32_t count);

/* Does a failure of this class count as infinite in this metric? */
bool witness_loses(const struct witness *w, size_t class_index, enum metric metric);

/* One or several runs of one arm. */
struct testimony {
    struct witness **runs;
    size_t count;
};

/* Takes the witness. */
void testimony_add(struct testimony *t, struct witness *take);
/* Seconds of all runs. */
size_t testimony_seconds(const struct testimony *t);
/* No run may speak twice, for one side or both: it would look surer than it is. Runs
 * are known by their run_id and arm, and by their path. */
MUST_CHECK int testimony_distinct(const struct testimony *a, const struct testimony *b,
                                  struct err *e);
/* Frees the witnesses too. */
void testimony_release(struct testimony *t);

#endif
