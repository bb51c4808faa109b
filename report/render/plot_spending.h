/*
 * The pictures of what a run spent: in all, and at what rate an hour, with the limits
 * that it had.
 */
#ifndef GUST_PLOT_SPENDING_H
#define GUST_PLOT_SPENDING_H

#include "judge/summary.h"

bool spent_is_empty(const struct summary *s);
void spent_data(const struct summary *s, struct buf *out);
void spent_draw(const struct summary *s, struct buf *out);

bool spend_rate_is_empty(const struct summary *s);
void spend_rate_data(const struct summary *s, struct buf *out);
void spend_rate_draw(const struct summary *s, struct buf *out);

#endif
