/* Numeric addresses; see address.h. */
#include "engine/address.h"

#include <arpa/inet.h>
#include <string.h>

bool address_parse(const char *text, size_t length, uint16_t port, union address *out)
{
    char bare[INET6_ADDRSTRLEN];
    bool has_brackets = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    if (has_brackets) {
        text++;
        length -= 2;
    }
    if (length == 0 || length >= sizeof bare)
        return false;
    memcpy(bare, text, length);
    bare[length] = '\0';
    *out = (union address){0};
    if (!has_brackets && inet_pton(AF_INET, bare, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, bare, &out->v6.sin6_addr) != 1)
        return false;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    return true;
}

const char *address_format(char text[ADDRESS_TEXT], const union address *a)
{
    const void *bytes =
        a->family == AF_INET6 ? (const void *)&a->v6.sin6_addr : &a->v4.sin_addr;
    if (inet_ntop(a->family, bytes, text, ADDRESS_TEXT) == NULL)
        text[0] = '\0';
    return text;
}

socklen_t address_length(const union address *a)
{
    return a->family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
}

bool address_same(const union address *a, const union address *b)
{
    if (a->family != b->family)
        return false;
    if (a->family == AF_INET6)
        return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
    return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

int address_list(const char *text, uint16_t port, union address *out, size_t max,
                 struct err *e)
{
    size_t n = 0;
    for (const char *at = text;;) {
        size_t length = strcspn(at, ",");
        if (n == max)
            return err_set(e, "\"%s\" has more than %zu addresses", text, max);
        if (!address_parse(at, length, port, &out[n]))
            return err_set(e, "\"%.*s\" is no IPv4 or IPv6 address", (int)length, at);
        for (size_t i = 0; i < n; i++)
            if (address_same(&out[i], &out[n]))
                return err_set(e, "%.*s is there twice", (int)length, at);
        n++;
        if (at[length] == '\0')
            return (int)n;
        at += length + 1;
    }
}

/* The digits of a port up to the colon; 0: they are none. */
static uint16_t port_of(const char *digits, size_t length)
{
    unsigned port = 0;
    if (length == 0 || length > 5)
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return 0;
        port = port * 10 + (unsigned)(digits[i] - '0');
    }
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

int override_parse(const char *text, struct override *out, struct err *e)
{
    *out = (struct override){0};
    size_t host = strcspn(text, ":");
    if (host == 0 || text[host] == '\0' || host >= sizeof out->host)
        return err_set(e, "\"%s\" is not of the form HOST:PORT:ADDRESS[,ADDRESS...]",
                       text);
    const char *digits = text + host + 1;
    size_t length = strcspn(digits, ":");
    out->port = port_of(digits, length);
    if (out->port == 0 || digits[length] == '\0')
        return err_set(e,
                       "\"%s\": \"%.*s\" is no port 1..65535 with an address behind it",
                       text, (int)length, digits);
    memcpy(out->host, text, host);
    int n = address_list(digits + length + 1, out->port, out->at, ADDRESSES_MAX, e);
    if (n < 0)
        return err_in(e, "%s", text);
    out->count = (uint32_t)n;
    return 0;
}
