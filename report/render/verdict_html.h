/*
 * A verdict as one self-contained HTML page: the call first, then the numbers, the
 * pictures, and the evidence for each reason.
 */
#ifndef GUST_VERDICT_HTML_H
#define GUST_VERDICT_HTML_H

#include "judge/verdict.h"
#include "render/pictures.h"

/* Pictures of verdict_plots. */
void verdict_html(const struct verdict *v, const struct pictures *pictures,
                  struct buf *out);

#endif
