/*
 * SLOs against what was measured. "Not enough data" is an answer: neither a pass
 * nor a miss is claimed from a sample that cannot carry it.
 */
#ifndef GUST_SLO_CHECK_H
#define GUST_SLO_CHECK_H

#include "judge/summary.h"

/* Fills verdict and measured values of every row of s->slos. */
void slo_check(struct summary *s);

#endif
