/*
 * The plan: everything a run is, decided before the first byte is sent. Built
 * by a command, filled in by preflight, then const and shared by all threads.
 */
#ifndef GUST_PLAN_H
#define GUST_PLAN_H

#include "engine/peers.h"
#include "measure/price.h"
#include "policy/client_policy.h"
#include "wire/ratelimit.h"
#include "workload/prompt.h"
#include "workload/schedule.h"

#define PLAN_ARMS_MAX 2
#define MODEL_BYTES 128 /* of a name, with its NUL */
#define PLAN_TARGETS_MAX (PLAN_ARMS_MAX + ENDPOINTS_MAX - 1)

/* One endpoint under test. */
struct target {
    const char *name; /* the arm's name in files: "target" */
    const char *base_url;
    const struct dialect *dialect; /* NULL until preflight has found it */
    const char *dialect_why;       /* how it was found, NULL when it was given */
    char model[128];               /* "" until known */
    const char *key;               /* bearer token or NULL; never printed */
    const char *const *headers;    /* further "name: value" lines, NULL-terminated */
    char *urls[API_COUNT];         /* full URL per API, NULL where not offered */
    char *warm_url;                /* a cheap GET that opens a connection */
    char echo[128];                /* model that the calibration reply named */
    char resolved[MODEL_BYTES];    /* what the list of models says it is; "" unknown */
    const char *echoes[3];         /* model names allowed in replies, then NULL */
    struct prompt_spec prompt;     /* overheads are set by preflight */
    int64_t calibration_ns;        /* how long the calibration request took */
    bool is_unchecked;             /* a backup that preflight could not reach */
    struct ratelimit limits;       /* that its answer published */
    struct bill calibration[PROFILE_CLASSES_MAX]; /* what preflight was charged */
};

/* Limits of one request, ns from its wire start; 0: none. */
struct timers {
    int64_t connect_ns;
    int64_t ttft_ns;  /* no content yet */
    int64_t stall_ns; /* no content for so long, pings do not count */
    int64_t total_ns;
};

/* How arrivals are shared between two arms. */
enum split {
    SPLIT_FIRST,  /* one arm */
    SPLIT_MIRROR, /* each to both: paired */
    SPLIT_SHARE,  /* each to one, by hash: canary_share of them to the second */
};

enum pace {
    PACE_TIMER, /* a timerfd, and what requests needed lately: p50 20 us; see alarm.h */
    PACE_SPIN,  /* timerfd early, then a busy wait: costs CPU, p50 1 us */
};

/* How a run was judged while it ran: every judgement spends a part of the error
 * rates, so whoever judges it later must know. */
struct looks {
    double planned_s; /* of the whole run, for early looks; 0: there was none */
    double decided_s; /* seconds in which one found the verdict; 0: none did */
    unsigned ends;    /* judged whole so often: at its end, and again when it went on */
};

/* What a token costs at each target, by class, and how much may be spent. All of it
 * in pico-units of the list's currency. */
struct pricing {
    const struct price_list *list; /* NULL: nothing is priced */
    struct price_terms terms;
    const struct price_model *models[PLAN_TARGETS_MAX][PROFILE_CLASSES_MAX];
    struct price prices[PLAN_TARGETS_MAX][PROFILE_CLASSES_MAX];
    int64_t budget, budget_per_h; /* 0: none */
    double expected, worst;       /* the estimate, in whole units; NAN: not known */
};

struct plan {
    const struct profile *profile;
    struct schedule_spec schedule; /* owner and owners are set per worker */
    struct corpus *corpus;         /* the schedule's: preflight may count it; or NULL */
    const struct tokenizer *tokenizer;       /* NULL: none */
    struct target targets[PLAN_TARGETS_MAX]; /* the arms, then the backups */
    uint32_t arms;
    uint32_t backups; /* endpoints of the policy that may take over; one arm then */
    const struct client_policy *policy; /* NULL: each request is sent once */
    enum split split;
    double canary_share; /* SPLIT_SHARE: 0..1 */
    uint32_t threads;
    uint32_t shard, shards;   /* this process's part of the run: shard < shards */
    const char *shard_source; /* who said so; NULL: nobody, it is whole */
    uint32_t max_in_flight;   /* of all threads together */
    uint32_t warm_connections;
    struct timers timers;
    struct pricing pricing;
    int64_t duration_ns; /* of the arrivals */
    bool ends_when_idle; /* a trace or a limit may end before the duration */
    bool is_open_ended;  /* the duration is unknown: until the trace ends */
    int64_t drain_ns;    /* at most so long after the last arrival */
    enum pace pace;
    bool respects_limits;    /* paces to published limits; one thread does */
    bool is_strict_attempts; /* refuse libcurl's own re-sending */
    bool has_records;
    struct net_options net;
    struct peers peers[PLAN_TARGETS_MAX]; /* filled by preflight */
    struct peers proxy_peers;
    const char *const *scrape_urls; /* servers' metrics; borrowed */
    size_t scrape_count;
    bool scrapes_targets;    /* /metrics of the targets as well */
    char run_id[32];         /* in x-request-id, before the number */
    int64_t outage_start_ns; /* when the server is made to fail, since t0 ... */
    int64_t outage_ns;       /* ... and for how long; 0: not said */
    const struct slo *slos;
    size_t slo_count;
};

static inline uint32_t plan_targets(const struct plan *plan)
{
    return plan->arms + plan->backups;
}

/* A thread's share of --max-in-flight. */
static inline uint32_t plan_worker_in_flight(const struct plan *plan)
{
    return (plan->max_in_flight + plan->threads - 1) / plan->threads;
}

/* A closed loop never sheds: its users are its limit, and a thread may have been dealt
 * more of them than its share. */
static inline uint32_t plan_sheds_above(const struct plan *plan)
{
    bool is_closed = plan->profile->arrival.kind == ARRIVAL_CLOSED;
    return is_closed ? UINT32_MAX : plan_worker_in_flight(plan);
}

#endif
