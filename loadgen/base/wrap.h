/*
 * Filling paragraphs for --help: words are moved to the next line when they
 * would pass the width. Columns are bytes: our help is ASCII.
 */
#ifndef GUST_WRAP_H
#define GUST_WRAP_H

#include "base/buf.h"

/* Appends text, ending in a newline. The cursor stands at column; every further
 * line starts at indent. A word longer than the line is not broken. An empty
 * line ends a paragraph; a line that starts with a blank is kept as it is. */
void wrap_text(struct buf *out, const char *text, size_t column, size_t indent,
               size_t width);

/* Appends n blanks. */
void wrap_indent(struct buf *out, size_t n);

#endif
