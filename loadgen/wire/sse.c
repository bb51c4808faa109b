/*
 * Server-sent events; see sse.h.
 *
 * One loop takes a line and acts on it: an empty line closes the open event, a
 * "data" line starts or prolongs it. The data of the open event is a pointer
 * into the fed slice as long as possible. When the slice ends first, data and
 * the cut line are copied, and the next slice goes on from the copies.
 */
#include "wire/sse.h"

#include <string.h>

#define SSE_FIELD_MAX 32 /* bytes of a field's name, with colon and space */

void sse_init(struct sse *s, size_t event_max)
{
    *s = (struct sse){.event_max = event_max};
    buf_init(&s->held, event_max);
    buf_init(&s->line, event_max + SSE_FIELD_MAX);
}

void sse_release(struct sse *s)
{
    buf_release(&s->line);
    buf_release(&s->held);
    *s = (struct sse){0};
}

void sse_reset(struct sse *s)
{
    struct buf held = s->held, line = s->line;
    buf_reset(&held);
    buf_reset(&line);
    *s = (struct sse){.held = held, .line = line, .event_max = s->event_max};
}

static const char *find(const char *from, const char *end, char wanted)
{
    const char *found = from < end ? memchr(from, wanted, (size_t)(end - from)) : NULL;
    return found != NULL ? found : end;
}

/* Goes on at here, and looks for the next LF and CR where they were passed. */
static void advance(struct sse *s, const char *here)
{
    s->next = here;
    if (s->lf < here)
        s->lf = find(here, s->end, '\n');
    if (s->cr < here)
        s->cr = find(here, s->end, '\r');
}

static enum sse_status fail(struct sse *s)
{
    s->is_bad = true;
    s->next = s->end;
    return SSE_BAD;
}

/* Passes a BOM at the very start, cut or not. False: only a part of one came,
 * and such bytes start no line. */
static bool skip_bom(struct sse *s)
{
    static const char bom[] = "\xef\xbb\xbf";
    while (s->bom_bytes < 3 && s->next < s->end && *s->next == bom[s->bom_bytes]) {
        s->next++;
        s->bom_bytes++;
    }
    if (s->next == s->end && s->bom_bytes < 3)
        return true;
    s->is_started = true;
    return s->bom_bytes == 0 || s->bom_bytes == 3;
}

void sse_feed(struct sse *s, const char *bytes, size_t length)
{
    assert(s->next == s->end || s->is_bad);
    if (length == 0 || s->is_bad)
        return;
    s->next = bytes;
    s->end = bytes + length;
    if (!s->is_started && !skip_bom(s)) {
        (void)fail(s);
        return;
    }
    if (s->skip_lf && s->next < s->end) {
        s->next += *s->next == '\n';
        s->skip_lf = false;
    }
    s->lf = find(s->next, s->end, '\n');
    s->cr = find(s->next, s->end, '\r');
}

/* The slice is used up: keeps what the next one needs. */
static enum sse_status keep(struct sse *s)
{
    if (s->data != NULL && s->held.len == 0) {
        buf_append(&s->held, s->data, s->data_length);
        s->data = s->held.data;
    }
    buf_append(&s->line, s->next, (size_t)(s->end - s->next));
    s->next = s->end;
    return s->held.is_full || s->line.is_full ? fail(s) : SSE_MORE;
}

struct line {
    const char *text;
    size_t length;
};

/* Takes the line that ends in this slice, its cut beginning included. */
static struct line take_line(struct sse *s)
{
    bool is_lf = s->lf < s->cr;
    const char *end = is_lf ? s->lf : s->cr;
    struct line line = {s->next, (size_t)(end - s->next)};
    if (s->line.len > 0) {
        buf_append(&s->line, line.text, line.length);
        line = (struct line){s->line.data, s->line.len};
    }
    end++;
    if (!is_lf && end == s->end)
        s->skip_lf = true;
    else if (!is_lf && *end == '\n')
        end++;
    advance(s, end);
    return line;
}

