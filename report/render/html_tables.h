/*
 * The tables of the page that hold what was measured. Each appends one section, or
 * nothing when the run has nothing to say there.
 */
#ifndef GUST_HTML_TABLES_H
#define GUST_HTML_TABLES_H

#include "judge/summary.h"

/* A list of reasons. */
void html_reasons(const struct reasons *reasons, struct buf *out);

void html_slos(const struct summary *s, struct buf *out);
void html_latency(const struct summary *s, struct buf *out);
void html_errors(const struct summary *s, struct buf *out);
void html_classes(const struct summary *s, struct buf *out);
void html_numbers(const struct summary *s, struct buf *out);
void html_accounting(const struct summary *s, struct buf *out);
void html_notes(const struct summary *s, struct buf *out);

#endif
