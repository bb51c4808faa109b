/*
 * Sockets: libcurl multis on a libev loop; see pool.h.
 *
 * libcurl tells which sockets to watch (on_want) and when to be called next
 * (on_timer); libev calls us back (on_ready, on_timeout), we call
 * curl_multi_socket_action and then collect what is finished. Nothing is
 * started from inside a libcurl callback.
 */
#include "engine/pool.h"

#include "base/clock.h"
#include "engine/alarm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOT_MAGIC 0x51075107u
#define POOL_MAGIC 0x90019001u
#define RESENDS_MAX 16 /* of one request; libcurl may go on without end (HTTP/2) */

_Static_assert(POOL_SLOTS == NET_STREAMS_MAX, "a connection serves one pool");

struct pool {
    uint32_t magic;
    struct sockets *sockets;
    CURLM *multi;
    ev_timer timer;
    struct slot slots[POOL_SLOTS];
    struct slot *free_slots;
    struct slot *adrift; /* lost their sockets, and may not have ended */
    unsigned busy;       /* slots that are not free */
};

static struct pool *pool_of(void *p)
{
    struct pool *pool = p;
    assert(pool != NULL && pool->magic == POOL_MAGIC);
    return pool;
}

static struct slot *slot_of(void *p)
{
    struct slot *s = p;
    assert(s != NULL && s->magic == SLOT_MAGIC);
    return s;
}

static void must(CURLcode code)
{
    if (code != CURLE_OK)
        bug(curl_easy_strerror(code));
}

static void must_multi(CURLMcode code)
{
    if (code != CURLM_OK)
        bug(curl_multi_strerror(code));
}

/* --- one slot's life -------------------------------------------------------- */

static void set_state(struct slot *s, enum slot_state state)
{
    struct pool *pool = s->pool;
    if (s->state == SLOT_ACTIVE && !s->is_warm_up)
        pool->sockets->in_flight--;
    if (s->state == SLOT_FREE)
        pool->busy++;
    pool->sockets->waiting -= s->state == SLOT_WAITING;
    pool->sockets->waiting += state == SLOT_WAITING;
    s->state = state;
    if (state == SLOT_FREE) {
        pool->busy--;
        s->next_free = pool->free_slots;
        pool->free_slots = s;
    } else if (state == SLOT_ACTIVE && !s->is_warm_up) {
        uint32_t n = ++pool->sockets->in_flight;
        if (n > pool->sockets->in_flight_max)
            pool->sockets->in_flight_max = n;
    }
}

static void finish(struct slot *s, enum transport transport)
{
    struct sockets *all = s->pool->sockets;
    must_multi(curl_multi_remove_handle(s->pool->multi, s->easy));
    all->events.finished(all->events.context, s, transport);
    if (s->state != SLOT_WAITING)
        set_state(s, SLOT_FREE);
}

static bool is_http2(const struct sockets *all)
{
    return all->plan->net.http == NET_HTTP_2;
}

/* A re-sending that we refuse is a connection that broke, or a stream that the server
 * did not want (REFUSED_STREAM, GOAWAY). */
static enum transport refused_resend(const struct pool *pool)
{
    return is_http2(pool->sockets) ? TRANSPORT_HTTP2 : TRANSPORT_BROKEN;
}

static void collect_finished(struct pool *pool)
{
    int left = 0;
    for (;;) {
        CURLMsg *m = curl_multi_info_read(pool->multi, &left);
        if (m == NULL)
            return;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result;
        void *p = NULL;
        must(curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p));
        long os_errno = 0;
        must(curl_easy_getinfo(m->easy_handle, CURLINFO_OS_ERRNO, &os_errno));
        struct slot *s = slot_of(p);
        s->code = code;
        if (s->open_errno != 0)
            os_errno = s->open_errno;
        finish(s, s->was_resend_refused
                      ? refused_resend(pool)
                      : transport_of_easy(m->easy_handle, code, os_errno));
    }
}

/* --- libcurl's callbacks ---------------------------------------------------- */

/* Is what is being read this slot's socket? HTTP/2 delivers what it has buffered for
 * one stream while it reads for another, and timers of other sockets may run. */
