/*
 * Running totals of an arm and class: the manifest's, and the live view's. They
 * are over the whole run, warm-up included, but for the field `measured`.
 *
 *     scheduled = sent + not_sent
 *     sent      = succeeded + failed + censored
 *     attempts  = sent + retries + hedges + hidden
 *     charged   = served + extra + failed + censored     (of billed, per column)
 */
#ifndef GUST_TOTALS_H
#define GUST_TOTALS_H

#include "base/jout.h"
#include "measure/sample.h"

/* Token counts of which the distributions are kept: of succeeded requests, by half
 * octave (stratum_of). A count of 0 (nothing generated, or not reported) has no
 * octave and is left out. */
enum length {
    LENGTH_PROMPT_ASKED,
    LENGTH_PROMPT_REPORTED,
    LENGTH_OUTPUT_ASKED,
    LENGTH_OUTPUT_REPORTED,
    LENGTH_COUNT
};

extern const char *const length_names[LENGTH_COUNT];

/* Only uint64_t inside. */
struct totals {
    uint64_t scheduled, sent, not_sent, succeeded, failed, censored;
    uint64_t attempts, retries, hedges, hidden;
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t lost[OUTCOME_COUNT]; /* attempts that ended without ending a request */
    uint64_t rescued;             /* succeeded by a retry or a hedge */
    uint64_t measured;            /* scheduled inside the measured window */
    uint64_t good;
    /* Of succeeded requests, so that asked and reported are of the same ones. */
    uint64_t prompt_tokens, cached_tokens, output_tokens, content_events;
    uint64_t content_reads; /* reads of a socket that brought content */
    uint64_t prompt_asked, output_asked;
    uint64_t counted_tokens; /* requests whose output tokens were counted */
    uint64_t drifted, short_outputs;
    uint64_t items, flagged;    /* of succeeded ones: answered inputs or pages; hits */
    uint64_t refused, filtered; /* of sent ones: what the model or a filter withheld */
    uint64_t assumed_bills;     /* requests charged without having been told */
    uint64_t cost_pico;         /* of all that was charged; 0 where there is no price */
    uint64_t billed[BILL_PARTS][BILL_COLUMNS]; /* tokens, of all requests */
    uint64_t
        priced[BILL_PARTS]; /* the same in pico-units; cost_pico is without doubt */
    uint64_t lengths[LENGTH_COUNT][STRATUM_COUNT];
};

/* The fields that are one number: name in files, and place. */
struct totals_row {
    const char *name;
    size_t offset;
};

#define TOTALS_ROWS 29
extern const struct totals_row totals_rows[TOTALS_ROWS];

/* Counts one request. */
void totals_count(struct totals *t, const struct sample *s);

void totals_add(struct totals *into, const struct totals *from);

/* Writes an object: every row, "outcomes" that happened by name, "lost" where there
 * are such, "lengths" as arrays from stratum 0 to the last that has any,, "billed"
 * as arrays of the columns, and "priced" where there are prices. */
void totals_write(struct jout *j, const char *key, const struct totals *t);

/* Sum of the parts that were charged, per column. */
void totals_charged(const struct totals *t, uint64_t out[BILL_COLUMNS]);

/* The identity above, and that outcomes agree; false when it does not hold. */
bool totals_hold(const struct totals *t);

#endif
