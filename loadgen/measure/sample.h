/*
 * What remains of one request when it is over: a plain struct, produced by the
 * worker, counted by the collector, never kept.
 *
 * Every scheduled request yields exactly one sample, so the identity
 *     scheduled = sent + not_sent
 *     sent      = succeeded + failed + censored
 * holds by construction and is asserted anyway.
 */
#ifndef GUST_SAMPLE_H
#define GUST_SAMPLE_H

#include "measure/bill.h"
#include "measure/metric.h"
#include "wire/outcome.h"

#include <stdint.h>

#define SAMPLE_UNDEFINED INT64_C(-1)

/* Where the count of output tokens came from. */
enum token_source {
    TOKENS_NONE,    /* no content at all */
    TOKENS_USAGE,   /* the server's usage object */
    TOKENS_COUNTED, /* counted content events, labelled so */
};

struct sample {
    uint64_t number; /* position in the global schedule */
    int64_t due_ns;  /* since t0; may be negative before it (never counted) */
    int64_t end_ns;  /* since t0: when the outcome was known */
    int64_t value_ns[METRIC_COUNT]; /* SAMPLE_UNDEFINED where not applicable; GAP
                                       is never set here, see epoch.h */
    int64_t decode_ns;              /* last content - first content, 0 when undefined */
    uint32_t prompt_asked, output_asked;                  /* tokens */
    uint32_t prompt_tokens, cached_tokens, output_tokens; /* as reported */
    struct bill bill;   /* of the attempt that ended the request */
    struct bill extra;  /* of its other attempts */
    struct bill doubt;  /* what may be charged on top, by all of them */
    int64_t cost;       /* of bill and extra, pico-units; 0 where there is no price */
    int64_t extra_cost; /* of extra, in it */
    int64_t doubt_cost; /* of doubt, on top of it */
    uint32_t content_events; /* deltas with content */
    uint32_t reads;          /* socket reads that carried content */
    uint32_t items;          /* embeddings, results or pages of the answer */
    uint32_t worker;
    uint16_t turn; /* of a conversation, 0 first */
    uint16_t arm, class_index, phase;
    uint16_t http;            /* status, 0 none */
    uint16_t curl;            /* CURLcode */
    uint16_t attempts;        /* on the wire, hidden ones included */
    uint16_t hidden_attempts; /* re-sent by libcurl itself */
    uint16_t hedges;          /* sent beside a slow attempt */
    uint8_t outcome;          /* enum outcome */
    uint8_t token_source;     /* enum token_source */
    uint8_t stratum;
    bool is_measured; /* due inside the measured window */
    bool is_good;     /* succeeded and met every SLO limit */
    bool is_later;    /* a retry or a hedge ended it, not its first attempt */
    bool was_reused;  /* the connection was */
    bool is_short;    /* fewer output tokens than asked, finish stop */
    bool is_flagged;  /* a moderation category hit */
    bool is_refused;  /* the model would not */
    bool is_filtered; /* finish reason content_filter */
    bool has_drift;   /* prompt_tokens differ from the asked number */
    bool is_assumed;  /* a bill that the server did not tell */
};

/* A failure worth showing, bounded in number and size. Texts are redacted and
 * NUL-terminated. */
struct failure_note {
    uint64_t number;
    int64_t due_ns, end_ns;
    uint16_t arm, class_index, http, curl;
    uint8_t outcome;
    char provider_code[48];
    char correlation_id[64];
    char request_id[48];
    char snippet[257]; /* first 256 bytes of the body or error text */
};

#endif
