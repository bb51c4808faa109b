/*
 * Numeric addresses, and the words of --resolve and --source-address. Pure: no
 * name is looked up here.
 *
 * LIMIT: link-local IPv6 addresses with a zone (fe80::1%eth0) are not taken.
 */
#ifndef GUST_ADDRESS_H
#define GUST_ADDRESS_H

#include "base/err.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define ADDRESS_TEXT 64
#define ADDRESS_HOST 256
#define ADDRESSES_MAX 16 /* of one name */

/* family AF_INET or AF_INET6 says which member is meant. */
union address {
    sa_family_t family;
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* A name, a port, and the addresses to use for them instead of asking the DNS. */
struct override {
    char host[ADDRESS_HOST];
    uint16_t port;
    uint32_t count;
    union address at[ADDRESSES_MAX];
};

/* "10.0.0.1", "fd00::1" or "[fd00::1]", length bytes; port goes in with it. False:
 * it is no numeric address. */
bool address_parse(const char *text, size_t length, uint16_t port, union address *out);

/* Without the port, IPv6 without brackets. Returns text. */
const char *address_format(char text[ADDRESS_TEXT], const union address *a);

/* Bytes that bind and connect want. */
socklen_t address_length(const union address *a);

/* The same address; ports are not compared. */
bool address_same(const union address *a, const union address *b);

/* "HOST:PORT:ADDRESS[,ADDRESS...]". The error names the text and what is wrong with
 * it. */
MUST_CHECK int override_parse(const char *text, struct override *out, struct err *e);

/* "ADDRESS[,ADDRESS...]", each once, at most max. Returns how many, or -1 and err. */
MUST_CHECK int address_list(const char *text, uint16_t port, union address *out,
                            size_t max, struct err *e);

#endif
