/*
 * The money of a capacity search. What a search will spend is not known before it, so
 * where somebody charges for it, it needs a limit or a word that none is wanted; and
 * what it has spent is what all of its runs have, those that were cut included.
 */
#ifndef GUST_CAPACITY_MONEY_H
#define GUST_CAPACITY_MONEY_H

#include "command/run_plan.h"

/* Preflight of a search: the server is identified, its models are priced, and a search
 * that is paid for, on a server that is not local, must have --budget or --yes; then
 * calibrated. *code as in preflight; EXIT_USAGE: nothing was charged. */
MUST_CHECK int money_preflight(struct run_plan *p, const struct run_settings *s,
                               enum exit_code *code, struct err *e);

/* What the requests of all runs in the folder were charged, pico-units; of a run that
 * was killed the most that it may have been. */
int64_t money_spent(const char *folder);

#endif
