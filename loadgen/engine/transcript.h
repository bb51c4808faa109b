/*
 * What was asked and answered, as text that may be given away: the requests and
 * replies of calls, without keys, values of the user's headers, user info and
 * queries of URLs, cookies. Bodies are cut.
 */
#ifndef GUST_TRANSCRIPT_H
#define GUST_TRANSCRIPT_H

#include "engine/call.h"

#define TRANSCRIPT_BODY_MAX 1024 /* bytes of a body that are kept */

/* Overwrites the target's key and the values of its headers in text. */
void transcript_redact(const struct target *t, char *text);

/* Appends URL without user info and without the values of a query. */
void transcript_url(struct buf *out, const char *url);

/* Appends a call that was made. */
void transcript_call(struct buf *out, const struct call *c);

#endif
