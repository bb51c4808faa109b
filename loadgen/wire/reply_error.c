/*
 * Error bodies and in-band errors of every server.
 *
 * The object that speaks is the member "error" or the document itself. In it,
 * type, code and message have several names each: a table says which. A message
 * may be text, or the list of a validator: then every place and complaint is
 * printed. Bodies that are no JSON give the title of the page, or their text.
 */
#include "wire/reply_error.h"

#include "wire/reply_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* First name that is there counts. */
static const char *const type_names[] = {"type", "error_type", "status", NULL};
static const char *const code_names[] = {"code", "http_status_code", NULL};
static const char *const message_names[] = {"message", "error_message", "detail", "msg",
                                            NULL};

static const json_t *first_of(const json_t *object, const char *const *names)
{
    for (; *names != NULL; names++) {
        const json_t *value = json_object_get(object, *names);
        if (value != NULL && !json_is_null(value))
            return value;
    }
    return NULL;
}

static bool has(const json_t *root, const char *key)
{
    const json_t *value = json_object_get(root, key);
    return value != NULL && !json_is_null(value);
}

static bool is_typed_error(const json_t *root)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    size_t length = type != NULL ? strlen(type) : 0;
    return length > 6 && strcmp(type + length - 6, ".error") == 0;
}

bool reply_error_is(const json_t *root)
{
    const json_t *error = json_object_get(root, "error");
    const json_t *object = json_object_get(root, "object");
    if (json_is_object(error) || json_string_length(error) > 0)
        return true;
    if (json_is_string(object) &&
        is_error_word(json_string_value(object), json_string_length(object)))
        return true;
    if (has(root, "error_type") || has(root, "error_message") || is_typed_error(root))
        return true;
    bool has_payload = has(root, "choices") || has(root, "data") ||
                       has(root, "results") || has(root, "pages");
    return has(root, "detail") && !has_payload;
}

/* ---- text ---- */

/* A line being written into a field; too long is cut. */
struct line {
    char *text;
    size_t size, length;
};

static void add_bytes(struct line *l, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && l->length + 1 < l->size; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool is_blank = c <= ' ' || c == 0x7f;
        if (is_blank && (l->length == 0 || l->text[l->length - 1] == ' '))
            continue;
        l->text[l->length++] = is_blank ? ' ' : (char)c;
    }
    l->text[l->length] = '\0';
}

static void add(struct line *l, const char *text)
{
    add_bytes(l, text, strlen(text));
}

/* A scalar as text; other values add nothing. */
static void add_scalar(struct line *l, const json_t *value)
{
    char number[32];
    if (json_is_string(value))
        add_bytes(l, json_string_value(value), json_string_length(value));
    if (!json_is_number(value))
        return;
    (void)snprintf(number, sizeof number, "%.15g", json_number_value(value));
    add(l, number);
}

/* What a validator found: "extra_forbidden body.store: Extra inputs are ...". */
static void add_finding(struct line *l, const json_t *finding)
{
    const json_t *loc = json_object_get(finding, "loc");
    size_t i;
    json_t *step;
    add_scalar(l, json_object_get(finding, "type"));
    json_array_foreach(loc, i, step)
    {
        add(l, i == 0 ? " " : ".");
        add_scalar(l, step);
    }
    if (l->length > 0)
        add(l, ": ");
    add_scalar(l, first_of(finding, message_names));
}

/* A message: text, a list of findings, or an object around either. */
static void add_message(struct line *l, const json_t *message)
{
    if (json_is_object(message))
        message = first_of(message, message_names);
    add_scalar(l, message);
    size_t i;
    json_t *finding;
    json_array_foreach(message, i, finding)
    {
        if (i > 0)
            add(l, "; ");
        if (json_is_object(finding))
            add_finding(l, finding);
        else
            add_scalar(l, finding);
    }
}

/* ---- facts ---- */

/* The whole number in a code such as 400 or "1300", 0 when it is none. */
static int code_number(const json_t *code)
{
    double number = json_number_value(code);
    const char *text = json_string_value(code);
    if (text != NULL && text[0] >= '0' && text[0] <= '9') {
        char *end;
        number = strtod(text, &end);
        number = *end == '\0' ? number : 0;
    }
    return number > 0 && number < 1e9 ? (int)number : 0;
}

static void join(struct line *l, const char *text)
{
    if (l->length > 0 && text[0] != '\0')
        add(l, ": ");
    add(l, text);
}

void reply_error_note(struct reply *r, const json_t *root)
{
    const json_t *error = json_object_get(root, "error");
    const json_t *speaker = json_is_object(error) ? error : root;
    const json_t *type = first_of(speaker, type_names);
    const json_t *code = first_of(speaker, code_names);
    const json_t *message = first_of(speaker, message_names);
    if (json_is_string(error))
        message = error;
    char message_text[sizeof r->error_text] = "", type_text[128] = "";
    struct line words = {message_text, sizeof message_text, 0};
    struct line kind = {type_text, sizeof type_text, 0};
    struct line number = {r->provider_code, sizeof r->provider_code, 0};
    struct line all = {r->error_text, sizeof r->error_text, 0};
    add_message(&words, message);
    add_scalar(&kind, type);
    add_scalar(&number, code);
    join(&all, type_text);
    join(&all, r->provider_code);
    join(&all, message_text);
    if (number.length == 0)
        add(&number, type_text);
    r->error_code = code_number(code);
    r->is_error = true;
}

/* ---- bodies ---- */

/* Drops blanks and the field name of an event stream around a body. */
static void trim(const char **body, size_t *length)
{
    static const char *const fields[] = {"data:", "error:", NULL};
    while (*length > 0 && (unsigned char)(*body)[*length - 1] <= ' ')
        --*length;
    while (*length > 0 && (unsigned char)**body <= ' ') {
        ++*body;
        --*length;
    }
    for (size_t i = 0; fields[i] != NULL; i++) {
        size_t n = strlen(fields[i]);
        if (*length > n && memcmp(*body, fields[i], n) == 0) {
            *body += n;
            *length -= n;
        }
    }
}

/* Where the title of a page stands, or the whole body. */
static void find_title(const char **body, size_t *length)
{
    static const char open[] = "<title>";
    size_t n = sizeof open - 1;
    const char *end = *body + *length;
    for (const char *p = *body; (size_t)(end - p) > n; p++) {
        if (memcmp(p, open, n) != 0)
            continue;
        const char *close = memchr(p + n, '<', (size_t)(end - p) - n);
        *body = p + n;
        *length = (size_t)((close != NULL ? close : end) - *body);
        return;
    }
}

void reply_error_body(struct reply *out, const char *body, size_t length)
{
    reply_clear(out);
    out->is_error = true;
    trim(&body, &length);
    json_t *root = json_loadb(
        body, length, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL | JSON_DISABLE_EOF_CHECK,
        NULL);
    const json_t *first = json_is_array(root) ? json_array_get(root, 0) : root;
    if (json_is_object(first)) {
        reply_error_note(out, first);
    } else {
        struct line text = {out->error_text, sizeof out->error_text, 0};
        find_title(&body, &length);
        add_bytes(&text, body, length);
    }
    json_decref(root);
}
