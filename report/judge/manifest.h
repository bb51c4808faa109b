/*
 * The manifest's part of a summary: who, what, when, totals and health.
 *
 * Only "schema" and "status" are essential (runread checks them); everything else
 * that is missing stays empty, so that the manifest of a run that was killed in
 * its first second, or of an older version, still gives a page.
 */
#ifndef GUST_JUDGE_MANIFEST_H
#define GUST_JUDGE_MANIFEST_H

#include "judge/summary.h"

/* Fills s from s->run. arm NULL: the first. Fails when there is no such arm. */
MUST_CHECK int manifest_read(struct summary *s, const char *arm, struct err *e);

#endif
