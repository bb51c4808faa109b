/*
 * The policy: which numbers gate, by how much each may worsen, how sure a verdict
 * must be, and what makes a comparison invalid. All thresholds of the judge stand
 * here, with a built-in default; a file in JSON (policy.schema.json) changes them.
 */
#ifndef GUST_POLICY_H
#define GUST_POLICY_H

#include "base/jout.h"
#include "judge/measure.h"

#define POLICY_SCHEMA 1
#define POLICY_GATES_MAX 24
#define POLICY_SLOS_MAX 16
#define GATE_NAME 32

/* One number that is compared. measure NULL: a quantile of a latency. */
struct gate {
    char name[GATE_NAME]; /* "ttft_p95", "success" */
    const struct measure *measure;
    enum metric metric;
    double p;          /* of the quantile, 0 < p < 1 */
    double margin;     /* tolerated: relative, or the difference of shares */
    double margin_few; /* instead, with fewer than `few` requests in an arm */
    double floor_us;   /* tolerated at least, absolute; latencies only */
    double harm;       /* a NO-GO also needs this difference; shares only */
    uint64_t few;
    uint64_t requests_min; /* per arm, to gate at all */
    bool is_gating;        /* else it is only shown */
};

/* What proves a NO-GO, beside "worse than the baseline" being proven. */
enum nogo_rule {
    NOGO_BEYOND_MARGIN, /* the estimate lies beyond the margin */
    NOGO_PROVEN_MARGIN, /* "worse by the margin" is proven itself */
};

extern const char *const nogo_names[3]; /* NULL-terminated */

/* When not to believe a comparison. */
struct policy_limits {
    double seconds_min;       /* usable, for a GO and for latency gates */
    double exceedances_min;   /* expected beyond a quantile, per arm */
    double lag_ms;            /* p99 of the generator's lag */
    double late_ms;           /* a second with more lag is left out */
    double late_share;        /* of seconds left out */
    double core_idle_min;     /* of the busiest generator core */
    double unequal_load;      /* relative, beyond chance */
    double missing_share;     /* of seconds without requests */
    double gap_s;             /* longest hole */
    double quota_share;       /* of requests refused for a rate limit */
    double own_share;         /* of requests this machine failed to send */
    double baseline_failures; /* share of failed requests, unless an SLO says */
    double mix;               /* share of prompts of another length */
    double clock_drift_s;
    double retry_excess;   /* attempts a request beyond the baseline's, and chance */
    double baseline_age_h; /* of stored runs, when the canary ran */
    double unstable_alpha; /* baseline halves, two-sided */
    double extension;      /* of the run's length: more is "not resolvable" */
};

struct policy {
    char *name;
    double alpha_go, alpha_nogo;
    double tau; /* run-to-run SD of log quantiles of stored runs, uncalibrated */
    enum nogo_rule nogo;
    struct gate gates[POLICY_GATES_MAX];
    size_t gate_count;
    bool has_run_slos;  /* the canary run's own SLOs guard, too */
    bool is_slo_strict; /* a point violation is a NO-GO */
    struct slo slos[POLICY_SLOS_MAX];
    size_t slo_count;
    struct prices prices;
    struct policy_limits limits;
};

/* The built-in policy; policy_free it. */
struct policy *policy_default(void);
void policy_free(struct policy *p);

/* Parses a document; what it does not say is as in the default, but "gates"
 * replaces all gates. NULL on failure, with the path of the wrong value. */
struct policy *policy_parse(const char *text, size_t length, struct err *e);
struct policy *policy_load(const char *path, struct err *e);

/* Writes a document that policy_parse reads back as the same. */
void policy_print(const struct policy *p, struct buf *out);

/* Bit per enum metric that gates and SLOs need. All of a run's own SLOs count. */
uint32_t policy_metrics(const struct policy *p);

#endif
