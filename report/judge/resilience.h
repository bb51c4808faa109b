/*
 * What the client's policy did, and what came of it: the manifest's counts, and the
 * verdict about an outage. Empty where a run had neither.
 */
#ifndef GUST_RESILIENCE_H
#define GUST_RESILIENCE_H

#include "judge/recovery.h"

#include <jansson.h>

/* Strings and decisions are borrowed from the manifest. */
struct resilience {
    bool is_known; /* a policy was at work */
    const char *policy, *title;
    const json_t *decisions; /* {"yes":n,"attempts":n,...}: about failed attempts */
    uint64_t opens, false_opens, flaps, closes;
    uint64_t refused; /* attempts that an open breaker did not let through */
    uint64_t leaked;  /* failed while the breaker was not open yet, or sent before */
    uint64_t failovers, failbacks, refused_budget;
    uint64_t hedges_won; /* answered before the attempt beside them */
    uint64_t hedges_denied;
    uint64_t unsent;         /* attempts that ended without a connection */
    double detect_s, open_s; /* sums over opens; over closes */
    /* A breaker that counts failures per window opens at this error share by itself,
     * at the run's rate; NAN: it does not count so. */
    double blind_share;
    bool has_outage;
    double outage_start_s, outage_end_s;
    struct recovery recovery;
};

struct summary;

/* Fills s->resilience from the manifest. */
void resilience_read(struct summary *s, const json_t *manifest);

/* The logs are read: judges the recovery, and adds notes. */
void resilience_judge(struct summary *s);

/* "collapsed: 99 % of the requests were good before the outage, 0 % ..."; one line
 * into text, which is returned. */
const char *resilience_sentence(const struct recovery *r, char *text, size_t size);

/* Attempts of that outcome: those that ended a request, and those that did not. */
uint64_t resilience_attempts(const struct summary *s, size_t outcome);

#endif