/* Adds a data line. In place while it is the only one and lies in the slice. */
static bool add_data(struct sse *s, const char *text, size_t length)
{
    bool is_in_slice = s->line.len == 0;
    if (s->data == NULL && is_in_slice) {
        s->data = text;
        s->data_length = length;
        return length <= s->event_max;
    }
    if (s->data != NULL && s->held.len == 0)
        buf_append(&s->held, s->data, s->data_length);
    if (s->data != NULL)
        buf_putc(&s->held, '\n');
    buf_append(&s->held, text, length);
    s->data = s->held.data;
    s->data_length = s->held.len;
    return !s->held.is_full;
}

static void set_name(struct sse *s, const char *text, size_t length)
{
    s->name_length = length < SSE_NAME_MAX ? length : SSE_NAME_MAX - 1;
    memcpy(s->name, text, s->name_length);
    s->name[s->name_length] = '\0';
    s->has_name = true;
}

static bool is_field_name(const char *text, size_t length)
{
    if (length == 0 || length > SSE_FIELD_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return true;
}

static bool is_name(const char *text, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(text, name, length) == 0;
}

/* Acts on a line that is not empty. False: no SSE line, or too long. */
static bool take_field(struct sse *s, struct line line)
{
    if (line.text[0] == ':') {
        s->comments++;
        return true;
    }
    const char *colon = memchr(line.text, ':', line.length);
    size_t name_length = colon != NULL ? (size_t)(colon - line.text) : line.length;
    const char *value = line.text + name_length;
    const char *end = line.text + line.length;
    value += value < end;
    value += value < end && *value == ' ';
    size_t length = (size_t)(end - value);
    bool is_error = is_name(line.text, name_length, "error");
    if (is_error || is_name(line.text, name_length, "data")) {
        s->has_error_field |= is_error;
        return add_data(s, value, length);
    }
    if (is_name(line.text, name_length, "event")) {
        set_name(s, value, length);
        return true;
    }
    return colon != NULL && is_field_name(line.text, name_length);
}

/* Hands the open event out, if it has data, and starts anew. The bytes stay
 * where they are until the next call. */
static bool close_event(struct sse *s, struct sse_event *ev)
{
    bool has_data = s->data != NULL && s->data_length > 0;
    if (has_data)
        *ev = (struct sse_event){
            .data = s->data,
            .length = s->data_length,
            .name = s->has_name ? s->name : NULL,
            .name_length = s->has_name ? s->name_length : 0,
            .is_error_field = s->has_error_field,
        };
    s->data = NULL;
    s->data_length = 0;
    s->has_name = false;
    s->has_error_field = false;
    return has_data;
}

/* The commonest event by far, "data: ...\n\n" whole in the slice. */
static bool take_whole(struct sse *s, struct sse_event *ev)
{
    const char *line = s->next, *lf = s->lf;
    if (s->data != NULL || s->has_name || s->line.len > 0 || s->cr < lf)
        return false;
    if (s->end - lf < 2 || lf[1] != '\n' || lf - line < 7)
        return false;
    if (memcmp(line, "data: ", 6) != 0 || (size_t)(lf - line) - 6 > s->event_max)
        return false;
    *ev = (struct sse_event){.data = line + 6, .length = (size_t)(lf - line) - 6};
    advance(s, lf + 2);
    return true;
}

enum sse_status sse_next(struct sse *s, struct sse_event *ev)
{
    if (s->is_bad)
        return SSE_BAD;
    if (s->data == NULL)
        buf_reset(&s->held);
    if (s->next == s->end)
        return SSE_MORE;
    if (take_whole(s, ev))
        return SSE_EVENT;
    while (s->lf < s->end || s->cr < s->end) {
        struct line line = take_line(s);
        bool is_good = !s->line.is_full && line.length <= s->line.max;
        if (line.length == 0) {
            if (close_event(s, ev))
                return SSE_EVENT;
            buf_reset(&s->held);
        } else if (is_good) {
            is_good = take_field(s, line);
        }
        buf_reset(&s->line);
        if (!is_good)
            return fail(s);
    }
    return keep(s);
}

enum sse_status sse_finish(struct sse *s, struct sse_event *ev)
{
    if (s->is_bad)
        return SSE_BAD;
    bool has_half_bom = !s->is_started && s->bom_bytes > 0;
    struct line line = {s->line.data, s->line.len};
    if (has_half_bom || (line.length > 0 && !take_field(s, line)))
        return fail(s);
    buf_reset(&s->line);
    return close_event(s, ev) ? SSE_EVENT : SSE_MORE;
}
