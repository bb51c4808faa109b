/*
 * Server-sent events, fed in any slices, handed out one by one.
 *
 * Rules (WHATWG, and facts measured on servers): UTF-8 BOM at the start is
 * skipped; lines end in LF, CRLF or CR; a line starting with ':' is a comment;
 * one space after the colon is dropped; several data lines join with LF; events
 * without data are skipped, save that the non-standard field "error:" (llama.cpp
 * up to late 2025) counts as data and is marked; unknown fields are ignored; a
 * last block without an empty line is still handed out by sse_finish.
 *
 * A line that is neither a comment nor a field ("<html>", "{", "Not Found") is
 * no event stream: SSE_BAD, for good.
 *
 * Fast path: an event that lies whole in the fed bytes is handed out in place;
 * only cut ones are copied into the storage, whose cap bounds memory. Each fed
 * byte is searched twice (for LF and for CR), whatever the line ends are.
 */
#ifndef GUST_SSE_H
#define GUST_SSE_H

#include "base/buf.h"

#define SSE_EVENT_MAX (16u << 20)
#define SSE_NAME_MAX 64

struct sse_event {
    const char *data; /* not NUL-terminated; valid until the next call */
    size_t length;
    const char *name; /* event: field, cut to 63 bytes; NULL when absent */
    size_t name_length;
    bool is_error_field; /* came in an "error:" field */
};

enum sse_status {
    SSE_EVENT, /* *ev is filled: call again */
    SSE_MORE,  /* all fed bytes are used up */
    SSE_BAD,   /* an event larger than the cap, or bytes that are no SSE line */
};

/*
 * next..end is the unread part of the slice; lf and cr are the first of their
 * kind in it, or end. data is the event so far: in the slice, or, once held is
 * not empty, in held. line is not empty only when a slice ended inside a line.
 */
struct sse {
    const char *next, *end, *lf, *cr;
    const char *data; /* of the open event; NULL: no data line yet */
    size_t data_length;
    struct buf held;         /* data of an event cut by the end of a slice */
    struct buf line;         /* a line cut by the end of a slice */
    char name[SSE_NAME_MAX]; /* event: field of the open event */
    size_t name_length;
    size_t bom_bytes; /* of a possible BOM seen so far */
    size_t event_max;
    bool has_name;
    bool has_error_field;
    bool is_started; /* past a possible BOM */
    bool skip_lf;    /* the last byte was CR: a following LF belongs to it */
    bool is_bad;
    uint64_t comments; /* pings */
};

/* event_max: bytes of data of one event at most; a line may have 32 more. */
void sse_init(struct sse *s, size_t event_max);
void sse_release(struct sse *s);
/* Ready for another stream; storage is kept. */
void sse_reset(struct sse *s);

/* Lends the next slice; all events must be taken before the next feed. */
void sse_feed(struct sse *s, const char *bytes, size_t length);
enum sse_status sse_next(struct sse *s, struct sse_event *ev);
/* After the last byte: the event without a closing empty line, if any. */
enum sse_status sse_finish(struct sse *s, struct sse_event *ev);

#endif
