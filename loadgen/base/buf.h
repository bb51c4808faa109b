/*
 * A growing byte buffer with a cap and a sticky error.
 *
 * Invariants: data is never NULL and always NUL-terminated at data[len];
 * len <= max. Once an append would pass max, is_full is set, that append and
 * all later ones are dropped whole, and the caller checks once at the end.
 */
#ifndef GUST_BUF_H
#define GUST_BUF_H

#include "base/base.h"

#include <stdarg.h>
#include <stdbool.h>

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
    bool is_full;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_release(struct buf *b);

/* Empties the buffer and clears is_full; the storage is kept for reuse. */
void buf_reset(struct buf *b);

/* Makes room for extra bytes at once; false (and is_full) when past max. */
bool buf_reserve(struct buf *b, size_t extra);

void buf_append(struct buf *b, const void *bytes, size_t length);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* Text as the inside of a JSON string: quotes, backslashes and control bytes
 * escaped, bytes that are no UTF-8 replaced by U+FFFD. */
void buf_json_escape(struct buf *b, const char *text, size_t length);

/* Drops everything from new_length on. */
void buf_truncate(struct buf *b, size_t new_length);

/* Gives the bytes away (NUL-terminated, free() them) and empties the buffer. */
char *buf_steal(struct buf *b);

#endif