static bool is_read_now(const struct slot *s)
{
    struct sockets *all = s->pool->sockets;
    if (!is_http2(all) || all->plan->net.unix_socket != NULL)
        return true;
    return watches_is_local(&all->watches, all->stamper.fd, &s->end);
}

/* When the bytes at hand came, since t0. */
static int64_t received_at(const struct slot *s)
{
    struct sockets *all = s->pool->sockets;
    int64_t at_ns = stamp_at(&all->stamper, clock_now_ns());
    if (at_ns >= 0 && !is_read_now(s))
        at_ns = -1;
    *(at_ns >= 0 ? &all->stamps_kernel : &all->stamps_loop) += 1;
    at_ns = (at_ns >= 0 ? at_ns : all->now_ns) - all->t0_ns;
    /* bytes cannot come before the request went out; a stamp that says so is
     * another socket's */
    return at_ns < s->exchange.wire_ns ? s->exchange.wire_ns : at_ns;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *p)
{
    struct slot *s = slot_of(p);
    struct sockets *all = s->pool->sockets;
    size_t length = size * n;
    if (s->is_warm_up)
        return length;
    uint32_t contents = exchange_bytes(&s->exchange, bytes, length, received_at(s));
    all->events.received(all->events.context, s, contents, length);
    return length;
}

static size_t on_header(char *line, size_t size, size_t n, void *p)
{
    struct slot *s = slot_of(p);
    size_t length = size * n;
    size_t bare = length;
    while (bare > 0 && (line[bare - 1] == '\n' || line[bare - 1] == '\r'))
        bare--;
    if (!s->is_warm_up)
        exchange_header(&s->exchange, line, bare);
    return length;
}

/* Spins for microseconds: see alarm.h. The time then. */
static int64_t wait_until(int64_t leave_ns, int64_t now_ns, int64_t t0_ns)
{
    assert(leave_ns - now_ns <= ALARM_LEAD_MAX_NS);
    while (now_ns < leave_ns)
        now_ns = clock_now_ns() - t0_ns;
    return now_ns;
}

/* Called right before the request goes out, again when libcurl re-sends it by
 * itself because a reused connection turned out dead. */
static int on_wire(void *p, char *ip, char *local_ip, int port, int local_port)
{
    (void)port;
    struct slot *s = slot_of(p);
    struct sockets *all = s->pool->sockets;
    s->was_resend_refused = s->wire_starts > RESENDS_MAX ||
                            (s->wire_starts > 0 && all->plan->is_strict_attempts);
    if (s->was_resend_refused)
        return CURL_PREREQFUNC_ABORT;
    s->has_resent |= s->wire_starts > 0;
    s->wire_starts++;
    if (is_http2(all)) { /* only its stamps need to know the socket: see has_stamp */
        (void)snprintf(s->end.ip, sizeof s->end.ip, "%s", local_ip);
        s->end.port = local_port;
    }
    if (!s->is_warm_up)
        dial_request(&all->dialer, s->target, ip);
    s->ready_ns = clock_now_ns() - all->t0_ns;
    s->exchange.wire_ns = wait_until(s->leave_ns, s->ready_ns, all->t0_ns);
    return CURL_PREREQFUNC_OK;
}

/* libcurl forgets why it got no socket. We do not: it may be this machine's fault. */
static curl_socket_t on_open(void *p, curlsocktype purpose,
                             struct curl_sockaddr *address)
{
    (void)purpose;
    struct slot *s = slot_of(p);
    struct sockets *all = s->pool->sockets;
    int fd = dial(&all->dialer, s->target, &s->dialled, address);
    if (fd < 0) {
        s->open_errno = errno;
        return CURL_SOCKET_BAD;
    }
    (void)stamp_enable(fd); /* where it fails, loop time is used and counted */
    all->connects++;
    if (!watches_opened(&all->watches, fd, s->pool))
        all->connections++; /* else it takes the place of one that is gone */
    return fd;
}

static int on_close(void *p, curl_socket_t fd)
{
    struct sockets *all = p;
    all->connections--;
    return close(fd);
}

