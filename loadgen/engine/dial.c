/* Dialling; see dial.h. */
#include "engine/dial.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

void dialer_init(struct dialer *d, const struct plan *plan, uint32_t offset)
{
    *d = (struct dialer){.plan = plan, .next_source = offset};
    for (size_t i = 0; i < PLAN_TARGETS_MAX; i++)
        d->next_peer[i] = offset;
}

/* The next of that family, after those tried for this transfer; NULL when there is
 * none. */
static const struct peer *next_peer(struct dialer *d, uint16_t target,
                                    struct dialled *dialled, int family)
{
    const struct peers *p = &d->plan->peers[target];
    if (p->count > 0 && dialled->tries++ == 0)
        dialled->peer = d->next_peer[target]++;
    for (uint32_t k = 0; k < p->count; k++) {
        uint32_t i = dialled->peer++ % p->count;
        if (p->list[i].at.family == family) {
            d->counts.connects[target][i]++;
            return &p->list[i];
        }
    }
    return NULL;
}

static void choose_peer(struct dialer *d, uint16_t target, struct dialled *dialled,
                        struct curl_sockaddr *address)
{
    if (d->plan->net.proxy != NULL || d->plan->net.unix_socket != NULL)
        return;
    const struct peer *peer = next_peer(d, target, dialled, address->family);
    if (peer == NULL)
        return;
    assert(address_length(&peer->at) == address->addrlen);
    /* the struct ends in a sockaddr with more room behind it than its type says */
    char *bytes = (char *)address + offsetof(struct curl_sockaddr, addr);
    memcpy(bytes, &peer->at, address->addrlen);
}

static const union address *next_source(struct dialer *d, int family)
{
    const struct net_options *net = &d->plan->net;
    for (uint32_t tries = 0; tries < net->source_count; tries++) {
        uint32_t i = d->next_source++ % net->source_count;
        if (net->sources[i].family == family) {
            d->counts.sources[i]++;
            return &net->sources[i];
        }
    }
    return NULL;
}

/* A socket bound to source; NULL: the kernel chooses. */
static int open_from(const struct curl_sockaddr *address, const union address *source)
{
    int on = 1;
    int fd =
        socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0 || source == NULL)
        return fd;
    /* where it is not known, bind takes a port: fewer connections, all the same */
    (void)setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, &source->any, address_length(source)) == 0)
        return fd;
    int why = errno;
    (void)close(fd);
    errno = why;
    return -1;
}

static int no_source(void)
{
    errno = EAFNOSUPPORT;
    return -1;
}

int dial(struct dialer *d, uint16_t target, struct dialled *dialled,
         struct curl_sockaddr *address)
{
    choose_peer(d, target, dialled, address);
    if (d->plan->net.source_count == 0)
        return open_from(address, NULL);
    const union address *source = next_source(d, address->family);
    return source ? open_from(address, source) : no_source();
}

int dial_once(const struct net_options *net, const struct curl_sockaddr *address)
{
    if (net->source_count == 0)
        return open_from(address, NULL);
    for (uint32_t i = 0; i < net->source_count; i++)
        if (net->sources[i].family == address->family)
            return open_from(address, &net->sources[i]);
    return no_source();
}

void dial_request(struct dialer *d, uint16_t target, const char *ip)
{
    const struct peers *p = &d->plan->peers[target];
    if (d->plan->net.proxy != NULL || p->count == 0)
        return;
    uint32_t i = p->count == 1 ? 0 : peers_find(p, ip);
    if (i < p->count)
        d->counts.requests[target][i]++;
}

void dial_counts_add(struct dial_counts *into, const struct dial_counts *from)
{
    for (size_t target = 0; target < PLAN_TARGETS_MAX; target++)
        for (size_t i = 0; i < ADDRESSES_MAX; i++) {
            into->connects[target][i] += from->connects[target][i];
            into->requests[target][i] += from->requests[target][i];
        }
    for (size_t i = 0; i < NET_SOURCES_MAX; i++)
        into->sources[i] += from->sources[i];
}
