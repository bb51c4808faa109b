/* A pull reader of flat objects; see linescan.h. RFC 8259 is the grammar. */
#include "judge/linescan.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 40
#define DIGITS_EXACT 15 /* a whole number of so many digits is exact as a double */

struct linescan linescan_of(const char *text, size_t length)
{
    return (struct linescan){.at = text, .end = text + length};
}

bool line_text_is(struct line_text t, const char *word)
{
    size_t length = strlen(word);
    return t.length == length && memcmp(t.text, word, length) == 0;
}

static enum line_value bad(struct linescan *s)
{
    s->is_bad = true;
    return LINE_BAD;
}

static void skip_space(struct linescan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

static bool take(struct linescan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* After the opening quote. */
static bool take_string(struct linescan *s, struct line_text *out)
{
    const char *start = s->at;
    while (s->at < s->end && *s->at != '"' && (unsigned char)*s->at >= ' ')
        s->at += *s->at == '\\' && s->end - s->at > 1 ? 2 : 1;
    *out = (struct line_text){start, (size_t)(s->at - start)};
    return take(s, '"');
}

static size_t digits(const char *at, const char *end)
{
    size_t n = 0;
    while (at + n < end && at[n] >= '0' && at[n] <= '9')
        n++;
    return n;
}

/* The length of the number at s, 0 when it is none. *is_whole: no fraction. */
static size_t number_length(const struct linescan *s, bool *is_whole)
{
    const char *at = s->at;
    at += at < s->end && *at == '-';
    size_t whole = digits(at, s->end);
    if (whole == 0 || (whole > 1 && *at == '0'))
        return 0;
    at += whole;
    *is_whole = true;
    if (at < s->end && *at == '.') {
        size_t n = digits(at + 1, s->end);
        *is_whole = false;
        if (n == 0)
            return 0;
        at += n + 1;
    }
    if (at < s->end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < s->end && (*at == '+' || *at == '-');
        size_t n = digits(at, s->end);
        *is_whole = false;
        if (n == 0)
            return 0;
        at += n;
    }
    return (size_t)(at - s->at);
}

static bool take_number(struct linescan *s, double *out)
{
    bool is_whole = false;
    char text[NUMBER_BYTES];
    size_t n = number_length(s, &is_whole);
    if (n == 0 || n >= sizeof text)
        return false;
    const char *at = s->at;
    s->at += n;
    if (is_whole && n <= DIGITS_EXACT && *at != '-') {
        int64_t value = 0;
        for (size_t i = 0; i < n; i++)
            value = value * 10 + (at[i] - '0');
        *out = (double)value;
        return true;
    }
    memcpy(text, at, n);
    text[n] = '\0';
    *out = strtod(text, NULL);
    return true;
}

/* Up to the bracket that closes the one at s. */
static bool take_nested(struct linescan *s, struct line_text *out)
{
    const char *start = s->at;
    struct line_text inner;
    size_t depth = 0;
    do {
        char c = *s->at++;
        if (c == '"' && !take_string(s, &inner))
            return false;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
    } while (depth > 0 && s->at < s->end);
    *out = (struct line_text){start, (size_t)(s->at - start)};
    return depth == 0;
}

static const struct {
    const char *word;
    enum line_value value;
} words[] = {
    {"true", LINE_TRUE},
    {"false", LINE_FALSE},
    {"null", LINE_NULL},
};

static enum line_value take_word(struct linescan *s)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t length = strlen(words[i].word);
        if ((size_t)(s->end - s->at) < length ||
            memcmp(s->at, words[i].word, length) != 0)
            continue;
        s->at += length;
        return words[i].value;
    }
    return LINE_BAD;
}

static enum line_value take_value(struct linescan *s, struct line_member *out)
{
    if (s->at == s->end)
        return LINE_BAD;
    if (take(s, '"'))
        return take_string(s, &out->text) ? LINE_TEXT : LINE_BAD;
    if (*s->at == '{' || *s->at == '[')
        return take_nested(s, &out->text) ? LINE_NESTED : LINE_BAD;
    if (*s->at == '-' || (*s->at >= '0' && *s->at <= '9'))
        return take_number(s, &out->number) ? LINE_NUMBER : LINE_BAD;
    return take_word(s);
}

/* Behind the closing bracket. */
static enum line_value take_end(struct linescan *s)
{
    skip_space(s);
    if (s->at < s->end)
        return bad(s);
    s->is_over = true;
    return LINE_END;
}

enum line_value linescan_next(struct linescan *s, struct line_member *out)
{
    bool is_first = !s->is_started;
    if (s->is_bad || s->is_over)
        return s->is_bad ? LINE_BAD : LINE_END;
    s->is_started = true;
    skip_space(s);
    if (is_first && !take(s, '{'))
        return bad(s);
    skip_space(s);
    if (take(s, '}'))
        return take_end(s);
    if (!is_first && !take(s, ','))
        return bad(s);
    skip_space(s);
    if (!take(s, '"') || !take_string(s, &out->key))
        return bad(s);
    skip_space(s);
    if (!take(s, ':'))
        return bad(s);
    skip_space(s);
    enum line_value value = take_value(s, out);
    return value == LINE_BAD ? bad(s) : value;
}
