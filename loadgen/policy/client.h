/*
 * The client of one worker: its policy at work. Pure: it composes retry, budget,
 * breakers, failover and hedge; time and random streams are passed in.
 *
 *   client_admit   before an attempt: which endpoint, or why not at all
 *   client_ended   after an attempt: done, or again after a sleep
 *   client_hedge   the first content is late: a second attempt beside it?
 *
 * Every admitted attempt holds a ticket, and must give it back exactly once:
 * client_ended or, where its end says nothing, client_return.
 *
 * LIMIT: breakers, budget and failover are each worker's own: no lock on the hot
 * path. With --threads N a breaker opens after N times the failures at most.
 */
#ifndef GUST_CLIENT_H
#define GUST_CLIENT_H

#include "base/rng.h"
#include "policy/client_policy.h"

#define CLIENT_CHANGES_MAX 64

/* Room in a policy for one attempt. */
struct ticket {
    uint32_t era;
    uint16_t class_index;
    uint8_t endpoint;
    bool is_try; /* of the preferred endpoint, while another is active */
};

enum client_change_kind {
    CHANGE_BREAKER_OPEN,
    CHANGE_BREAKER_HALF_OPEN,
    CHANGE_BREAKER_CLOSED,
    CHANGE_FAILOVER,
    CHANGE_FAILBACK,
    CHANGE_KINDS
};

extern const char *const client_change_names[CHANGE_KINDS];

struct client_change {
    int64_t at_ns;
    uint8_t kind, endpoint; /* of failover and failback: the new active one */
    uint16_t class_index;   /* of a breaker per class */
};

/* Since the start of the run. Only uint64_t and int64_t inside; added as one array. */
struct client_counts {
    struct breaker_counts breaker;
    struct failover_counts failover;
    uint64_t refused_budget;     /* requests that were not sent */
    uint64_t denied[RETRY_WHYS]; /* failed attempts by what was decided */
    uint64_t changes;            /* of state, listed or not */
    uint64_t hedges_won;         /* hedges that answered before the attempt beside */
    uint64_t hedges_denied;      /* there was no room for one */
    uint64_t unsent;             /* attempts that ended without a connection */
};

void client_counts_add(struct client_counts *into, const struct client_counts *from);

struct client {
    const struct client_policy *policy;
    struct breaker *breakers; /* [endpoint * scopes + scope] */
    unsigned scopes;
    struct budget budget;
    struct failover failover;
    struct hedge hedge;
    uint64_t retrying; /* retries waiting or in flight */
    struct client_change changes[CLIENT_CHANGES_MAX];
    size_t change_count;
    struct client_counts own; /* without breaker and failover */
};

/* classes: of requests. Borrows the policy. */
void client_init(struct client *c, const struct client_policy *policy,
                 unsigned classes);
void client_release(struct client *c);

/* OUTCOME_OK and a ticket; or BREAKER_OPEN or BUDGET: not to be sent. attempt: 0 the
 * first of its request; the budget is asked for the first only. */
enum outcome client_admit(struct client *c, int64_t now_ns, unsigned class_index,
                          unsigned attempt, struct rng *rng, struct ticket *out);

/* A retry that client_ended granted is under way until its own end. */
struct client_facts {
    struct retry_facts retry; /* is_elsewhere is filled in here */
    uint64_t in_flight;       /* requests on the wire or waiting */
    bool was_retry;           /* the ended attempt was itself granted as one */
    bool is_last;             /* nothing may follow: the run ends, or a hedge lives */
};

/* Takes the ticket back. RETRY_YES: another attempt in *delay_ns. */
enum retry_why client_ended(struct client *c, const struct ticket *ticket,
                            struct client_facts *facts, struct rng *rng,
                            int64_t *delay_ns);

/* Takes back the ticket of an attempt whose end says nothing about its endpoint: it
 * was cancelled, or the run ended. */
void client_return(struct client *c, int64_t now_ns, const struct ticket *ticket,
                   bool was_retry);

/* A granted retry that was not made after all. */
void client_drop_retry(struct client *c);

/* A granted retry that no breaker lets through. */
void client_refuse_retry(struct client *c);

/* A hedge beside an attempt at that endpoint, if the caller has room for it, and its
 * budget and a breaker, too; a no is counted. */
bool client_hedge(struct client *c, int64_t now_ns, bool has_room,
                  const struct ticket *beside, struct ticket *out);

/* A hedge was first. */
void client_hedge_won(struct client *c);

/* An attempt has ended that never left. */
void client_unsent(struct client *c);

/* All counts as of now. */
void client_counts(const struct client *c, struct client_counts *out);

#endif
