/*
 * The pictures of a verdict: all gates with their margins, both arms' latency by
 * percentile and over time, failures and load. The baseline has one colour in all
 * of them, the canary another.
 */
#ifndef GUST_VERDICT_PLOTS_H
#define GUST_VERDICT_PLOTS_H

#include "judge/verdict.h"
#include "render/plot.h"

/* How an arm is named and drawn: the baseline's lines are wider and lie below, so
 * that it is seen where both are the same. */
struct side_row {
    const char *name; /* "baseline", "canary" */
    unsigned ink;
    double width;
};
extern const struct side_row side_rows[SIDES];

/* Appends them; p is the evidence that v was made from. */
void verdict_plots(const struct verdict *v, struct pairing *p, struct plots *out);

#endif
