/*
 * Text inside HTML, XML and Markdown. Everything that comes from outside passes here:
 * what a server says in an error must never become markup on our page.
 */
#ifndef GUST_MARKUP_H
#define GUST_MARKUP_H

#include "base/buf.h"

/* Escapes & < > " ' and replaces what XML 1.0 forbids (control characters, bytes
 * that are no UTF-8) by U+FFFD. Safe as text and inside quoted attributes. */
void markup_text(struct buf *out, const char *text);

/* printf, then escaped as a whole. */
void markup_printf(struct buf *out, const char *format, ...) PRINTF_LIKE(2, 3);

/* For GitHub-flavoured Markdown: a backslash before what would break a table, emphasize,
 * or become a link or HTML; control characters become blanks. */
void markup_markdown(struct buf *out, const char *text);

#endif
