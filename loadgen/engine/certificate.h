/*
 * A TLS handshake and what the server shows in it. No request is sent, so that no
 * key is given to a server that is not trusted.
 *
 * The handshake is made as every request makes it. Where that fails, a second one
 * that checks nothing reads the certificate, so that what is wrong can be told.
 */
#ifndef GUST_CERTIFICATE_H
#define GUST_CERTIFICATE_H

#include "engine/plan.h"
#include "policy/diagnosis.h"

struct certificate {
    enum trust trust;
    char why[256];     /* why it is not trusted, "" when it is */
    char protocol[64]; /* "TLSv1.3", "" unknown */
    char subject[160]; /* "CN = example.com", "" none came */
    char issuer[160];
    char expires[64]; /* of the first of the chain to expire */
    int64_t left_s;   /* until then, from now; negative: it has expired */
    bool has_expiry;
    size_t chain;    /* certificates that the server sent */
    int64_t took_ns; /* of the handshake with its TCP connection */
};

/* wall_ns: now, since 1970. */
void certificate_read(const struct plan *plan, const char *url, int64_t timeout_ns,
                      int64_t wall_ns, struct certificate *out);

#endif
