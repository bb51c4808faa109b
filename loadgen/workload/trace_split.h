/*
 * Cuts a line into fields: the values of a CSV row, the members of a JSON object.
 *
 * Pure, one pass, no copies: fields are borrowed from the line, which must end
 * in a NUL. CSV quoting follows RFC 4180, but a field may not contain a newline;
 * doubled quotes stay doubled. JSON is read shallowly: values that are arrays or
 * objects come as their text, escapes in strings stay escapes, and a value that
 * nobody asks for is only checked for balanced brackets.
 */
#ifndef GUST_TRACE_SPLIT_H
#define GUST_TRACE_SPLIT_H

#include "workload/trace_value.h"

/* Where the reading stands; start with is_first set. */
struct split {
    const char *at;
    bool is_first;
};

/* 1: the next field (inside its quotes, blanks around it dropped); 0: end of the
 * row; -1: a quote is never closed, or text follows one. */
int split_csv(struct split *s, struct field *value);

/* 1: the next member (a string's value inside its quotes); 0: end of the object;
 * -1: this is not a JSON object on one line. */
int split_json(struct split *s, struct field *key, struct field *value);

#endif
