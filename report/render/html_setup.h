/*
 * What the run was made of: phases, events, command, options, host; and a sample of
 * its failures, as the server told them.
 */
#ifndef GUST_HTML_SETUP_H
#define GUST_HTML_SETUP_H

#include "judge/summary.h"

void html_setup(const struct summary *s, struct buf *out);
void html_failures(const struct summary *s, struct buf *out);

#endif
