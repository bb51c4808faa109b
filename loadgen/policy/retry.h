/*
 * Is a failed attempt worth another one, and when? Pure.
 *
 * In this order: is the class one that the client retries; was content delivered
 * (a stream that has begun is not restarted unless the policy says so); are
 * attempts left; does the server say when (Retry-After); would the sleep end
 * before the request's deadline? No sleep ever ends past it.
 */
#ifndef GUST_RETRY_H
#define GUST_RETRY_H

#include "policy/backoff.h"
#include "wire/outcome.h"

/* A set of outcomes as bits. */
#define OUTCOME_BIT(outcome) (UINT64_C(1) << (outcome))
_Static_assert(OUTCOME_COUNT <= 64, "outcomes fit into a set");

static inline bool outcome_in(uint64_t set, enum outcome outcome)
{
    return (set & OUTCOME_BIT(outcome)) != 0;
}

/* What is done with a Retry-After above the limit. */
enum retry_after_over {
    RETRY_AFTER_IGNORE, /* the own backoff instead */
    RETRY_AFTER_CAP,    /* the limit */
    RETRY_AFTER_STOP,   /* no retry */
    RETRY_AFTER_OVERS
};

extern const char *const retry_after_over_names[RETRY_AFTER_OVERS];

struct retry_after_rule {
    bool is_honoured;
    bool is_least;  /* the longer of it and the backoff; else exactly it */
    int64_t max_ns; /* 0: no limit */
    enum retry_after_over over;
    double jitter; /* it is made longer by U * jitter of itself */
};

struct retry_rule {
    unsigned attempts;      /* of a request at most, the first included; 1: none */
    uint64_t on;            /* outcomes that are retried */
    bool restarts_content;  /* also when content was delivered: it is wasted */
    int64_t max_elapsed_ns; /* since the request was due; 0: no limit */
    struct backoff backoff;
    struct retry_after_rule retry_after;
};

/* One failed attempt. Times since t0. */
struct retry_facts {
    enum outcome outcome;
    bool saw_content;
    unsigned attempts; /* so far, this one included, hedges and hidden ones not */
    int64_t due_ns, now_ns;
    int64_t deadline_ns;    /* of the request; INT64_MAX: none */
    int64_t retry_after_ns; /* what the server said; -1: nothing */
    int64_t previous_ns;    /* sleep before this attempt; 0: none */
    bool is_elsewhere;      /* the next attempt goes to another endpoint at once */
};

enum retry_why {
    RETRY_YES,
    RETRY_NOT_THIS, /* not a class that is retried */
    RETRY_CONTENT,  /* content was delivered */
    RETRY_ATTEMPTS, /* none left */
    RETRY_TOLD_NOT, /* Retry-After past the policy's limit */
    RETRY_DEADLINE, /* the sleep would end past the deadline */
    RETRY_BUDGET,   /* the retry budget is used up (policy/budget.h) */
    RETRY_BREAKER,  /* no endpoint's breaker lets it through (policy/breaker.h) */
    RETRY_WHYS
};

/* Words for files: "yes", "not_retryable", ... */
extern const char *const retry_why_names[RETRY_WHYS];

/* RETRY_YES and the sleep in *delay_ns, or why not. unit and jitter_unit: uniform in
 * (0, 1), of the backoff and of Retry-After. */
enum retry_why retry_decide(const struct retry_rule *rule, const struct retry_facts *f,
                            double unit, double jitter_unit, int64_t *delay_ns);

#endif
