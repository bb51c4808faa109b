/*
 * A call: one blocking exchange, a GET or a POST, outside of any measurement.
 * Preflight and triage ask a server with it; the load goes through pools.
 *
 * The same handle options, headers and classes as under load, so that what a call
 * finds is what the load will find. One call may be made many times.
 */
#ifndef GUST_CALL_H
#define GUST_CALL_H

#include "engine/plan.h"
#include "wire/exchange.h"

struct curl_slist;
struct pause;

#define CALL_WHY 256 /* bytes: what libcurl writes at most */

struct call {
    const struct plan *plan;     /* network options and the connect limit */
    const struct target *target; /* key and headers */
    const char *url;
    const char *body; /* NULL: GET */
    size_t length;
    struct curl_slist *resolved; /* of peers_lines; NULL: looked up again */
    int64_t timeout_ns;          /* of the whole call */
    struct exchange_ask ask;
    const struct pause *pause; /* a signal ends the call; NULL: it does not */
    /* out */
    struct exchange exchange;
    struct buf reply;   /* the body, capped */
    struct buf headers; /* status line and headers of the reply, a line each */
    struct evidence evidence;
    enum outcome outcome;
    char server[128]; /* Server: */
    bool has_correlation_id;
    char why[CALL_WHY]; /* libcurl's words when it failed, else "" */
    int64_t took_ns;
    bool is_http2; /* what it was spoken over */
};

/* A GET or POST of one answer, ten seconds at most; change what differs. */
void call_init(struct call *c, const struct plan *plan, const struct target *t,
               struct curl_slist *resolved);
void call_release(struct call *c);

/* Makes it; c->outcome says what became of it. Never fails: failures are data. */
void call_make(struct call *c);

/* "HTTP 503", or the class where there was no answer. */
#define CALL_STATUS 64
const char *call_status(const struct call *c, char text[CALL_STATUS]);

bool call_is_2xx(const struct call *c);

/* The server's or libcurl's words about a failure, one line without the target's
 * key; "" when there are none. */
#define CALL_WORDS 300 /* bytes of words at most, without the NUL */
const char *call_words(const struct call *c, char words[CALL_WORDS + 1]);

/* "what: HTTP 401 (auth_401): Invalid API Key; set MISTRAL_API_KEY ...".
 * Returns -1. */
int call_fail(const struct call *c, const char *what, struct err *e);

#endif
