/*
 * Known quirks of libcurl that touch a load test: of which versions, under which
 * options, what they mean for the figures, and what gust does about them. Pure: the
 * version and the options are passed in.
 *
 * The traps of libcurl that are handled for every version, and where:
 *
 *   STARTTRANSFER_TIME is the first send        own stamps: pool.c on_body, stamp.c
 *   Expect: 100-continue over 1 MiB, 1 s late   header "Expect:": transport_headers
 *   CAPATH costs 20 ms and 0.9 MB a connection  transport.c set_trust
 *   64 KB upload buffer stays allocated         UPLOAD_BUFFERSIZE: transport_defaults
 *   cost per request grows with a multi         pools of 64: pool.h
 *   idle connections are swept once a second    pools of 64; MAXCONNECTS: pool_new
 *   a thread per look-up, no coalescing         resolved once: peers.h
 *   DNS cache without a bound (before 8.1)      one entry per target: peers.h
 *   timers round to 1 ms                        due times are a timerfd's: worker.c
 *   a request leaves at the next timer          socket_action at once: pool.c add
 *   connection limits queue in the client       never set; streams are bounded below
 *                                               what servers offer: net.h NET_STREAMS
 *   re-sending on a dead connection is silent   PREREQFUNCTION counts: pool.c on_wire
 *   re-sending without end (ENHANCE_YOUR_CALM)  RESENDS_MAX: pool.c on_wire
 *   sigaction per handle and loop               NOSIGNAL: transport_defaults
 *   HTTP/2 is tried by itself over TLS          HTTP_VERSION is always set
 *   redirects, other protocols, the
 *   environment's proxy                         switched off: transport_defaults
 *   close-delimited bodies, cut headers and
 *   bodies that curl calls OK                   outcome_of judges what was inside
 *   a stalled stream is noticed after 5 s       own timers: deadline.c
 *   paused HTTP/2 transfers stall               never paused
 *   shared connection caches are not
 *   thread-safe                                 nothing is shared: one worker, one loop
 *   a failed multi is undefined                 bug(): pool.c must_multi
 */
#ifndef GUST_QUIRK_H
#define GUST_QUIRK_H

#include <stdbool.h>
#include <stddef.h>

/* When a quirk matters, as bits; a row wants all of its own. */
enum quirk_condition {
    QUIRK_HTTP2 = 1u << 0,
    QUIRK_CLEAR = 1u << 1,  /* plain http */
    QUIRK_TIMERS = 1u << 2, /* requests may be cut off by a time limit */
};

#define QUIRKS_MAX 16

/* Texts of the rows that hold for version (libcurl's 0xXXYYZZ) under conditions, in
 * the order of the table. Returns how many. */
size_t quirks_of(unsigned version, unsigned conditions, const char *out[QUIRKS_MAX]);

/* Whether a second request on an HTTP/2 connection without TLS fails. */
bool quirk_breaks_h2c_reuse(unsigned version);

#endif
