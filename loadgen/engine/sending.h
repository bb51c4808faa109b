/*
 * Puts a prepared slot on the wire: what is asked, of which URL, with which headers.
 * First attempts, retries and hedges all leave through here.
 */
#ifndef GUST_SENDING_H
#define GUST_SENDING_H

#include "engine/pool.h"
#include "measure/epoch.h"

struct sending {
    const struct plan *plan;
    struct epoch *const *epoch; /* the one being written */
    int64_t t0_wall_ns;
    struct curl_slist *headers[PLAN_TARGETS_MAX][2]; /* [target][is_stream] */
};

/* epoch: where the worker keeps its present epoch; read at every use. */
void sending_init(struct sending *s, const struct plan *plan,
                  struct epoch *const *epoch);
void sending_release(struct sending *s);

/* Sends the slot's body to its target. The attempt is counted in the flow. */
void sending_start(const struct sending *s, struct slot *slot, int64_t now_ns);

/* Opens n connections, to the arms in turn, that count nowhere. */
void sending_warm_up(const struct sending *s, struct sockets *sockets, unsigned n);

/* Where the gaps of a slot's stream go. */
struct hist *sending_gaps(const struct sending *s, const struct slot *slot);

#endif