/* Takes the list of those that lost their socket apart; true when one goes on. */
static bool take_adrift(struct pool *pool)
{
    bool is_any = false;
    while (pool->adrift != NULL) {
        struct slot *s = pool->adrift;
        pool->adrift = s->next_adrift;
        s->is_adrift = false;
        is_any |= s->state == SLOT_ACTIVE && !s->has_socket;
    }
    return is_any;
}

/* libcurl before 8.0 closes a socket that was refused, and tries the next address when
 * a timer of its own next runs the transfer: 0.2 s later, then half the connect
 * timeout later. Such a transfer is run at once instead. */
static void run_adrift(struct pool *pool)
{
    int running = 0;
    for (unsigned i = 0; i < ADDRESSES_MAX && take_adrift(pool); i++) {
#pragma GCC diagnostic push /* socket_action runs only what has a socket or a timer */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
        must_multi(curl_multi_socket_all(pool->multi, &running));
#pragma GCC diagnostic pop
        collect_finished(pool);
    }
}

/* Lets libcurl work on a socket, or on what its timers say. */
static void act(struct pool *pool, curl_socket_t fd, int mask)
{
    int running = 0;
    must_multi(curl_multi_socket_action(pool->multi, fd, mask, &running));
    /* streams whose bytes came with another's have a timer of 0 by now: they get
     * theirs while we know when they came */
    if (fd != CURL_SOCKET_TIMEOUT && is_http2(pool->sockets))
        must_multi(
            curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running));
    collect_finished(pool);
    if (pool->adrift != NULL)
        run_adrift(pool);
}

static void on_timeout(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)events;
    struct pool *pool = pool_of(w->data);
    ev_timer_stop(loop, w);
    act(pool, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long timeout_ms, void *p)
{
    (void)multi;
    struct pool *pool = pool_of(p);
    struct ev_loop *loop = pool->sockets->loop;
    ev_timer_stop(loop, &pool->timer);
    if (timeout_ms >= 0) {
        ev_timer_set(&pool->timer, (double)timeout_ms / 1000.0, 0.0);
        ev_timer_start(loop, &pool->timer);
    }
    return 0;
}

static void on_ready(void *p, int fd, int events)
{
    struct pool *pool = pool_of(p);
    struct sockets *all = pool->sockets;
    if (events & EV_READ)
        stamp_begin(&all->stamper, fd);
    int mask = (events & EV_READ ? CURL_CSELECT_IN : 0) |
               (events & EV_WRITE ? CURL_CSELECT_OUT : 0);
    act(pool, fd, mask);
    stamp_end(&all->stamper);
}

/* A transfer that loses its socket has ended, or is adrift: see run_adrift. Handles
 * that are not ours are libcurl's own, which close connections. */
static void note_socket(struct pool *pool, CURL *easy, bool has_socket)
{
    void *p = NULL;
    must(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &p));
    if (p == NULL)
        return;
    struct slot *s = slot_of(p);
    s->has_socket = has_socket;
    if (has_socket || s->is_adrift)
        return;
    s->is_adrift = true;
    s->next_adrift = pool->adrift;
    pool->adrift = s;
}

static int on_want(CURL *easy, curl_socket_t fd, int what, void *p, void *assigned)
{
    (void)assigned;
    struct pool *pool = pool_of(p);
    note_socket(pool, easy, what != CURL_POLL_REMOVE);
    int events = what == CURL_POLL_REMOVE ? 0
                                          : (what & CURL_POLL_IN ? EV_READ : 0) |
                                                (what & CURL_POLL_OUT ? EV_WRITE : 0);
    watches_want(&pool->sockets->watches, fd, pool, events);
    return 0;
}

/* --- pools ------------------------------------------------------------------ */

static void slot_options(struct slot *s)
{
    struct pool *pool = s->pool;
    transport_defaults(s->easy, pool->sockets->plan);
    must(curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s));
    must(curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body));
    must(curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s));
    must(curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_header));
    must(curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s));
    must(curl_easy_setopt(s->easy, CURLOPT_PREREQFUNCTION, on_wire));
    must(curl_easy_setopt(s->easy, CURLOPT_PREREQDATA, s));
    must(curl_easy_setopt(s->easy, CURLOPT_OPENSOCKETFUNCTION, on_open));
    must(curl_easy_setopt(s->easy, CURLOPT_OPENSOCKETDATA, s));
    must(curl_easy_setopt(s->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close));
    must(curl_easy_setopt(s->easy, CURLOPT_CLOSESOCKETDATA, pool->sockets));
    must(curl_easy_setopt(s->easy, CURLOPT_RESOLVE, pool->sockets->resolved));
}

