/*
 * What one JSON document of a reply says: a stream's event or a whole body.
 *
 * Ordinary documents (chunks, chunks with usage, whole answers, embeddings) go
 * through an own single-pass scanner that validates the JSON and finds the few
 * facts below in 0.2 us; errors, lists of content parts, tool calls and whatever
 * else the scanner does not take are parsed with jansson. Both paths must agree
 * on every document: tests and the fuzzer check it.
 */
#ifndef GUST_REPLY_H
#define GUST_REPLY_H

#include "base/base.h"

#include <stdbool.h>

enum reply_status {
    REPLY_OK,
    REPLY_BAD, /* not JSON, or known keys of wrong types */
};

enum finish {
    FINISH_NONE, /* null, "" or absent */
    FINISH_STOP,
    FINISH_LENGTH,
    FINISH_TOOL,
    FINISH_CONTENT_FILTER,
    FINISH_CONTEXT, /* model_length */
    FINISH_ERROR,   /* error, abort, parse_error */
    FINISH_OTHER,   /* a reason we do not know: complete, counted apart */
};

struct usage {
    bool is_present;
    uint32_t prompt_tokens;
    uint32_t completion_tokens;
    uint32_t cached_tokens;
    uint32_t reasoning_tokens;
};

/* Facts of one document; all zero before reading. */
struct reply {
    uint32_t choices;      /* elements of choices[] */
    uint32_t choice_index; /* of the last one; its position where it has none */
    uint32_t finished;     /* bit i: choice i (0..31) has a finish reason here */
    enum finish finish;    /* of the last finished choice */
    bool has_role;
    bool has_content;  /* non-empty text content, or text of a completion */
    bool has_thinking; /* non-empty reasoning or thinking */
    bool has_tool;     /* tool calls */
    bool has_refusal;
    bool is_done;           /* last event of a typed stream (conversations) */
    uint32_t content_bytes; /* UTF-8 length of text and thinking, for estimates */
    struct usage usage;
    bool is_error;
    int error_code;         /* numeric code, 0 none */
    char error_text[384];   /* type, code and message joined by ": ", cut */
    char provider_code[48]; /* the code as text; where there is none, the type */
    char model[128];        /* echoed model, "" when absent */
    uint32_t items;         /* data[], results[] or pages[]: no text, but an answer */
    bool is_flagged;        /* a moderation category hit */
};

/* Reads one document of length bytes. want_model: also the echoed model (first
 * event, bodies); else model is "". Never allocates on the fast path.
 *
 * It is an in-band error (is_error) when it has a top-level "error" object or
 * text, or object "error", or error_type or error_message, or a type that ends
 * in ".error", or, without choices, data, results and pages, a "detail". */
enum reply_status reply_read(struct reply *out, const char *json, size_t length,
                             bool want_model);

/* The two paths behind it, for tests and the fuzzer; both read the model.
 * reply_scan returns false when it leaves the document to jansson; *out is then
 * undefined. */
bool reply_scan(struct reply *out, const char *json, size_t length);
enum reply_status reply_parse(struct reply *out, const char *json, size_t length);

/* An error body of any server: JSON of any shape, HTML, text or empty. Fills
 * is_error, error_code, error_text and provider_code; never fails. */
void reply_error_body(struct reply *out, const char *body, size_t length);

#endif
