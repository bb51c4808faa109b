/*
 * The purse of a run: what is spent and what is set aside, under a cap that cannot
 * be passed.
 *
 *     committed = charged (doubt included) + the worst case of what is in flight
 *
 * A request is admitted only if its worst case still fits under the cap, and that
 * is set aside until its end tells what it was charged. So the cap holds whatever
 * comes back, with any number in flight. The first request that does not fit ends
 * the run: a load that is thinned by its budget is not the load that was asked for.
 *
 * One atomic for all workers: a compare-and-swap at the start and an add at the end
 * of a request, no lock, nothing stranded in shares. Without a cap nothing is
 * touched.
 *
 * LIMIT: the worst case of a prompt is its asked length (words are single tokens in
 * every tokenizer that was checked; the run counts those that differ as drifted). A
 * server that counts more than that may charge more than was set aside for what is
 * in flight then; its bills count from their arrival on.
 */
#ifndef GUST_PURSE_H
#define GUST_PURSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct purse {
    int64_t cap; /* pico-units; 0: none */
    atomic_llong committed;
    atomic_llong refused; /* worst case of the first request that did not fit, or 0 */
};

/* spent: before the run. */
void purse_init(struct purse *p, int64_t cap, int64_t spent);

/* Sets amount aside; false: it does not fit. Any thread. */
bool purse_reserve(struct purse *p, int64_t amount);

/* Of what was set aside, this much was charged, or may be. Any thread. */
void purse_settle(struct purse *p, int64_t reserved, int64_t charged);

#endif
