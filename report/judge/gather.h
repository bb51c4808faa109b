/*
 * One streaming pass over the files of a run: intervals, log, events, failures.
 *
 * Lines go to the summary as they come; nothing grows with the length of the run.
 * Needs the manifest's part (manifest.h) to be there: arm and classes.
 */
#ifndef GUST_GATHER_H
#define GUST_GATHER_H

#include "judge/summary.h"

/* Fills counts, distributions, timeline, events and failures of s. A file that is
 * missing in a run that was killed early counts as empty; a broken line fails. */
MUST_CHECK int gather_files(struct summary *s, struct err *e);

#endif
