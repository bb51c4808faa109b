/*
 * The pictures over time: rates, latency bands, in flight, lost requests. One
 * data and one draw function per row of plot.h's table.
 */
#ifndef GUST_PLOT_TIME_H
#define GUST_PLOT_TIME_H

#include "judge/summary.h"

bool time_is_empty(const struct summary *s);
void rates_data(const struct summary *s, struct buf *out);
void rates_draw(const struct summary *s, struct buf *out);

bool ttft_is_empty(const struct summary *s);
void ttft_data(const struct summary *s, struct buf *out);
void ttft_draw(const struct summary *s, struct buf *out);

bool e2e_is_empty(const struct summary *s);
void e2e_data(const struct summary *s, struct buf *out);
void e2e_draw(const struct summary *s, struct buf *out);

bool in_flight_is_empty(const struct summary *s);
void in_flight_data(const struct summary *s, struct buf *out);
void in_flight_draw(const struct summary *s, struct buf *out);

bool errors_are_empty(const struct summary *s);
void errors_data(const struct summary *s, struct buf *out);
void errors_draw(const struct summary *s, struct buf *out);

#endif
