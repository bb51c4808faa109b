/*
 * What a provider charges for: tokens of prompt, cached prompt and output, of one
 * attempt or added up.
 *
 * A bill is told (the reply's usage), or assumed: of a stream that broke off, its
 * prompt and the tokens that came. What may be charged on top of an assumed bill,
 * were the provider to finish what the client has given up, is its doubt.
 */
#ifndef GUST_BILL_H
#define GUST_BILL_H

#include "base/base.h"

#include <stdbool.h>

/* Columns; reasoning is a part of output, and is never charged twice. */
enum bill_column {
    BILL_PROMPT, /* not cached */
    BILL_CACHED,
    BILL_OUTPUT,
    BILL_REASONING,
    BILL_COLUMNS
};

/* Of one attempt, or of a request's attempts. */
struct bill {
    uint32_t tokens[BILL_COLUMNS];
};

/* Whom it served. The first four add up to what was charged. */
enum bill_part {
    BILL_SERVED,   /* the attempt that answered a request that succeeded */
    BILL_EXTRA,    /* its other attempts: retries, hedges */
    BILL_FAILED,   /* all attempts of a request that failed */
    BILL_CENSORED, /* all of one that the end of the run cancelled */
    BILL_DOUBT,    /* more that may be charged: not in the sum */
    BILL_PARTS
};

extern const char *const bill_column_names[BILL_COLUMNS];
extern const char *const bill_part_names[BILL_PARTS];

static inline void bill_add(struct bill *into, const struct bill *from)
{
    for (int c = 0; c < BILL_COLUMNS; c++)
        into->tokens[c] += from->tokens[c];
}

#endif
