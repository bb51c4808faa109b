/*
 * What an attempt is charged: told by its usage, or assumed; see measure/bill.h.
 *
 *   usage seen             what it says; of a stream cut before its finish reason
 *                          the rest of what was asked for is in doubt
 *   no answer, or an       nothing; no answer to a request that was put on the
 *   error status           wire: all of it is in doubt
 *   2xx without usage      from its first content on the prompt, uncached, and one
 *                          token per event; before it nothing; the rest of what
 *                          was asked for is in doubt
 *   sent again by libcurl  each time: all of it is in doubt
 *
 * The rules are assumptions where a provider publishes none, which is why what
 * follows from them is counted (assumed_bills) and bounded (doubt). A guard counts
 * the doubt as spent.
 */
#ifndef GUST_CHARGE_H
#define GUST_CHARGE_H

#include "engine/pool.h"
#include "engine/purse.h"
#include "measure/sample.h"

struct charge {
    struct bill bill, doubt;
    bool is_assumed;
};

/* What an arrival may cost at most, at a target: nothing cached, the whole output. */
struct bill charge_worst(const struct plan *plan, uint16_t target,
                         const struct arrival *a);

/* Of an exchange that has ended; wire_starts: times it was put on the wire. */
struct charge charge_of(const struct exchange *x, unsigned wire_starts,
                        const struct bill *worst);

/* The price of a bill at a target, by class; 0 where the plan has no prices. */
int64_t charge_price(const struct plan *plan, uint16_t target, uint16_t class_index,
                     const struct bill *b);

/* Sets the worst case of n slots, which are about to start, aside; false: it does not
 * fit under the budget, and the slots are given back. */
bool charge_admit(struct purse *purse, const struct plan *plan,
                  struct slot *const slots[], unsigned n);
/* One of them has ended: what was set aside becomes what it was charged, or may be. */
void charge_settle(struct purse *purse, const struct plan *plan, const struct slot *s,
                   const struct sample *sample);

/* It is not sent after all: what was set aside is free again. */
void charge_return(struct purse *purse, const struct plan *plan, const struct slot *s);

/* What the budget sets aside for an attempt of an arm's request: the price of the
 * worst case, at the dearest of the arm and the backups that may take over. */
int64_t charge_reserve(const struct plan *plan, uint16_t arm, const struct arrival *a);

#endif
