/*
 * Did the system come back after an outage? Survival is not enough: a server that
 * was down can stay down for good, held there by its clients' retries, when the
 * fault is long gone (metastable failure; Bronson et al., HotOS 2021).
 *
 * Good requests as a share of the scheduled ones, by due time: before the outage, and
 * in the last third of what was watched after it. Within 90 % of before is
 * recovered, below 50 % collapsed, between them degraded. It must be watched for
 * three times as long as the outage lasted; the user says when that was (--outage).
 * Pure.
 */
#ifndef GUST_RECOVERY_H
#define GUST_RECOVERY_H

#include "judge/timeline.h"

#include <stdbool.h>

enum recovery_state {
    RECOVERY_NOT_ASKED,
    RECOVERY_RECOVERED,
    RECOVERY_DEGRADED,
    RECOVERY_COLLAPSED,
    RECOVERY_UNKNOWN, /* too little was seen; why says what */
};

/* Words for files: "recovered". */
extern const char *const recovery_names[];

/* Times in seconds since t0. A share that is not known is NAN. */
struct recovery {
    enum recovery_state state;
    double start_s, end_s;        /* of the outage */
    double after_from_s;          /* "after" is from here to the end of the run */
    double before, during, after; /* good / scheduled */
    double before_attempts, after_attempts; /* attempts on the wire per request due */
    double took_s; /* from the end of the outage until good again; NAN: never */
    char why[160]; /* UNKNOWN: what was missing; else "" */
};

/* from_s: where what was before begins (the measured window); end_s: of the
 * arrivals. */
void recovery_judge(const struct timeline *t, double from_s, double end_s,
                    double outage_start_s, double outage_end_s, struct recovery *out);

#endif
