/*
 * A look at one target in the making: what its checks share. Private to the checks
 * (triage_wire.c below HTTP, triage_checks.c, triage_token.c the requests).
 */
#ifndef GUST_TRIAGE_LOOKER_H
#define GUST_TRIAGE_LOOKER_H

#include "command/triage.h"

#define TRIAGE_URL_MAX 16384

struct looker {
    const struct triage *triage;
    const struct triage_target *target;
    struct plan plan; /* of this target, filled in as more is known */
    struct call call;
    struct reach_report reach;
    char *models; /* body of the list of models, NULL: none came */
    struct target_look *look;
    struct look *whole;
};

static inline struct target *looker_target(struct looker *k)
{
    return &k->plan.targets[0];
}

/* Makes the call to url and writes it down. */
void looker_call(struct looker *k, const char *url);

/* Keeps the server's words about the last call, without secrets. */
void looker_words(struct looker *k);

/* Has a signal come? */
bool looker_is_interrupted(const struct looker *k);

void check_name(struct looker *k, struct check_result *r);
void check_connect(struct looker *k, struct check_result *r);
void check_tls(struct looker *k, struct check_result *r);
void check_request(struct looker *k, struct check_result *r);
void check_limits(struct looker *k, struct check_result *r);

#endif
