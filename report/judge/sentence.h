/*
 * One sentence that says what was decided and why, to somebody who has to act on it.
 */
#ifndef GUST_SENTENCE_H
#define GUST_SENTENCE_H

#include "judge/verdict.h"

/* From everything else in the verdict; free() it. */
char *sentence_of(const struct verdict *v);

#endif
