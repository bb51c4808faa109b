/*
 * Own hardware, as it is told on the command line.
 */
#ifndef GUST_HOUSE_H
#define GUST_HOUSE_H

#include "base/err.h"
#include "judge/selfhost.h"

/* "15%" of the GPUs' price, or "$3/h" for an hour of a replica; NULL: nothing. */
MUST_CHECK int house_overhead(const char *text, struct selfhost *out, struct err *e);

#endif
