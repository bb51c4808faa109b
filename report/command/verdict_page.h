/*
 * The page of a verdict, for every verb that reaches one.
 */
#ifndef GUST_VERDICT_PAGE_H
#define GUST_VERDICT_PAGE_H

#include "judge/verdict.h"

/* Writes index.html and the pictures as SVG into the directory, which is there. The
 * rest is what v was made from. Replaces what a page before left. */
MUST_CHECK int verdict_page_write(const struct verdict *v,
                                  const struct testimony *baseline,
                                  const struct testimony *canary,
                                  const struct policy *policy,
                                  const struct verdict_options *options,
                                  const char *directory, struct err *e);

#endif
