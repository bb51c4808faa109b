/*
 * Sockets: libcurl multis on a libev loop.
 *
 * A pool is one multi with at most 64 exchanges: libcurl's cost per request
 * grows with the connections of a multi (20 us at 100, 457 us at 10,000), so a
 * worker spreads its exchanges over many small ones. The lowest pool with a
 * free slot is taken, which keeps few connections warm rather than many cold.
 *
 * A slot is one exchange: easy handle, body buffer, exchange, all reused; after
 * warm-up nothing is allocated per request by us.
 */
#ifndef GUST_POOL_H
#define GUST_POOL_H

#include "engine/dial.h"
#include "engine/journey.h"
#include "engine/plan.h"
#include "engine/stamp.h"
#include "engine/transport.h"
#include "engine/urls.h"
#include "engine/watches.h"
#include "wire/exchange.h"

#include <ev.h>

#define POOL_SLOTS 64
#define SLOT_ID_BYTES 80
#define POOL_BODY_MAX ((size_t)1 << 30)

/* FREE      in its pool's free list; body and exchange keep their storage.
 * PREPARED  holds the body of a request that is not due yet.
 * ACTIVE    in the multi; ends by slot_events.finished, then FREE or, held, WAITING.
 * WAITING   between two attempts of a request; keeps body and exchange. */
enum slot_state {
    SLOT_FREE,
    SLOT_PREPARED,
    SLOT_ACTIVE,
    SLOT_WAITING,
};

struct slot {
    uint32_t magic;
    enum slot_state state;
    struct pool *pool;
    struct slot *next_free, *next_adrift;
    CURL *easy;
    struct exchange exchange;
    struct buf body;
    struct arrival arrival; /* blocks are not valid here */
    uint16_t arm;
    uint16_t target;         /* of the attempt: the arm, or a backup */
    const CURLU *url;        /* last set on the handle, to set it only on change */
    int64_t start_ns;        /* handed to libcurl, since t0 */
    int64_t leave_ns;        /* must not be on the wire before, since t0 */
    int64_t ready_ns;        /* could have been, since t0 */
    int64_t queue_ns;        /* of the time since it was due, kept back on purpose */
    unsigned wire_starts;    /* times libcurl put it on the wire: > 1 is hidden */
    bool has_resent;         /* since its handle was last reset */
    bool was_resend_refused; /* --strict-attempts */
    struct dialled dialled;  /* the addresses tried for it */
    struct local_end end;    /* of its connection, once it is on the wire */
    int open_errno;          /* why there was no socket; 0: there was */
    CURLcode code;           /* libcurl's result; CURLE_OK when we ended it */
    enum timer_fired timer;
    struct curl_slist id_header; /* own node before the shared list */
    char id_text[SLOT_ID_BYTES];
    bool has_socket, is_adrift; /* libcurl wants one watched; it did a while ago */
    bool is_warm_up;            /* opens a connection, counts nowhere */
    struct journey journey;     /* under a client policy */
    int64_t wake_ns;            /* in a heap of waiting.h ... */
    size_t place;               /* ... there, from 1; 0: in none */
};

struct slot_events {
    void *context;
    /* Body bytes came; contents of them were events with content. */
    void (*received)(void *context, struct slot *s, uint32_t contents, size_t bytes);
    /* The exchange is over; the slot is freed after the call, unless it is held. */
    void (*finished)(void *context, struct slot *s, enum transport transport);
};

/* Everything the sockets of one thread share. One owner: the worker. */
struct sockets {
    struct ev_loop *loop;
    const struct plan *plan;
    struct curl_slist *resolved; /* host:port:addresses, borrowed */
    struct slot_events events;
    struct dialer dialer;
    struct watches watches;
    struct stamper stamper;
    int64_t t0_ns;  /* exchange times are since then */
    int64_t now_ns; /* when epoll_wait returned, monotonic */
    struct pool **pools;
    size_t pool_count;
    struct urls urls;
    uint32_t in_flight, in_flight_max; /* on the wire */
    uint32_t waiting;                  /* slots that wait */
    uint64_t stamps_kernel, stamps_loop, connects;
    uint32_t connections; /* open now */
    int64_t stall_ns_max; /* longest stretch of work between two waits */
    uint64_t loops;
    ev_check check;
    ev_prepare prepare;
};

/* index: of the worker, so that workers begin with different addresses. */
void sockets_init(struct sockets *s, struct ev_loop *loop, const struct plan *plan,
                  uint32_t index, struct curl_slist *resolved,
                  const struct slot_events *events);
void sockets_release(struct sockets *s);

/* The run begins: exchange times are since t0_ns, and what was waited for until
 * now was no work. */
void sockets_start(struct sockets *s, int64_t t0_ns);

/* A free slot (state PREPARED on return); makes a pool when all are busy. */
struct slot *sockets_take(struct sockets *s);
/* Gives a prepared slot back unused, or a waiting one for good. */
void slot_give_back(struct slot *s);

/* Inside slot_events.finished: the slot is to be started once more. */
void slot_hold(struct slot *s);

/* Sends the slot's body to url with headers. The exchange begins now_ns (since
 * t0); its wire start is when libcurl really sends. */
void slot_start(struct slot *s, const char *url, struct curl_slist *headers,
                const struct exchange_ask *ask, int64_t now_ns);

/* Opens a connection without counting: a GET of url. */
void slot_warm_up(struct slot *s, const char *url, struct curl_slist *headers);

/* Ends an active exchange with our own timer; finished is called. */
void slot_abort(struct slot *s, enum timer_fired timer);

/* Calls visit for every active slot (which may abort it). */
void sockets_each_active(struct sockets *s,
                         void (*visit)(void *context, struct slot *s), void *context);

#endif