static void slot_init(struct slot *s, struct pool *pool)
{
    s->magic = SLOT_MAGIC;
    s->pool = pool;
    exchange_init(&s->exchange);
    buf_init(&s->body, POOL_BODY_MAX);
    s->easy = curl_easy_init();
    if (s->easy == NULL)
        bug("curl_easy_init failed");
    slot_options(s);
}

/* libcurl counts re-sendings over the life of a handle, and gives up at the sixth: a
 * request must not fail for what happened to those before it. */
static void forget_resends(struct slot *s)
{
    if (!s->has_resent)
        return;
    curl_easy_reset(s->easy);
    slot_options(s);
    s->url = NULL;
    s->has_resent = false;
}

static struct pool *pool_new(struct sockets *sockets)
{
    struct pool *pool = xcalloc(1, sizeof *pool);
    pool->magic = POOL_MAGIC;
    pool->sockets = sockets;
    pool->multi = curl_multi_init();
    if (pool->multi == NULL)
        bug("curl_multi_init failed");
    must_multi(curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_want));
    must_multi(curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool));
    must_multi(curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer));
    must_multi(curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool));
    must_multi(curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)POOL_SLOTS));
    must_multi(curl_multi_setopt(
        pool->multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
        (long)net_streams(&sockets->plan->net, sockets->plan->targets[0].base_url)));
    ev_init(&pool->timer, on_timeout);
    pool->timer.data = pool;
    for (size_t i = POOL_SLOTS; i-- > 0;) {
        slot_init(&pool->slots[i], pool);
        pool->slots[i].next_free = pool->free_slots;
        pool->free_slots = &pool->slots[i];
    }
    return pool;
}

static void pool_free(struct pool *pool)
{
    for (size_t i = 0; i < POOL_SLOTS; i++) {
        struct slot *s = &pool->slots[i];
        if (s->state == SLOT_ACTIVE)
            must_multi(curl_multi_remove_handle(pool->multi, s->easy));
        curl_easy_cleanup(s->easy);
        exchange_release(&s->exchange);
        buf_release(&s->body);
    }
    must_multi(curl_multi_cleanup(pool->multi));
    ev_timer_stop(pool->sockets->loop, &pool->timer);
    free(pool);
}

/* --- the loop's own clock --------------------------------------------------- */

static void on_woken(struct ev_loop *loop, ev_check *w, int events)
{
    (void)loop;
    (void)events;
    struct sockets *s = w->data;
    s->now_ns = clock_now_ns();
    s->loops++;
    stamp_refresh(&s->stamper, s->now_ns);
}

static void on_before_wait(struct ev_loop *loop, ev_prepare *w, int events)
{
    (void)loop;
    (void)events;
    struct sockets *s = w->data;
    int64_t worked_ns = clock_now_ns() - s->now_ns;
    if (worked_ns > s->stall_ns_max)
        s->stall_ns_max = worked_ns;
}

void sockets_init(struct sockets *s, struct ev_loop *loop, const struct plan *plan,
                  uint32_t index, struct curl_slist *resolved,
                  const struct slot_events *events)
{
    *s = (struct sockets){
        .loop = loop, .plan = plan, .resolved = resolved, .events = *events};
    dialer_init(&s->dialer, plan, index);
    watches_init(&s->watches, loop, on_ready);
    s->now_ns = clock_now_ns();
    stamp_init(&s->stamper);
    stamp_refresh(&s->stamper, s->now_ns);
    ev_check_init(&s->check, on_woken);
    ev_set_priority(&s->check, EV_MAXPRI);
    s->check.data = s;
    ev_check_start(loop, &s->check);
    ev_prepare_init(&s->prepare, on_before_wait);
    ev_set_priority(&s->prepare, EV_MINPRI);
    s->prepare.data = s;
    ev_prepare_start(loop, &s->prepare);
}

