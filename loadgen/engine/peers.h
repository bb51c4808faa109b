/*
 * The addresses behind the names of a run: each name is looked up once, before
 * anything is sent, and --resolve answers instead of the DNS where it is given. So
 * no connection waits for a look-up, and the run knows all addresses it may use.
 *
 * LIMIT: a name whose addresses change while the run lasts is not followed.
 */
#ifndef GUST_PEERS_H
#define GUST_PEERS_H

#include "engine/net.h"

struct plan;
struct curl_slist;

struct peer {
    union address at;
    char text[ADDRESS_TEXT]; /* as libcurl writes it */
};

/* Where a name leads, in the resolver's order, at most ADDRESSES_MAX of them. */
struct peers {
    struct net_place place;
    uint32_t count;
    struct peer list[ADDRESSES_MAX];
};

/* Fills plan->peers and plan->proxy_peers; what the proxy looks up, and what goes
 * through a Unix socket, stays empty. */
MUST_CHECK int peers_resolve(struct plan *plan, struct err *e);

/* Hands them to libcurl: lines HOST:PORT:ADDRESS[,ADDRESS] for CURLOPT_RESOLVE. NULL:
 * nothing needs to be looked up. The caller frees it with curl_slist_free_all. */
struct curl_slist *peers_lines(const struct plan *plan);

/* Local ports there are for all connections of the plan: so many ephemeral ones for
 * each pair of local and server address. 0: none are needed (a Unix socket). */
uint64_t peers_ports(const struct plan *plan, unsigned ephemeral);

/* The index of the peer with that text, or count. */
uint32_t peers_find(const struct peers *p, const char *text);

#endif
