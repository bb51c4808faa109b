/*
 * Below HTTP: is there an address behind a name, and does it take connections?
 *
 * Each address is tried by itself, all at the same time: a client that tries them
 * one after the other hides a dead one.
 */
#ifndef GUST_REACH_H
#define GUST_REACH_H

#include "base/err.h"
#include "policy/diagnosis.h"

#define REACH_ADDRESSES_MAX 16 /* more are counted and not tried */

/* Where a URL leads. */
struct place {
    char host[256]; /* without the brackets of an IPv6 address */
    char port[8];
    bool is_tls;
    bool is_literal; /* an address: nothing to look up */
};

struct reach_address {
    char text[64];
    enum reach reach;
    int error_number; /* why it is not open, 0 none */
    int64_t took_ns;
};

struct reach_report {
    enum name_fact name;
    char why[128]; /* the resolver's words when it failed */
    int64_t resolve_ns, connect_ns;
    struct reach_address addresses[REACH_ADDRESSES_MAX];
    size_t count;   /* of those in addresses */
    size_t unasked; /* further ones */
};

/* Fails on what is no http or https URL; option names it in the message. */
MUST_CHECK int reach_place(const char *url, const char *option, struct place *out,
                           struct err *e);

/* Resolves the name into addresses. Blocks as long as the resolver does. */
void reach_resolve(const struct place *p, struct reach_report *r);

/* Opens a TCP connection to each address and closes it at once. */
void reach_connect(const struct place *p, int64_t timeout_ns, struct reach_report *r);

#endif
