/*
 * Validity: may this run be believed at all? Reasons that forbid a pass go to
 * s->problems, oddities worth knowing to s->notes.
 */
#ifndef GUST_JUDGE_VALIDITY_H
#define GUST_JUDGE_VALIDITY_H

#include "judge/summary.h"

/* False when the numbers themselves are in doubt: the generator was the limit, or
 * the books do not add up. A run that merely ended early is sound, with a problem. */
bool validity_check(struct summary *s);

#endif
