/*
 * SLOs as test cases, for CI servers that read JUnit's XML: one case for the run's
 * validity and one per SLO.
 */
#ifndef GUST_JUNIT_H
#define GUST_JUNIT_H

#include "judge/summary.h"

void summary_junit(const struct summary *s, struct buf *out);

#endif
