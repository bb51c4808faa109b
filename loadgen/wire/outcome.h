/*
 * Outcomes: what became of a request, one class each, one row each.
 *
 * Columns: enum, name (files, error.type), kind, severity 0..3 (facts: S0 not
 * the server's fault, S1 request lost, S2 degrades the run, S3 a configuration
 * error or a dead server), is it a configuration error that ends a run when
 * the first requests meet it, hint for the user.
 */
#ifndef GUST_OUTCOME_H
#define GUST_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

enum outcome_kind {
    KIND_OK,
    KIND_NOT_SENT,
    KIND_FAILED,
    KIND_CENSORED,
};

#define OUTCOME_LIST(X)                                                                \
    X(OK, "ok", OK, 0, 0, "")                                                          \
    /* never sent: the generator's or the policy's decision, with the due time kept */ \
    X(SHED, "shed", NOT_SENT, 2, 0, "raise --max-in-flight or lower the rate")         \
    X(BREAKER_OPEN, "breaker_open", NOT_SENT, 1, 0, "the circuit breaker was open")    \
    X(BUDGET, "budget", NOT_SENT, 1, 0, "the budget was used up")                      \
    X(CANCELLED, "cancelled", NOT_SENT, 0, 0, "the run ended before it was sent")      \
    /* in flight when the run ended */                                                 \
    X(CENSORED, "censored", CENSORED, 0, 0, "in flight when the run ended")            \
    /* transport */                                                                    \
    X(DNS, "dns", FAILED, 3, 1, "check the host name in --target")                     \
    X(CONNECT_REFUSED, "connect_refused", FAILED, 3, 1,                                \
      "nothing listens there: is the server up, is the port right?")                   \
    X(CONNECT_TIMEOUT, "connect_timeout", FAILED, 2, 0,                                \
      "no answer to SYN: firewall, full backlog, or a dead host")                      \
    X(TLS, "tls", FAILED, 3, 1, "check the certificate, --cacert, and http or https")  \
    X(PROXY, "proxy", FAILED, 3, 1,                                                    \
      "the proxy refuses: check --proxy, its user and password, what it may reach")    \
    X(RESET, "reset", FAILED, 2, 0, "the connection broke before any content")         \
    X(TRUNCATED, "truncated_stream", FAILED, 1, 0,                                     \
      "the stream ended without finish reason or end marker")                          \
    X(TTFT_TIMEOUT, "ttft_timeout", FAILED, 1, 0, "no content within --ttft-timeout")  \
    X(STALL_TIMEOUT, "stall_timeout", FAILED, 1, 0,                                    \
      "no content for longer than --stall-timeout")                                    \
    X(TOTAL_TIMEOUT, "total_timeout", FAILED, 1, 0, "longer than --timeout")           \
    /* HTTP status */                                                                  \
    X(CONTEXT, "http_400_context", FAILED, 3, 1,                                       \
      "prompts are longer than the model's context: cap the profile's lengths")        \
    X(HTTP_400, "http_400", FAILED, 3, 1, "the server refuses the request body")       \
    X(AUTH_401, "auth_401", FAILED, 3, 1,                                              \
      "set MISTRAL_API_KEY, --key-env or --key-file to a valid key")                   \
    X(PAYMENT_402, "payment_402", FAILED, 3, 1, "the account has no credit")           \
    X(FORBIDDEN_403, "forbidden_403", FAILED, 3, 1,                                    \
      "the key may not use this model or endpoint")                                    \
    X(NOT_FOUND_404, "not_found_404", FAILED, 3, 1,                                    \
      "check the path of --target and --model")                                        \
    X(METHOD_405, "method_405", FAILED, 3, 1, "wrong base URL: no POST allowed there") \
    X(TIMEOUT_408, "timeout_408", FAILED, 1, 0, "")                                    \
    X(CONFLICT_409, "conflict_409", FAILED, 1, 0, "")                                  \
    X(TOO_LARGE_413, "too_large_413", FAILED, 3, 1, "the body is too large")           \
    X(VALIDATION_422, "validation_422", FAILED, 3, 1,                                  \
      "a field of the body is refused: check --dialect")                               \
    X(DEPENDENCY_424, "failed_dependency_424", FAILED, 1, 0, "")                       \
    X(RATE_LIMITED, "rate_limited_429", FAILED, 2, 0,                                  \
      "your quota: lower the rate or ask for a higher limit")                          \
    X(QUOTA_SPENT, "quota_spent_429", FAILED, 3, 1,                                    \
      "the month's tokens or the money are used up: waiting is no help")               \
    X(NEVER_ALLOWED, "never_allowed_429", FAILED, 3, 1,                                \
      "the limit is 0, or the request is larger than all of it")                       \
    X(CAPACITY, "capacity_429_503", FAILED, 2, 0, "the server is saturated")           \
    X(CLIENT_CLOSED_499, "client_closed_499", FAILED, 1, 0, "")                        \
    X(SERVER_500, "server_500", FAILED, 1, 0, "")                                      \
    X(BAD_GATEWAY_502, "bad_gateway_502", FAILED, 2, 0, "")                            \
    X(UNAVAILABLE_503, "unavailable_503", FAILED, 2, 0, "")                            \
    X(GATEWAY_TIMEOUT_504, "gateway_timeout_504", FAILED, 2, 0, "")                    \
    X(OVERLOADED_529, "overloaded_529", FAILED, 2, 0, "")                              \
    X(CDN_52X, "cdn_52x", FAILED, 2, 0, "")                                            \
    X(HTTP_OTHER, "http_other", FAILED, 1, 0, "")                                      \
    /* HTTP 200, and yet */                                                            \
    X(INBAND, "inband_error", FAILED, 1, 0, "HTTP 200 with an error event inside")     \
    X(MALFORMED_SSE, "malformed_sse", FAILED, 1, 1,                                    \
      "a stream was asked for and no event stream came")                               \
    X(MALFORMED_JSON, "malformed_json", FAILED, 1, 0, "an event is not valid JSON")    \
    X(EMPTY, "empty_completion", FAILED, 1, 0, "finished without any content")         \
    X(CONTENT_FILTER, "content_filter", FAILED, 0, 0, "the answer was filtered")       \
    X(FINISH_ERROR, "finish_error", FAILED, 1, 0, "finish reason says error")          \
    X(MODEL_MISMATCH, "model_mismatch", FAILED, 3, 1,                                  \
      "the server answered with another model: check --model")                         \
    X(HTTP2, "http2", FAILED, 2, 0, "HTTP/2 stream or framing error")                  \
    X(CLIENT_RESOURCE, "client_resource", FAILED, 3, 0,                                \
      "this machine ran out of descriptors, ports or memory")                          \
    X(OTHER, "other", FAILED, 1, 0, "")

