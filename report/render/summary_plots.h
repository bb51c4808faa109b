/*
 * The pictures of a run's report.
 */
#ifndef GUST_SUMMARY_PLOTS_H
#define GUST_SUMMARY_PLOTS_H

#include "judge/summary.h"
#include "render/plot.h"

/* Appends them; those with nothing to draw are empty. */
void summary_plots(const struct summary *s, struct plots *out);

#endif
