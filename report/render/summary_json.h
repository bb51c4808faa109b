/*
 * A summary for programs: summary.json, described by summary.schema.json. Times
 * are seconds, shares 0..1; a number that is not known is null.
 */
#ifndef GUST_SUMMARY_JSON_H
#define GUST_SUMMARY_JSON_H

#include "judge/summary.h"

#define SUMMARY_JSON_SCHEMA 1

/* Appends one JSON document and a newline. */
void summary_json(const struct summary *s, struct buf *out);

#endif
