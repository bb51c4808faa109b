/*
 * A client policy: what a client does about failure, as a JSON document. What can
 * be said, with ranges and defaults: profiles/policies/policy.schema.json and
 * profiles/README.md. Parsed here, carried out by client.h.
 *
 * Shipped ones are named after the client whose defaults they reproduce; each says
 * in its document where its numbers come from.
 */
#ifndef GUST_CLIENT_POLICY_H
#define GUST_CLIENT_POLICY_H

#include "base/buf.h"
#include "base/err.h"
#include "policy/breaker.h"
#include "policy/budget.h"
#include "policy/failover.h"
#include "policy/hedge.h"
#include "policy/retry.h"

#define CLIENT_POLICY_BYTES_MAX (64u << 10)
#define CLIENT_ATTEMPTS_MAX 200 /* LIMIT: of one request, whatever the policy says */

/* Another endpoint that may take over; strings owned, NULL: as the target's. */
struct client_endpoint {
    char *name, *url; /* never NULL */
    char *dialect, *model, *key_env;
};

/* Of one attempt; 0: as the run's own. */
struct client_timeouts {
    int64_t connect_ns, ttft_ns, stall_ns, total_ns;
};

struct client_policy {
    char *name, *title;
    char *text; /* the document without white space, for the manifest */
    struct client_timeouts timeouts;
    int64_t deadline_ns; /* of a request, from its due time; 0: none */
    struct retry_rule retry;
    struct budget_rule budget;
    struct breaker_rule breaker;
    struct failover_rule failover;
    uint64_t failover_on; /* failures that count for it */
    struct hedge_rule hedge;
    struct client_endpoint endpoints[ENDPOINTS_MAX - 1];
    unsigned endpoint_count; /* failover.endpoints - 1 */
};

/* Parses a document. NULL on failure; client_policy_free it. Errors name the JSON
 * path, and of an unknown key the nearest known one. */
struct client_policy *client_policy_parse(const char *text, size_t length,
                                          struct err *e);
void client_policy_free(struct client_policy *p);

/* name is a file (contains '/' or '.', or exists) or a shipped policy. */
struct client_policy *client_policy_load(const char *name, struct err *e);

/* Does it do nothing but send each request once? Its timeouts may still count. */
bool client_policy_is_none(const struct client_policy *p);

#endif
