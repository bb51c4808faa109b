/* The addresses behind the names of a run; see peers.h. */
#include "engine/peers.h"

#include "engine/plan.h"

#include <curl/curl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_literal(const struct net_place *place, union address *out)
{
    return address_parse(place->host, strlen(place->host), place->port, out);
}

static void add(struct peers *p, const union address *at)
{
    if (p->count == ADDRESSES_MAX)
        return;
    struct peer *peer = &p->list[p->count++];
    peer->at = *at;
    (void)address_format(peer->text, at);
}

static int look_up(struct peers *p, struct err *e)
{
    char port[8];
    struct addrinfo *found = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    (void)snprintf(port, sizeof port, "%u", p->place.port);
    int code = getaddrinfo(p->place.host, port, &hints, &found);
    if (code != 0)
        return err_set(e, "cannot resolve host \"%s\": %s", p->place.host,
                       gai_strerror(code));
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        union address at = {0};
        if (a->ai_addrlen > sizeof at)
            continue;
        memcpy(&at, a->ai_addr, a->ai_addrlen);
        add(p, &at);
    }
    freeaddrinfo(found);
    return 0;
}

static const struct override *override_of(const struct net_options *net,
                                          const struct net_place *place)
{
    for (uint32_t i = 0; i < net->override_count; i++)
        if (net->overrides[i].port == place->port &&
            strcasecmp(net->overrides[i].host, place->host) == 0)
            return &net->overrides[i];
    return NULL;
}

static int resolve_place(struct peers *p, const struct net_options *net, struct err *e)
{
    union address literal;
    const struct override *o = override_of(net, &p->place);
    if (o != NULL) {
        for (uint32_t i = 0; i < o->count; i++)
            add(p, &o->at[i]);
        return 0;
    }
    if (!is_literal(&p->place, &literal))
        return look_up(p, e);
    add(p, &literal);
    return 0;
}

/* socks4:// and socks5:// want an address from us; the others take the name. */
static bool proxy_looks_up(const char *proxy)
{
    return strncasecmp(proxy, "socks4://", 9) != 0 &&
           strncasecmp(proxy, "socks5://", 9) != 0;
}

int peers_resolve(struct plan *plan, struct err *e)
{
    const struct net_options *net = &plan->net;
    memset(plan->peers, 0, sizeof plan->peers);
    plan->proxy_peers = (struct peers){0};
    if (net->proxy != NULL) {
        if (net_proxy_place(net->proxy, &plan->proxy_peers.place, e) < 0 ||
            resolve_place(&plan->proxy_peers, net, e) < 0)
            return err_in(e, "--proxy");
    }
    for (uint32_t i = 0; i < plan_targets(plan); i++) {
        struct peers *p = &plan->peers[i];
        struct err ignored = {0}; /* a backup's name may come to be known later */
        if (net_place_of(plan->targets[i].base_url, &p->place, e) < 0)
            return -1;
        if (net->unix_socket != NULL ||
            (net->proxy != NULL && proxy_looks_up(net->proxy)))
            continue; /* nobody needs to, or the proxy does */
        if (i >= plan->arms)
            (void)!resolve_place(p, net, &ignored);
        else if (resolve_place(p, net, e) < 0)
            return -1;
    }
    return 0;
}

/* One line, unless the name is an IPv6 address, which libcurl does not look up. */
static struct curl_slist *append_line(struct curl_slist *list, const struct peers *p)
{
    struct buf line;
    if (p->count == 0 || p->place.host[0] == '[')
        return list;
    buf_init(&line, 8192);
    buf_printf(&line, "%s:%u:", p->place.host, p->place.port);
    for (uint32_t i = 0; i < p->count; i++) {
        bool is_v6 = p->list[i].at.family == AF_INET6;
        buf_printf(&line, "%s%s%s%s", i == 0 ? "" : ",", is_v6 ? "[" : "",
                   p->list[i].text, is_v6 ? "]" : "");
    }
    struct curl_slist *longer = curl_slist_append(list, line.data);
    buf_release(&line);
    if (longer == NULL)
        bug("out of memory in a list of addresses");
    return longer;
}

struct curl_slist *peers_lines(const struct plan *plan)
{
    struct curl_slist *list = append_line(NULL, &plan->proxy_peers);
    for (uint32_t i = 0; i < plan_targets(plan); i++)
        list = append_line(list, &plan->peers[i]);
    return list;
}

/* Addresses of the family that libcurl tries first: connections go to these. */
static uint32_t in_use(const struct peers *p)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->count; i++)
        n += p->list[i].at.family == p->list[0].at.family;
    return n > 0 ? n : 1;
}

uint64_t peers_ports(const struct plan *plan, unsigned ephemeral)
{
    const struct net_options *net = &plan->net;
    uint64_t sources = net->source_count > 0 ? net->source_count : 1;
    if (net->unix_socket != NULL)
        return 0;
    return sources * in_use(net->proxy ? &plan->proxy_peers : &plan->peers[0]) *
           ephemeral;
}

uint32_t peers_find(const struct peers *p, const char *text)
{
    uint32_t i = 0;
    while (i < p->count && strcmp(p->list[i].text, text) != 0)
        i++;
    return i;
}
