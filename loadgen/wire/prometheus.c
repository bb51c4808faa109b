/* Prometheus' text exposition; see prometheus.h. */
#include "wire/prometheus.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 63 /* bytes of a value's text */

struct prometheus prometheus_of(const char *text, size_t length)
{
    return (struct prometheus){.at = text, .end = text + length};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

static bool is_name_byte(char c, bool is_first)
{
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || c == '_' || c == ':' || (!is_first && c >= '0' && c <= '9');
}

static const char *skip_name(const char *p, const char *end)
{
    const char *start = p;
    while (p < end && is_name_byte(*p, p == start))
        p++;
    return p;
}

/* Behind the closing quote of the text that begins at p; NULL: there is none. */
static const char *skip_quoted(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p < end ? p + 1 : NULL;
}

/* The closing brace; NULL: there is none. */
static const char *find_brace(const char *p, const char *end)
{
    while (p != NULL && p < end && *p != '}')
        p = *p == '"' ? skip_quoted(p, end) : p + 1;
    return p != NULL && p < end ? p : NULL;
}

/* A number, and then nothing, a blank or the end of the line. */
static bool read_value(const char *p, const char *end, double *out)
{
    char text[NUMBER_MAX + 1];
    size_t n = 0;
    while (p + n < end && !is_blank(p[n]))
        n++;
    if (n == 0 || n > NUMBER_MAX)
        return false;
    memcpy(text, p, n);
    text[n] = '\0';
    char *rest;
    *out = strtod(text, &rest);
    return *rest == '\0';
}

static bool read_line(const char *p, const char *end, struct prometheus_sample *out)
{
    const char *name_end = skip_name(p, end);
    *out = (struct prometheus_sample){
        .name = p, .name_length = (size_t)(name_end - p), .labels = name_end};
    p = skip_blanks(name_end, end);
    if (out->name_length == 0 || p == end)
        return false;
    if (*p == '{') {
        const char *brace = find_brace(p + 1, end);
        if (brace == NULL)
            return false;
        out->labels = p + 1;
        out->labels_length = (size_t)(brace - p) - 1;
        p = brace + 1;
    } else if (p == name_end) {
        return false; /* a byte that belongs to no name */
    }
    return read_value(skip_blanks(p, end), end, &out->value);
}

bool prometheus_next(struct prometheus *p, struct prometheus_sample *out)
{
    while (p->at < p->end) {
        size_t left = (size_t)(p->end - p->at);
        const char *newline = memchr(p->at, '\n', left);
        const char *end = newline != NULL ? newline : p->end;
        const char *line = skip_blanks(p->at, end);
        p->at = newline != NULL ? newline + 1 : p->end;
        if (line == end || *line == '#')
            continue;
        if (read_line(line, end, out))
            return true;
        p->broken++;
    }
    return false;
}

bool prometheus_is(const struct prometheus_sample *s, const char *name)
{
    return strlen(name) == s->name_length && memcmp(s->name, name, s->name_length) == 0;
}

bool prometheus_has(const struct prometheus_sample *s, const char *label,
                    const char *value)
{
    const char *p = s->labels, *end = s->labels + s->labels_length;
    size_t wanted = strlen(value);
    while (p < end) {
        const char *name = skip_blanks(p, end), *name_end = skip_name(name, end);
        const char *quote = skip_blanks(name_end, end);
        if (quote == end || *quote != '=')
            return false;
        quote = skip_blanks(quote + 1, end);
        const char *next =
            quote < end && *quote == '"' ? skip_quoted(quote, end) : NULL;
        if (next == NULL)
            return false;
        size_t length = (size_t)(next - quote) - 2;
        bool is_it = strlen(label) == (size_t)(name_end - name) &&
                     memcmp(name, label, (size_t)(name_end - name)) == 0;
        if (is_it)
            return length == wanted && memcmp(quote + 1, value, length) == 0;
        p = skip_blanks(next, end);
        p += p < end && *p == ',';
    }
    return false;
}
