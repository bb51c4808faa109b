/*
 * A summary as Markdown: for a pull request, a job summary, a ticket.
 */
#ifndef GUST_MARKDOWN_H
#define GUST_MARKDOWN_H

#include "judge/summary.h"

void summary_markdown(const struct summary *s, struct buf *out);

#endif
