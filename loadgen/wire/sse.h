/*
 * Server-sent events, fed in any slices, handed out one by one.
 *
 * Rules (WHATWG, and facts measured on servers): UTF-8 BOM at the start is
 * skipped; lines end in LF, CRLF or CR; a line starting with ':' is a comment;
 * one space after the colon is dropped; several data lines join with LF; events
 * without data are skipped, save that the non-standard field "error:" (llama.cpp
 * up to late 2025) counts as an event of its own; a last block without an empty
 * line is still handed out by sse_finish.
 *
 * Fast path: an event that lies whole in the fed bytes is handed out in place;
 * only cut ones are copied into the storage, whose cap bounds memory.
 */
#ifndef GUST_SSE_H
#define GUST_SSE_H

#include "base/buf.h"

#define SSE_EVENT_MAX (16u << 20)

struct sse_event {
    const char *data; /* not NUL-terminated; valid until the next call */
    size_t length;
    const char *name; /* event: field, NULL when absent */
    size_t name_length;
    bool is_error_field; /* came in an "error:" field */
};

enum sse_status {
    SSE_EVENT, /* *ev is filled: call again */
    SSE_MORE,  /* all fed bytes are used up */
    SSE_BAD,   /* an event larger than the cap, or bytes that are no SSE line */
};

struct sse {
    struct buf held;      /* an event cut by the end of a slice */
    const char *next;     /* unread part of the fed slice */
    size_t left;
    bool is_started;      /* past a possible BOM */
    bool skip_lf;         /* the last byte was CR: a following LF belongs to it */
    bool is_bad;
    uint64_t comments;    /* pings */
};

void sse_init(struct sse *s, size_t event_max);
void sse_release(struct sse *s);
void sse_reset(struct sse *s);

/* Lends the next slice; all events must be taken before the next feed. */
void sse_feed(struct sse *s, const char *bytes, size_t length);
enum sse_status sse_next(struct sse *s, struct sse_event *ev);
/* After the last byte: the event without a closing empty line, if any. */
enum sse_status sse_finish(struct sse *s, struct sse_event *ev);

#endif
