/*
 * Running totals of an arm and class: the manifest's, and the live view's. They
 * are over the whole run, warm-up included, but for the field `measured`.
 *
 *     scheduled = sent + not_sent
 *     sent      = succeeded + failed + censored
 *     attempts  = sent + retries + hedges + hidden
 */
#ifndef GUST_TOTALS_H
#define GUST_TOTALS_H

#include "measure/sample.h"

struct totals {
    uint64_t scheduled, sent, not_sent, succeeded, failed, censored;
    uint64_t attempts, retries, hedges, hidden;
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t measured; /* scheduled inside the measured window */
    uint64_t good;
    /* Of succeeded requests, so that asked and reported are of the same ones. */
    uint64_t prompt_tokens, cached_tokens, output_tokens, content_events;
    uint64_t prompt_asked, output_asked;
    uint64_t counted_tokens; /* requests whose output tokens were counted */
    uint64_t drifted, short_outputs;
};

/* Counts one request. */
void totals_count(struct totals *t, const struct sample *s);

void totals_add(struct totals *into, const struct totals *from);

/* The identity above, and that outcomes agree; false when it does not hold. */
bool totals_hold(const struct totals *t);

#endif
