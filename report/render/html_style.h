/* The page's style sheet. */
#ifndef GUST_HTML_STYLE_H
#define GUST_HTML_STYLE_H

#include "base/buf.h"

/* Appends the content of the style element. */
void html_style(struct buf *out);

#endif
