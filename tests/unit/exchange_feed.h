/*
 * How tests feed an exchange: a 200 answer of some type, headers as lines.
 */
#ifndef GUST_EXCHANGE_FEED_H
#define GUST_EXCHANGE_FEED_H

#include "wire/exchange.h"

#include <string.h>

static const char ok_line[] = "HTTP/1.1 200 OK";
static const char stream_line[] = "content-type: text/event-stream; charset=utf-8";
static const char json_line[] = "Content-Type: application/json";

static inline void header(struct exchange *x, const char *line)
{
    exchange_header(x, line, strlen(line));
}

static inline void begin(struct exchange *x, const struct exchange_ask *ask,
                         const char *type)
{
    exchange_begin(x, ask, 1000);
    header(x, ok_line);
    header(x, type);
    header(x, "");
}

static inline enum outcome end(struct exchange *x, int64_t now_ns)
{
    struct evidence ev;
    return exchange_end(x, TRANSPORT_OK, TIMER_NONE, now_ns, &ev);
}

/* Text received at now_ns; returns its content events. */
static inline uint32_t at(struct exchange *x, int64_t now_ns, const char *text)
{
    return exchange_bytes(x, text, strlen(text), now_ns);
}

#endif
