/*
 * The pictures of what the server said over time: its queue and batch, its cache and
 * GPUs, and what was left of the published limits.
 */
#ifndef GUST_PLOT_SERVER_H
#define GUST_PLOT_SERVER_H

#include "judge/summary.h"

bool server_load_is_empty(const struct summary *s);
void server_load_data(const struct summary *s, struct buf *out);
void server_load_draw(const struct summary *s, struct buf *out);

bool server_use_is_empty(const struct summary *s);
void server_use_data(const struct summary *s, struct buf *out);
void server_use_draw(const struct summary *s, struct buf *out);

bool budget_is_empty(const struct summary *s);
void budget_data(const struct summary *s, struct buf *out);
void budget_draw(const struct summary *s, struct buf *out);

#endif
