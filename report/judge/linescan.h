/*
 * The members of one JSON object on one line, one after the other, without building
 * a tree: an hour of run has 10^5 lines of which the judge wants a dozen numbers.
 *
 * Strict about what it hands out; of a nested value only the extent is known until
 * it is opened itself. Strings are not unescaped: names in run files have no escapes
 * (series_clean), so that a text with one simply equals none of them.
 */
#ifndef GUST_LINESCAN_H
#define GUST_LINESCAN_H

#include "base/base.h"

#include <stdbool.h>

enum line_value {
    LINE_TEXT,   /* text, without its quotes */
    LINE_NUMBER, /* number */
    LINE_TRUE,
    LINE_FALSE,
    LINE_NULL,
    LINE_NESTED, /* text: an object or an array, brackets included */
    LINE_END,    /* the object is over, and nothing follows it */
    LINE_BAD,    /* no JSON object */
};

struct line_text {
    const char *text; /* not NUL-terminated */
    size_t length;
};

struct line_member {
    struct line_text key, text;
    double number;
};

struct linescan {
    const char *at, *end;
    bool is_started, is_over, is_bad;
};

/* Over length bytes of text, borrowed. */
struct linescan linescan_of(const char *text, size_t length);

/* The next member. After LINE_END and LINE_BAD the answer stays the same. */
enum line_value linescan_next(struct linescan *s, struct line_member *out);

bool line_text_is(struct line_text t, const char *word);

#endif
