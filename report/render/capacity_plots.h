/*
 * Pictures of a capacity search: latency and throughput against load, and throughput
 * against what was in flight. Every trial is a mark whose shape says what it was.
 */
#ifndef GUST_CAPACITY_PLOTS_H
#define GUST_CAPACITY_PLOTS_H

#include "judge/capacity.h"
#include "render/plot.h"

void capacity_plots(const struct capacity *c, struct plots *plots);

#endif