void sockets_start(struct sockets *s, int64_t t0_ns)
{
    s->t0_ns = t0_ns;
    s->now_ns = clock_now_ns();
}

void sockets_release(struct sockets *s)
{
    for (size_t i = 0; i < s->pool_count; i++)
        pool_free(s->pools[i]);
    free(s->pools);
    watches_release(&s->watches);
    urls_release(&s->urls);
    ev_check_stop(s->loop, &s->check);
    ev_prepare_stop(s->loop, &s->prepare);
    *s = (struct sockets){0};
}

/* Nothing has happened to its next exchange yet. */
static void clear(struct slot *s)
{
    forget_resends(s);
    s->timer = TIMER_NONE;
    s->wire_starts = 0;
    s->dialled = (struct dialled){0};
    s->was_resend_refused = false;
    s->code = CURLE_OK;
    s->open_errno = 0;
}

struct slot *sockets_take(struct sockets *s)
{
    size_t i = 0;
    while (i < s->pool_count && s->pools[i]->free_slots == NULL)
        i++;
    if (i == s->pool_count) {
        s->pools = xrealloc_array(s->pools, i + 1, sizeof(struct pool *));
        s->pools[i] = pool_new(s);
        s->pool_count++;
    }
    struct slot *slot = s->pools[i]->free_slots;
    s->pools[i]->free_slots = slot->next_free;
    clear(slot);
    slot->is_warm_up = false;
    buf_reset(&slot->body);
    set_state(slot, SLOT_PREPARED);
    return slot;
}

void slot_give_back(struct slot *s)
{
    assert(s->state == SLOT_PREPARED || s->state == SLOT_WAITING);
    set_state(s, SLOT_FREE);
}

void slot_hold(struct slot *s)
{
    assert(s->state == SLOT_ACTIVE);
    set_state(s, SLOT_WAITING);
}

static void set_url(struct slot *s, const char *url)
{
    CURLU *parts = urls_parsed(&s->pool->sockets->urls, url);
    if (s->url == parts)
        return;
    must(curl_easy_setopt(s->easy, CURLOPT_CURLU, parts));
    s->url = parts;
}

/* Puts the handle into the multi and lets libcurl work on it at once: the
 * request leaves now, not when the loop next comes round to its timers. */
static void add(struct slot *s)
{
    set_state(s, SLOT_ACTIVE);
    must_multi(curl_multi_add_handle(s->pool->multi, s->easy));
    act(s->pool, CURL_SOCKET_TIMEOUT, 0);
}

void slot_start(struct slot *s, const char *url, struct curl_slist *headers,
                const struct exchange_ask *ask, int64_t now_ns)
{
    assert(s->state == SLOT_PREPARED || s->state == SLOT_WAITING);
    if (s->state == SLOT_WAITING)
        clear(s);
    exchange_begin(&s->exchange, ask, now_ns);
    s->start_ns = now_ns;
    set_url(s, url);
    s->id_header = (struct curl_slist){.data = s->id_text, .next = headers};
    must(curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, &s->id_header));
    must(curl_easy_setopt(s->easy, CURLOPT_POST, 1L));
    must(curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->body.data));
    must(curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                          (curl_off_t)s->body.len));
    add(s);
}

void slot_warm_up(struct slot *s, const char *url, struct curl_slist *headers)
{
    assert(s->state == SLOT_PREPARED);
    s->is_warm_up = true;
    set_url(s, url);
    must(curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, headers));
    must(curl_easy_setopt(s->easy, CURLOPT_HTTPGET, 1L));
    add(s);
}

void slot_abort(struct slot *s, enum timer_fired timer)
{
    assert(s->state == SLOT_ACTIVE);
    s->timer = timer;
    finish(s, TRANSPORT_ABORTED);
}

void sockets_each_active(struct sockets *s,
                         void (*visit)(void *context, struct slot *s), void *context)
{
    for (size_t i = 0; i < s->pool_count; i++) {
        if (s->pools[i]->busy == 0)
            continue;
        for (size_t k = 0; k < POOL_SLOTS; k++)
            if (s->pools[i]->slots[k].state == SLOT_ACTIVE)
                visit(context, &s->pools[i]->slots[k]);
    }
}
