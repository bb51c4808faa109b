/*
 * Dialling: one socket per connection, to the next address of the target and from
 * the next local address, in turn; both are counted.
 *
 * libcurl proposes an address and connects to what the socket callback leaves in its
 * place. It is replaced only by another of the same name and family, so libcurl's
 * own order (IPv6 before IPv4, the next address when one does not answer) holds.
 * Ports are chosen at connect time, so every pair of local and server address has
 * the whole range of ports.
 */
#ifndef GUST_DIAL_H
#define GUST_DIAL_H

#include "engine/plan.h"

struct curl_sockaddr;

/* Of one thread; sums of them go into the manifest. */
struct dial_counts {
    uint64_t connects[PLAN_TARGETS_MAX][ADDRESSES_MAX];
    uint64_t requests[PLAN_TARGETS_MAX][ADDRESSES_MAX]; /* attempts on the wire */
    uint64_t sources[NET_SOURCES_MAX];
};

struct dialer {
    const struct plan *plan;
    uint32_t next_peer[PLAN_TARGETS_MAX];
    uint32_t next_source;
    struct dial_counts counts;
};

/* The tries for one transfer: each goes to another address, whatever other transfers
 * do meanwhile. Zeroed to begin with. */
struct dialled {
    uint32_t peer, tries;
};

/* offset: where to begin, so that threads do not all begin with the same address. */
void dialer_init(struct dialer *d, const struct plan *plan, uint32_t offset);

/* A socket for a connection of that target to *address, which may be changed. -1 and
 * errno when there is none. */
int dial(struct dialer *d, uint16_t target, struct dialled *dialled,
         struct curl_sockaddr *address);

/* The same for one call outside the load: libcurl's address, the first source. */
int dial_once(const struct net_options *net, const struct curl_sockaddr *address);

/* A request of that target goes out to the address libcurl calls ip. */
void dial_request(struct dialer *d, uint16_t target, const char *ip);

void dial_counts_add(struct dial_counts *into, const struct dial_counts *from);

#endif
