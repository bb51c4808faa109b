/*
 * What a run's manifest says of one arm.
 */
#ifndef GUST_WITNESS_MANIFEST_H
#define GUST_WITNESS_MANIFEST_H

#include "judge/witness.h"

/* Fills (or refreshes) the facts of the run's arm of that index. */
MUST_CHECK int witness_manifest(struct witness *w, const struct runread *r, size_t arm,
                                struct err *e);

/* Marks the whole seconds of the measured phases, as far as the run's window goes
 * or, of a run that nobody sealed, as far as there are lines. Rows are made for all
 * of them: a second in which nothing was due is data, too. */
void witness_window(struct witness *w, const json_t *phases);

#endif
