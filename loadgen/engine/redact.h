/*
 * Secrets stay out of files and messages: a key in a server's words, a password
 * in a URL, the value of a header. Pure.
 */
#ifndef GUST_REDACT_H
#define GUST_REDACT_H

#include "base/buf.h"

/* Overwrites every occurrence of key in text with '*', and a part of it that is
 * cut off at the end of text. key: NULL or "": nothing to hide. */
void redact_key(char *text, const char *key);

/* Appends a URL, or a word that may hold one; user info becomes "***". */
void redact_url(struct buf *out, const char *word);

/* Appends "name: ***" for "name: value". */
void redact_header(struct buf *out, const char *line);

#endif
