/*
 * Members of the JSON objects in a run directory, read leniently: what is missing or
 * of another type has a value that says so. What must be there, runread checks.
 */
#ifndef GUST_MEMBER_H
#define GUST_MEMBER_H

#include <jansson.h>
#include <stdint.h>

/* A text, borrowed from the document; "" when it is none. */
const char *member_text(const json_t *object, const char *key);

/* A number; otherwise when it is none. */
double member_number(const json_t *object, const char *key, double otherwise);

/* A count; what cannot be one is 0. */
uint64_t member_count(const json_t *object, const char *key);

/* The same of a value that was reached in another way. */
uint64_t member_as_count(const json_t *value);

#endif
