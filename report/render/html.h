/*
 * A summary as one self-contained HTML page: no script, no other file, readable on
 * a phone and on paper, in light and dark.
 */
#ifndef GUST_HTML_H
#define GUST_HTML_H

#include "judge/summary.h"
#include "render/pictures.h"

void summary_html(const struct summary *s, const struct pictures *pictures,
                  struct buf *out);

#endif
