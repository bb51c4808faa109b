/*
 * The metrics: one row each. Definitions are contracts.md's, and the report
 * prints them beside the numbers.
 *
 * Columns: enum, name in tags and files, label, is part of every request's
 * stratified series, headline, definition.
 */
#ifndef GUST_METRIC_H
#define GUST_METRIC_H

#include <stdbool.h>

#define METRIC_LIST(X)                                                                 \
    X(TTFT, "ttft", "time to first token", 1, 1,                                       \
      "first non-empty content, thinking or tool delta, from the due time")            \
    X(TTFT_SENT, "ttft_sent", "TTFT from wire start", 0, 0,                            \
      "first non-empty content, thinking or tool delta, from the wire start")          \
    X(TTFT_ANSWER, "ttft_answer", "time to first answer token", 0, 0,                  \
      "first non-thinking content, from the due time; only when thinking was seen")    \
    X(TPOT, "tpot", "time per output token", 1, 1,                                     \
      "(last content - first content) / (output tokens - 1), per request")             \
    X(GAP, "gap", "inter-token gap (ITL)", 0, 1,                                       \
      "time between two consecutive content events, per event")                        \
    X(E2E, "e2e", "end-to-end latency", 1, 1,                                          \
      "end of the last content, from the due time, over all attempts")                 \
    X(E2E_SENT, "e2e_sent", "end-to-end from wire start", 0, 0,                        \
      "end of the last content, from the winning attempt's wire start")                \
    X(TTFB, "ttfb", "time to first byte", 0, 0,                                        \
      "first body byte, from the wire start")                                          \
    X(LAG, "lag", "generator lag", 0, 0,                                               \
      "wire start - due time: what the generator itself added")                        \
    X(QUEUE, "queue", "wait inside the generator", 0, 0,                               \
      "admission wait inside the generator: breaker, retry delay, in-flight cap")      \
    X(DNS, "dns", "name resolution", 0, 0, "of a new connection")                      \
    X(CONNECT, "connect", "TCP connect", 0, 0, "of a new connection")                  \
    X(TLS, "tls", "TLS handshake", 0, 0, "of a new connection")                        \
    X(FAILURE, "failure", "latency of failures", 0, 0,                                 \
      "time until a failed request failed, from the due time; kept apart")

enum metric {
#define METRIC_ENUM(id, name, label, strata, headline, definition) METRIC_##id,
    METRIC_LIST(METRIC_ENUM)
#undef METRIC_ENUM
        METRIC_COUNT
};

struct metric_row {
    const char *name;
    const char *label;
    bool has_strata; /* its series are split by prompt-length stratum */
    bool is_headline;
    const char *definition;
};

extern const struct metric_row metric_rows[METRIC_COUNT];

/* The metric of that name, or METRIC_COUNT. */
enum metric metric_find(const char *name);

/* Strata are half octaves of the asked prompt length: floor(2*log2(tokens)).
 * Stratum s holds ceil(2^(s/2)) .. tokens; its tag is "p<s>", e.g. "p20" for
 * 1,024..1,448 tokens. Series without strata carry the tag "all". */
#define STRATUM_COUNT 42
unsigned stratum_of(unsigned prompt_tokens);

#endif
