/*
 * One HTTP exchange as a pure state machine: bytes and times go in, facts come
 * out. It knows no curl, no socket and no clock; the engine passes the time at
 * which the kernel received the bytes.
 *
 * begin -> header* -> bytes* -> end. When a stream was asked for and a 2xx event
 * stream comes, bytes are server-sent events; else they are one body, held up to
 * a cap (64 KiB of an error, 16 MiB of an answer) and read at the end.
 *
 * A stream is over at its end marker: later bytes are counted and not read. What
 * the end of the transfer cuts in the middle of an event is a truncated stream,
 * not malformed JSON. Of several in-band errors the first is kept; of several
 * choices the worst finish reason; of several usages the last.
 */
#ifndef GUST_EXCHANGE_H
#define GUST_EXCHANGE_H

#include "measure/hist.h"
#include "wire/outcome.h"
#include "wire/ratelimit.h"
#include "wire/reply.h"
#include "wire/sse.h"

#define EXCHANGE_ERROR_MAX (64u << 10)
#define EXCHANGE_BODY_MAX SSE_EVENT_MAX

/* What was asked, borrowed for the exchange. */
struct exchange_ask {
    bool is_stream;
    bool needs_end;            /* the dialect ends streams with [DONE] */
    bool is_empty_allowed;     /* no text is expected (embeddings, moderation): then
                               data or results, or a finish reason, must come */
    uint32_t choices;          /* n; 0 means 1; finish reasons of the first 32 count */
    const char *const *models; /* allowed echoes, NULL-terminated; NULL: any */
    struct hist *gaps;         /* gets each gap in us; NULL: not recorded */
    int64_t t0_wall_ns;        /* wall clock at t0, for dates in headers; 0: unknown */
};

/*
 * Times are since t0, SAMPLE_UNDEFINED (-1) where it did not happen. Deltas are
 * a stream's: an answer in one body has no first content and no content events,
 * and its last_content_ns is that of its last byte.
 */
struct exchange {
    struct exchange_ask ask;
    struct sse sse;
    struct buf body;        /* non-stream or error body, capped; tail is counted only */
    int64_t wire_ns;        /* request put on the wire */
    int64_t first_byte_ns;  /* of the body */
    int64_t first_event_ns; /* of the stream */
    int64_t first_content_ns; /* content, thinking or tool delta, not empty */
    int64_t first_answer_ns;  /* not thinking */
    int64_t last_content_ns;
    int64_t last_byte_ns;
    int64_t end_ns;
    uint16_t http;
    bool is_event_stream; /* the content type says so */
    bool saw_content;     /* content, thinking or tool call, not empty */
    bool saw_thinking;
    bool saw_end;
    bool is_bad_sse, is_bad_json, is_wrong_model;
    bool is_refused, is_flagged;
    enum finish finish;
    uint32_t finished; /* bits of choices with a finish reason */
    uint32_t events;   /* of the stream, end marker and pings not counted */
    uint32_t content_events;
    uint32_t content_reads; /* times at which content came: a read may be handed on
                               in pieces, which share its time */
    uint32_t items;
    uint64_t body_bytes;
    struct usage usage;
    struct reply error; /* in-band or body error; is_error says so */
    char model[128];    /* echoed */
    char correlation_id[64];
    unsigned correlation_rank; /* of the header it came from, 0: none yet */
    struct ratelimit limits;   /* what the headers say; waits are settled at the end */
};

void exchange_init(struct exchange *x);
void exchange_release(struct exchange *x);

/* Starts anew, keeping storage; nothing is allocated after warm-up. */
void exchange_begin(struct exchange *x, const struct exchange_ask *ask, int64_t now_ns);

/* One header line without CRLF, status line included ("HTTP/1.1 200 OK"); a new
 * status line (100, redirect) forgets the headers before it. */
void exchange_header(struct exchange *x, const char *line, size_t length);

/* Body bytes received at now_ns. Returns the number of content events in them. Bytes
 * come in order: where two clocks say otherwise (a read stamped by the loop, late,
 * and then one stamped by the kernel), the later bytes have the earlier ones' time. */
uint32_t exchange_bytes(struct exchange *x, const char *bytes, size_t length,
                        int64_t now_ns);

/* The transfer is over; judges what was seen. transport and timer say how it
 * ended. Fills *ev (which borrows from x) and returns its outcome. */
enum outcome exchange_end(struct exchange *x, enum transport transport,
                          enum timer_fired timer, int64_t now_ns, struct evidence *ev);

#endif
