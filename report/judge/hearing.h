/*
 * A hearing: a run directory read into witnesses, one per arm.
 *
 * It can be continued: each call of hearing_continue reads the lines that were
 * appended since the call before, so that looking at a live run every 30 s costs
 * what those 30 s wrote. Memory grows with requests only as far as their values do
 * (8 bytes each and metric).
 */
#ifndef GUST_HEARING_H
#define GUST_HEARING_H

#include "judge/witness.h"

struct hearing;

/* Opens the directory, reads the manifest and all lines there are. metric_mask: a
 * bit per enum metric that will be judged. arm NULL: all arms of the run. NULL on
 * failure: no run, newer schema, a corrupt line, foreign histograms. */
struct hearing *hearing_open(const char *path, const char *arm, uint32_t metric_mask,
                             struct err *e);

/* Reads what was appended since, and the manifest again. */
MUST_CHECK int hearing_continue(struct hearing *h, struct err *e);

/* NULL is fine. Witnesses that were not taken go with it. */
void hearing_close(struct hearing *h);

size_t hearing_arms(const struct hearing *h);
/* Borrowed; grows with hearing_continue. */
const struct witness *hearing_witness(const struct hearing *h, size_t arm);
/* Owned by the caller from now on; the hearing cannot be continued then. */
struct witness *hearing_take(struct hearing *h, size_t arm);

#endif