enum outcome {
#define OUTCOME_ENUM(id, name, kind, severity, config, hint) OUTCOME_##id,
    OUTCOME_LIST(OUTCOME_ENUM)
#undef OUTCOME_ENUM
        OUTCOME_COUNT
};

struct outcome_row {
    const char *name;
    enum outcome_kind kind;
    uint8_t severity;
    bool is_config_error;
    const char *hint;
};

extern const struct outcome_row outcome_rows[OUTCOME_COUNT];

/* The outcome of that name, or OUTCOME_COUNT. */
enum outcome outcome_find(const char *name);

/* What the transport said, in words that are not curl's: the engine maps
 * CURLcode to this through a table, so that no curl name leaves the engine. */
enum transport {
    TRANSPORT_OK,
    TRANSPORT_DNS,
    TRANSPORT_REFUSED,
    TRANSPORT_TLS,
    TRANSPORT_PROXY,   /* it answered, and makes no connection for us */
    TRANSPORT_BROKEN,  /* send, receive, empty reply, reset */
    TRANSPORT_PARTIAL, /* body cut short */
    TRANSPORT_TIMEOUT, /* libcurl's own timer: connect */
    TRANSPORT_HTTP2,
    TRANSPORT_NOT_HTTP,
    TRANSPORT_ENCODING,
    TRANSPORT_RESOURCE, /* descriptors, ports, memory of this machine */
    TRANSPORT_ABORTED,  /* we ended it: see timer */
    TRANSPORT_OTHER,
};

/* Which of our own timers ended the exchange, if any. */
enum timer_fired {
    TIMER_NONE,
    TIMER_CONNECT,
    TIMER_TTFT,
    TIMER_STALL,
    TIMER_TOTAL,
    TIMER_RUN_END, /* the run was over: censored */
    TIMER_BEATEN,  /* another attempt of its request was first: cancelled */
};

/* Everything known about one finished exchange that decides its class. */
struct evidence {
    enum transport transport;
    enum timer_fired timer;
    uint16_t http;         /* 0: no response */
    bool is_stream_asked;  /* "stream": true was sent */
    bool is_event_stream;  /* content type says text/event-stream */
    bool saw_content;      /* non-empty content, thinking or tool delta */
    bool saw_all_finishes; /* every choice has a finish reason */
    bool saw_end;          /* the dialect's end marker */
    bool needs_end;        /* the dialect sends one */
    bool saw_body;         /* at least one body byte */
    bool is_bad_sse;
    bool is_bad_json;
    bool is_empty_allowed; /* embeddings, moderation: no text expected */
    bool is_wrong_model;
    bool has_inband_error;
    bool is_filtered;       /* finish reason content_filter, or a refusal */
    bool is_finish_error;   /* error, abort, parse_error */
    bool is_context_finish; /* model_length */
    bool is_never_allowed;  /* headers name a limit of 0 */
    bool is_quota_spent;    /* nothing remains of a day's or a month's budget */
    /* From an error body or an in-band error; empty when there was none. */
    int error_code;         /* numeric code inside, 0 none */
    const char *error_text; /* message, type and code joined; never NULL */
};

/*
 * The class from the most specific evidence: in-band code > body code > HTTP
 * status > transport > timers > what was inside. Pure; the rules are a table.
 *
 * - The end of the run outranks all: what was in flight then is censored.
 * - So does a hedge that was first: the attempt beside it is cancelled.
 * - An in-band error is inband_error whatever its inner code, which is kept.
 * - A transfer that broke is reset until the first body byte, truncated_stream
 *   from then on, even when the end marker had come; also when the transport saw
 *   nothing wrong (no body byte at all; finish reason or end marker missing).
 * - HTTP/2 errors are http2, before or after content.
 * - A reply that is no HTTP or has a broken content coding, and an exchange that
 *   was aborted without a timer and holds nothing bad, are other.
 * - finish reason model_length counts as http_400_context.
 * - A 429 is the minute's quota unless a header or the body says more: that the
 *   server is full, that the month's budget is spent, that it is never allowed.
 */
enum outcome outcome_of(const struct evidence *ev);

#endif
