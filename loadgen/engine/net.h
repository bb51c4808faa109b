/*
 * How the connections of a run are opened: the network options, checked before
 * anything is sent.
 *
 * HTTP/2 over TLS is agreed on by ALPN; over plain http it is spoken at once
 * (prior knowledge). Streams share connections within a pool of 64 exchanges, so
 * a connection carries at most 64.
 */
#ifndef GUST_NET_H
#define GUST_NET_H

#include "engine/address.h"

#define NET_SOURCES_MAX 64
#define NET_OVERRIDES_MAX 8
#define NET_STREAMS_MAX 64 /* a pool has so many exchanges */
#define NET_STREAMS 32     /* per HTTP/2 connection, unless asked otherwise */

enum net_http {
    NET_HTTP_1,
    NET_HTTP_2,
};

/* Strings borrowed, NULL: default. */
struct net_options {
    const char *ca_file;
    bool is_insecure;
    const char *cert_file, *key_file; /* the client's own; key NULL: in cert_file */
    const char *proxy;
    const char *unix_socket;
    enum net_http http;
    uint32_t streams; /* per HTTP/2 connection, as asked; 0: NET_STREAMS */
    uint32_t source_count, override_count;
    union address sources[NET_SOURCES_MAX];
    struct override overrides[NET_OVERRIDES_MAX];
};

/* True when HTTP/2 goes over plain TCP to this URL (NULL: not known, over TLS). */
bool net_is_h2c(const struct net_options *net, const char *url);

/* True when this libcurl must open a connection for every request: see quirk.h. */
bool net_is_never_reused(const struct net_options *net, const char *url);

/* Requests at a time that one connection to this URL carries at most. */
uint32_t net_streams(const struct net_options *net, const char *url);

/* A URL's parts that say where to connect. */
struct net_place {
    bool is_tls;
    uint16_t port;
    char host[ADDRESS_HOST]; /* IPv6 literals keep their brackets */
};

/* Whether files can be read and hold what they should, sources are addresses of this
 * machine, and options go together. The error begins with the option's name. Opens
 * sockets to bind them, sends nothing. */
MUST_CHECK int net_check(const struct net_options *net, struct err *e);

/* The same with the targets at base_urls, n of them. */
MUST_CHECK int net_check_targets(const struct net_options *net,
                                 const char *const *base_urls, size_t n, struct err *e);

/* Takes an http or https URL apart. */
MUST_CHECK int net_place_of(const char *url, struct net_place *out, struct err *e);

/* The same of a proxy's, whose port must be said. */
MUST_CHECK int net_proxy_place(const char *url, struct net_place *out, struct err *e);

/* Connections that in_flight requests of all threads need, at most, when each carries
 * so many streams. It is shared by requests of one pool and one arm only. */
uint32_t net_connections(uint32_t streams, uint32_t in_flight, uint32_t threads,
                         uint32_t arms);

#endif
