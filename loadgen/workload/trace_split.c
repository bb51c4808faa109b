/* Cuts a line into fields; see trace_split.h. */
#include "workload/trace_split.h"

#include <string.h>

static void skip_blanks(struct split *s)
{
    s->at += strspn(s->at, " \t");
}

static struct field between(const char *first, const char *end)
{
    return (struct field){first, (size_t)(end - first)};
}

/* Behind the opening quote: to the closing one, where "" is a quote inside. */
static bool csv_quoted(struct split *s, struct field *value)
{
    const char *first = s->at;
    for (;; s->at++) {
        if (*s->at == '\0')
            return false;
        if (*s->at == '"' && s->at[1] != '"')
            break;
        if (*s->at == '"')
            s->at++;
    }
    *value = between(first, s->at++);
    skip_blanks(s);
    return *s->at == ',' || *s->at == '\0';
}

static void csv_plain(struct split *s, struct field *value)
{
    const char *first = s->at;
    while (*s->at != ',' && *s->at != '\0')
        s->at++;
    const char *end = s->at;
    while (end > first && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *value = between(first, end);
}

int split_csv(struct split *s, struct field *value)
{
    if (!s->is_first) {
        if (*s->at == '\0')
            return 0;
        s->at++; /* the comma behind the field before */
    }
    s->is_first = false;
    skip_blanks(s);
    if (*s->at != '"') {
        csv_plain(s, value);
        return 1;
    }
    s->at++;
    return csv_quoted(s, value) ? 1 : -1;
}

/* Behind the opening quote: to the closing one, where \" is a quote inside. */
static bool json_string(struct split *s, struct field *out)
{
    const char *first = s->at;
    for (; *s->at != '"'; s->at++) {
        if (*s->at == '\\')
            s->at++;
        if (*s->at == '\0')
            return false;
    }
    *out = between(first, s->at++);
    return true;
}

/* An array or object: to the bracket that closes the one it starts with. */
static bool json_nested(struct split *s, struct field *out)
{
    const char *first = s->at;
    struct field ignored;
    size_t depth = 0;
    do {
        s->at += strcspn(s->at, "[]{}\"");
        char c = *s->at;
        if (c == '\0')
            return false;
        s->at++;
        if (c == '"' && !json_string(s, &ignored))
            return false;
        if (c == '[' || c == '{')
            depth++;
        if (c == ']' || c == '}')
            depth--;
    } while (depth > 0);
    *out = between(first, s->at);
    return true;
}

static bool json_value(struct split *s, struct field *out)
{
    if (*s->at == '[' || *s->at == '{')
        return json_nested(s, out);
    if (*s->at == '"') {
        s->at++;
        return json_string(s, out);
    }
    const char *first = s->at;
    s->at += strcspn(s->at, ",} \t");
    *out = between(first, s->at);
    return out->length > 0;
}

/* Behind the last member: the closing brace, and nothing after it. */
static int json_end(struct split *s)
{
    s->at++;
    skip_blanks(s);
    return *s->at == '\0' ? 0 : -1;
}

int split_json(struct split *s, struct field *key, struct field *value)
{
    skip_blanks(s);
    if (*s->at == '}' && !s->is_first)
        return json_end(s);
    if (*s->at != (s->is_first ? '{' : ','))
        return -1;
    s->at++;
    skip_blanks(s);
    if (*s->at == '}' && s->is_first)
        return json_end(s);
    s->is_first = false;
    if (*s->at != '"')
        return -1;
    s->at++;
    if (!json_string(s, key))
        return -1;
    skip_blanks(s);
    if (*s->at != ':')
        return -1;
    s->at++;
    skip_blanks(s);
    return json_value(s, value) ? 1 : -1;
}
