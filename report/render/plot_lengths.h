/*
 * The pictures of token counts, asked beside reported: prompts, outputs, and the
 * mean output by prompt length. One data and one draw function per row of plot.h's
 * table.
 */
#ifndef GUST_PLOT_LENGTHS_H
#define GUST_PLOT_LENGTHS_H

#include "judge/summary.h"

bool prompts_are_empty(const struct summary *s);
void prompts_data(const struct summary *s, struct buf *out);
void prompts_draw(const struct summary *s, struct buf *out);

bool outputs_are_empty(const struct summary *s);
void outputs_data(const struct summary *s, struct buf *out);
void outputs_draw(const struct summary *s, struct buf *out);

bool means_are_empty(const struct summary *s);
void means_data(const struct summary *s, struct buf *out);
void means_draw(const struct summary *s, struct buf *out);

#endif
