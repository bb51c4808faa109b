/*
 * A summary for the terminal: what was found first, then the numbers.
 */
#ifndef GUST_TEXT_H
#define GUST_TEXT_H

#include "judge/summary.h"

/* Appends the summary; no line is wider than width (at least 60) columns except
 * for names that are longer. Colour is ANSI; without it the text is plain. */
void summary_text(const struct summary *s, size_t width, bool is_colour,
                  struct buf *out);

#endif
