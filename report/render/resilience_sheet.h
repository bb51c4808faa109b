/*
 * "Client policy" as a sheet: requests beside attempts, what the policy decided, and
 * the recovery after an outage. And several runs side by side.
 */
#ifndef GUST_RESILIENCE_SHEET_H
#define GUST_RESILIENCE_SHEET_H

#include "judge/summary.h"
#include "render/sheet.h"

/* False, and nothing made: the run had no policy, no hidden attempts, no outage. */
bool resilience_sheet(const struct summary *s, struct sheet *out);

/* The same schedule under several policies; at most SHEET_COLUMNS_MAX. */
void resilience_side_by_side(const struct summary *const *runs, size_t n,
                             struct sheet *out);

#endif
