/*
 * The class of a finished exchange, decided by a table.
 *
 * Rules stand in the order of their evidence, most specific first: end of the
 * run, in-band error, code and text of an error body, HTTP status, transport,
 * timers, and at last what was or was not inside a transfer that went well. The
 * first row whose conditions all hold gives the class; the last row has none, so
 * every evidence has exactly one. What is not obvious is said at outcome_of.
 */
#include "wire/outcome.h"

#include "base/base.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

const struct outcome_row outcome_rows[OUTCOME_COUNT] = {
#define OUTCOME_ROW(id, name, kind, severity, config, hint)                            \
    [OUTCOME_##id] = {name, KIND_##kind, severity, config, hint},
    OUTCOME_LIST(OUTCOME_ROW)
#undef OUTCOME_ROW
};

enum outcome outcome_find(const char *name)
{
    assert(name != NULL);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (strcmp(outcome_rows[i].name, name) == 0)
            return (enum outcome)i;
    return OUTCOME_COUNT;
}

/* The flags of an evidence as bits, so that a row can ask for a set of them. */
enum fact {
    FACT_STREAM_ASKED = 1u << 0,
    FACT_EVENT_STREAM = 1u << 1,
    FACT_CONTENT = 1u << 2,
    FACT_FINISHES = 1u << 3,
    FACT_END = 1u << 4,
    FACT_NEEDS_END = 1u << 5,
    FACT_BODY = 1u << 6,
    FACT_BAD_SSE = 1u << 7,
    FACT_BAD_JSON = 1u << 8,
    FACT_EMPTY_ALLOWED = 1u << 9,
    FACT_WRONG_MODEL = 1u << 10,
    FACT_INBAND = 1u << 11,
    FACT_FILTERED = 1u << 12,
    FACT_FINISH_ERROR = 1u << 13,
    FACT_CONTEXT_FINISH = 1u << 14,
    FACT_NEVER_ALLOWED = 1u << 15,
    FACT_QUOTA_SPENT = 1u << 16,
};

/* Conditions that are all zero hold always. */
struct rule {
    enum outcome outcome;
    unsigned transports; /* any of these: ON(transport) */
    unsigned timers;     /* any of these: ON(timer) */
    uint16_t http_first, http_last;
    int code;                 /* of the error body */
    const char *const *texts; /* any of these in the error text, in any case */
    unsigned has;             /* all of these facts */
    unsigned lacks;           /* none of these facts */
};

#define ON(which) (1u << (which))

/* The prompt did not fit, in the words of each server. */
static const char *const context_texts[] = {
    "maximum context length",
    "too large for model",
    "exceeds the available context size",
    "exceed_context_size_error",
    "context_length_exceeded",
    "prompt is too long",
    "model_context_exceeded",
    "`inputs` tokens +",
    "input is too long",
    "exceeds the model context length",     /* LMDeploy */
    "max_tokens must be at least 1, got -", /* vLLM up to 2024 */
    "longer than the model's context",      /* SGLang */
    NULL,
};

/* The server is full: not the client's quota. */
static const char *const capacity_texts[] = {
    "capacity exceeded", "capacity_exceeded",
    "overloaded",        "server busy",
    "queue full",        "queue is full",
    "too many queued",   "maximum pending",
    "no slot available", NULL,
};

/* No money, or no tokens until the next month. */
static const char *const spent_texts[] = {
    "insufficient_quota", "exceeded your current quota",
    "spend limit",        "spending limit",
    "monthly limit",      "monthly quota",
    "out of credits",     NULL,
};

/* One request that is larger than the whole limit. */
static const char *const never_texts[] = {
    "request too large",
    NULL,
};

#define VIA(name) .transports = ON(TRANSPORT_##name)
#define VIA2(one, other) .transports = ON(TRANSPORT_##one) | ON(TRANSPORT_##other)
#define BY(name) .timers = ON(TIMER_##name)
#define HTTP(status) .http_first = (status), .http_last = (status)
#define HTTPS(first, last) .http_first = (first), .http_last = (last)

static const struct rule rules[] = {
    {OUTCOME_CENSORED, BY(RUN_END)},
    {OUTCOME_CANCELLED, BY(BEATEN)},
    {OUTCOME_INBAND, HTTPS(200, 299), .has = FACT_INBAND},
    /* error bodies */
    {OUTCOME_CONTEXT, HTTP(400), .texts = context_texts},
    {OUTCOME_CONTEXT, HTTP(413), .texts = context_texts},
    {OUTCOME_CONTEXT, HTTP(422), .texts = context_texts},
    {OUTCOME_CAPACITY, HTTP(429), .code = 3505},
    {OUTCOME_CAPACITY, HTTP(503), .code = 3505},
    {OUTCOME_QUOTA_SPENT, HTTP(429), .texts = spent_texts},
    {OUTCOME_NEVER_ALLOWED, HTTP(429), .texts = never_texts},
    /* one code, and often one text, for all three: the headers tell them apart */
    {OUTCOME_NEVER_ALLOWED, HTTP(429), .has = FACT_NEVER_ALLOWED},
    {OUTCOME_QUOTA_SPENT, HTTP(429), .has = FACT_QUOTA_SPENT},
    {OUTCOME_RATE_LIMITED, HTTP(429), .code = 1300},
    {OUTCOME_CAPACITY, HTTP(429), .texts = capacity_texts},
    {OUTCOME_CAPACITY, HTTP(503), .texts = capacity_texts},
    /* HTTP status */
    {OUTCOME_HTTP_400, HTTP(400)},
    {OUTCOME_AUTH_401, HTTP(401)},
    {OUTCOME_PAYMENT_402, HTTP(402)},
    {OUTCOME_FORBIDDEN_403, HTTP(403)},
    {OUTCOME_NOT_FOUND_404, HTTP(404)},
    {OUTCOME_METHOD_405, HTTP(405)},
    {OUTCOME_PROXY, HTTP(407)},
    {OUTCOME_TIMEOUT_408, HTTP(408)},
    {OUTCOME_CONFLICT_409, HTTP(409)},
    {OUTCOME_TOO_LARGE_413, HTTP(413)},
    {OUTCOME_VALIDATION_422, HTTP(422)},
    {OUTCOME_DEPENDENCY_424, HTTP(424)},
    {OUTCOME_RATE_LIMITED, HTTP(429)},
    {OUTCOME_CLIENT_CLOSED_499, HTTP(499)},
    {OUTCOME_SERVER_500, HTTP(500)},
    {OUTCOME_BAD_GATEWAY_502, HTTP(502)},
    {OUTCOME_UNAVAILABLE_503, HTTP(503)},
    {OUTCOME_GATEWAY_TIMEOUT_504, HTTP(504)},
    {OUTCOME_GATEWAY_TIMEOUT_504, HTTP(524)},
    {OUTCOME_CDN_52X, HTTPS(520, 527)},
    {OUTCOME_OVERLOADED_529, HTTP(529)},
    {OUTCOME_CDN_52X, HTTP(530)},
    {OUTCOME_HTTP_OTHER, HTTPS(1, 199)},
    {OUTCOME_HTTP_OTHER, HTTPS(300, UINT16_MAX)},
    /* transport */
    {OUTCOME_DNS, VIA(DNS)},
    {OUTCOME_CONNECT_REFUSED, VIA(REFUSED)},
    {OUTCOME_TLS, VIA(TLS)},
    {OUTCOME_PROXY, VIA(PROXY)},
    {OUTCOME_CLIENT_RESOURCE, VIA(RESOURCE)},
    {OUTCOME_HTTP2, VIA(HTTP2)},
    {OUTCOME_TRUNCATED, VIA2(BROKEN, PARTIAL), .has = FACT_BODY},
    {OUTCOME_RESET, VIA2(BROKEN, PARTIAL)},
    {OUTCOME_OTHER, VIA2(NOT_HTTP, ENCODING)},
    {OUTCOME_OTHER, VIA(OTHER)},
    /* timers: ours, then the transport's own */
    {OUTCOME_CONNECT_TIMEOUT, BY(CONNECT)},
    {OUTCOME_TTFT_TIMEOUT, BY(TTFT)},
    {OUTCOME_STALL_TIMEOUT, BY(STALL)},
    {OUTCOME_TOTAL_TIMEOUT, BY(TOTAL)},
    {OUTCOME_TOTAL_TIMEOUT, VIA(TIMEOUT), HTTPS(200, 299)},
    {OUTCOME_CONNECT_TIMEOUT, VIA(TIMEOUT)},
    /* HTTP 2xx, and yet */
    {OUTCOME_RESET, VIA(OK), .lacks = FACT_BODY},
    {OUTCOME_MALFORMED_SSE, .has = FACT_BODY | FACT_STREAM_ASKED,
     .lacks = FACT_EVENT_STREAM},
    {OUTCOME_MALFORMED_SSE, .has = FACT_BAD_SSE},
    {OUTCOME_MALFORMED_JSON, .has = FACT_BAD_JSON},
    {OUTCOME_MODEL_MISMATCH, .has = FACT_WRONG_MODEL},
    {OUTCOME_FINISH_ERROR, .has = FACT_FINISH_ERROR},
    {OUTCOME_CONTEXT, .has = FACT_CONTEXT_FINISH},
    {OUTCOME_CONTENT_FILTER, .has = FACT_FILTERED},
    {OUTCOME_OTHER, VIA(ABORTED)},
    {OUTCOME_TRUNCATED, .has = FACT_STREAM_ASKED, .lacks = FACT_FINISHES},
    {OUTCOME_TRUNCATED, .has = FACT_STREAM_ASKED | FACT_NEEDS_END, .lacks = FACT_END},
    {OUTCOME_EMPTY, .lacks = FACT_CONTENT | FACT_EMPTY_ALLOWED},
    {.outcome = OUTCOME_OK},
};

static unsigned facts_of(const struct evidence *ev)
{
    return (ev->is_stream_asked ? FACT_STREAM_ASKED : 0u) |
           (ev->is_event_stream ? FACT_EVENT_STREAM : 0u) |
           (ev->saw_content ? FACT_CONTENT : 0u) |
           (ev->saw_all_finishes ? FACT_FINISHES : 0u) | (ev->saw_end ? FACT_END : 0u) |
           (ev->needs_end ? FACT_NEEDS_END : 0u) | (ev->saw_body ? FACT_BODY : 0u) |
           (ev->is_bad_sse ? FACT_BAD_SSE : 0u) |
           (ev->is_bad_json ? FACT_BAD_JSON : 0u) |
           (ev->is_empty_allowed ? FACT_EMPTY_ALLOWED : 0u) |
           (ev->is_wrong_model ? FACT_WRONG_MODEL : 0u) |
           (ev->has_inband_error ? FACT_INBAND : 0u) |
           (ev->is_filtered ? FACT_FILTERED : 0u) |
           (ev->is_finish_error ? FACT_FINISH_ERROR : 0u) |
           (ev->is_context_finish ? FACT_CONTEXT_FINISH : 0u) |
           (ev->is_never_allowed ? FACT_NEVER_ALLOWED : 0u) |
           (ev->is_quota_spent ? FACT_QUOTA_SPENT : 0u);
}

static bool contains_any(const char *text, const char *const *parts)
{
    for (; *parts != NULL; parts++)
        if (text_has(text, *parts))
            return true;
    return false;
}

static bool rule_holds(const struct rule *r, const struct evidence *ev, unsigned facts)
{
    if (r->transports != 0 && !(r->transports & ON(ev->transport)))
        return false;
    if (r->timers != 0 && !(r->timers & ON(ev->timer)))
        return false;
    if (r->http_last != 0 && (ev->http < r->http_first || ev->http > r->http_last))
        return false;
    if (r->code != 0 && r->code != ev->error_code)
        return false;
    if ((facts & r->has) != r->has || (facts & r->lacks) != 0)
        return false;
    return r->texts == NULL || contains_any(ev->error_text, r->texts);
}

enum outcome outcome_of(const struct evidence *ev)
{
    assert(ev->error_text != NULL);
    unsigned facts = facts_of(ev);
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (rule_holds(&rules[i], ev, facts))
            return rules[i].outcome;
    bug("the last rule has no condition");
}
