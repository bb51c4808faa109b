/*
 * Circuit breaker. Pure; time passed in.
 *
 * An attempt takes an era when it is admitted and brings it back when it ends: what
 * was admitted in another era than the present one says nothing about now, and is
 * ignored. The eras count the changes of state.
 *
 * What it cost is counted here, too: `leaked` are the attempts that failed in
 * the window that opened it, and those in flight then that failed later; an opening is
 * false when at least 90 % of what ended, since the first failure that opened it (by
 * ratio: in the window), had not failed;
 * a flap is an opening from half-open, or within one cool-down of closing.
 *
 * LIMIT: each worker has its own; with several, each has to see the failures
 * itself, and half-open lets the probes of each through.
 */
#ifndef GUST_BREAKER_H
#define GUST_BREAKER_H

#include "policy/window.h"

#include <stdbool.h>

#define BREAKER_FAILURES_MAX 64

enum breaker_kind {
    BREAKER_NONE,
    BREAKER_COUNT,       /* failures within the window */
    BREAKER_CONSECUTIVE, /* failures in a row */
    BREAKER_RATIO,       /* share of failures among at least min_volume in the window */
    BREAKER_KINDS
};

enum breaker_scope {
    BREAKER_PER_ENDPOINT,
    BREAKER_PER_CLASS, /* of requests, at each endpoint: a class may name a model */
    BREAKER_SCOPES
};

extern const char *const breaker_kind_names[BREAKER_KINDS];
extern const char *const breaker_scope_names[BREAKER_SCOPES];

struct breaker_rule {
    enum breaker_kind kind;
    enum breaker_scope scope;
    unsigned failures;   /* count, consecutive: 1..BREAKER_FAILURES_MAX */
    double share;        /* ratio */
    unsigned min_volume; /* ratio */
    int64_t window_ns;
    int64_t open_ns; /* cool-down */
    unsigned probes; /* half-open: all must succeed */
    uint64_t counts; /* outcomes that are failures: a set (retry.h) */
};

/* CLOSED     all pass; failures are counted; enough of them -> OPEN.
 * OPEN       none pass; after the cool-down -> HALF_OPEN.
 * HALF_OPEN  `probes` pass, the others do not; all of them succeed -> CLOSED, one
 *            fails -> OPEN. A probe that says nothing is given back. */
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

/* What an ended attempt says about the endpoint. */
enum breaker_word { BREAKER_OK, BREAKER_FAILED, BREAKER_SILENT };

struct breaker_counts {
    uint64_t opens, false_opens, flaps, closes;
    uint64_t refused; /* attempts not let through */
    uint64_t leaked;
    int64_t detect_ns; /* sum: first failure of the window until open */
    int64_t open_ns;   /* sum: from open to closed, of those that closed */
};

struct breaker {
    const struct breaker_rule *rule;
    enum breaker_state state;
    uint32_t era;
    int64_t since_ns;                        /* of the state */
    int64_t opened_ns;                       /* of the last way out of CLOSED */
    int64_t failed_ns[BREAKER_FAILURES_MAX]; /* ring: the last failures */
    uint64_t ended_by[BREAKER_FAILURES_MAX]; /* `ended` just before each of them */
    unsigned failed_count, failed_at;
    uint64_t ended; /* all that ended while it was closed */
    unsigned probes_out, probes_ok;
    int64_t closed_ns;    /* of the last closing; -1: never */
    struct window window; /* a ended, b failed */
    struct breaker_counts counts;
};

void breaker_init(struct breaker *b, const struct breaker_rule *rule);

/* Would an attempt pass? Changes nothing. */
bool breaker_would_admit(const struct breaker *b, int64_t now_ns);

/* Lets an attempt through and tells its era, or refuses and counts that. */
bool breaker_admit(struct breaker *b, int64_t now_ns, uint32_t *era);

/* An admitted attempt ended. */
void breaker_ended(struct breaker *b, int64_t now_ns, uint32_t era,
                   enum breaker_word word);

#endif
