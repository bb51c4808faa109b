/* A growing byte buffer with a cap and a sticky error; see buf.h. */
#include "base/buf.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST_BYTES 64

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max = max_bytes};
    b->data = xcalloc(1, 1);
    b->cap = 1;
}

void buf_release(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->is_full = false;
    if (b->data != NULL)
        b->data[0] = '\0';
}

bool buf_reserve(struct buf *b, size_t extra)
{
    assert(b->data != NULL);
    if (b->is_full)
        return false;
    if (extra > b->max - b->len) {
        b->is_full = true;
        return false;
    }
    size_t need = b->len + extra + 1;
    if (need <= b->cap)
        return true;
    size_t cap = b->cap < BUF_FIRST_BYTES ? BUF_FIRST_BYTES : b->cap;
    while (cap < need)
        cap += cap / 2;
    b->data = xrealloc_array(b->data, cap, 1);
    b->cap = cap;
    return true;
}

void buf_append(struct buf *b, const void *bytes, size_t length)
{
    if (!buf_reserve(b, length))
        return;
    if (length > 0)
        memcpy(b->data + b->len, bytes, length);
    b->len += length;
    b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
    buf_append(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c)
{
    if (!buf_reserve(b, 1))
        return;
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

/* Into the room that is there; where that was too little, once more. */
void buf_vprintf(struct buf *b, const char *format, va_list args)
{
    va_list again;
    assert(b->data != NULL);
    if (b->is_full)
        return;
    va_copy(again, args);
    size_t most = b->max - b->len + 1; /* cap may be past max */
    size_t room = b->cap - b->len < most ? b->cap - b->len : most;
    int length = vsnprintf(b->data + b->len, room, format, args);
    assert(length >= 0);
    if ((size_t)length >= room) {
        b->data[b->len] = '\0';
        if (!buf_reserve(b, (size_t)length))
            goto out;
        int written = vsnprintf(b->data + b->len, (size_t)length + 1, format, again);
        assert(written == length);
    }
    b->len += (size_t)length;
out:
    va_end(again);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(b, format, args);
    va_end(args);
}

void buf_truncate(struct buf *b, size_t new_length)
{
    assert(new_length <= b->len);
    b->len = new_length;
    b->data[new_length] = '\0';
}

char *buf_steal(struct buf *b)
{
    char *data = b->data;
    size_t max = b->max;
    buf_init(b, max);
    return data;
}

static void escape_control(struct buf *b, unsigned char c)
{
    switch (c) {
    case '\n':
        buf_puts(b, "\\n");
        return;
    case '\r':
        buf_puts(b, "\\r");
        return;
    case '\t':
        buf_puts(b, "\\t");
        return;
    default:
        buf_printf(b, "\\u%04x", c);
    }
}

static void escape(struct buf *b, const unsigned char *c, size_t utf8_bytes)
{
    if (utf8_bytes == 0)
        buf_puts(b, "\\ufffd");
    else if (*c == '"' || *c == '\\')
        buf_printf(b, "\\%c", *c);
    else
        escape_control(b, *c);
}

/* What needs no escape is copied in whole runs. */
void buf_json_escape(struct buf *b, const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t run = 0; /* where what is not yet copied begins */
    for (size_t i = 0; i < length;) {
        size_t n = utf8_length(s + i, length - i);
        bool is_plain =
            n > 0 && s[i] != '"' && s[i] != '\\' && s[i] >= 0x20 && s[i] != 0x7f;
        if (!is_plain) {
            buf_append(b, s + run, i - run);
            escape(b, s + i, n);
        }
        i += n ? n : 1;
        if (!is_plain)
            run = i;
    }
    buf_append(b, s + run, length - run);
}
