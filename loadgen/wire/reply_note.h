/*
 * How facts go into a struct reply: used by both readers of reply.h, so that
 * they agree by construction. Private to loadgen/wire/reply*.c.
 */
#ifndef GUST_REPLY_NOTE_H
#define GUST_REPLY_NOTE_H

#include "wire/reply.h"

#include <string.h>

/* All facts zero; the tails of the texts are left as they are, which saves the
 * fast path half a kilobyte of writing. */
void reply_clear(struct reply *r);

/* The finish reason of that name, of any server. */
enum finish finish_find(const char *name, size_t length);

/* Is it "error" or "Error", as the object member of an error body? */
bool is_error_word(const char *text, size_t length);

/* One choice was read whole; finish FINISH_NONE: it goes on. */
void note_choice(struct reply *r, uint32_t index, enum finish finish);

/* Copies text into a field of size bytes, cut where too long. */
void note_text(char *field, size_t size, const char *text, size_t length);

static inline void note_content(struct reply *r, size_t bytes)
{
    r->has_content |= bytes > 0;
    r->content_bytes += (uint32_t)bytes;
}

static inline void note_thinking(struct reply *r, size_t bytes)
{
    r->has_thinking |= bytes > 0;
    r->content_bytes += (uint32_t)bytes;
}

/* Servers put the same number in one place or another: the larger counts, in any
 * order. */
static inline void note_count(uint32_t *field, uint32_t value)
{
    if (value > *field)
        *field = value;
}

#endif
