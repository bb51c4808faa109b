/* What is spent and what is set aside; see purse.h. */
#include "engine/purse.h"

#include <assert.h>

void purse_init(struct purse *p, int64_t cap, int64_t spent)
{
    assert(cap >= 0 && spent >= 0);
    p->cap = cap;
    atomic_init(&p->committed, spent);
    atomic_init(&p->refused, 0);
}

bool purse_reserve(struct purse *p, int64_t amount)
{
    assert(amount >= 0);
    if (p->cap == 0)
        return true;
    long long old = atomic_load(&p->committed);
    while (old <= p->cap && amount <= p->cap - old)
        if (atomic_compare_exchange_weak(&p->committed, &old, old + amount))
            return true;
    long long none = 0;
    (void)atomic_compare_exchange_strong(&p->refused, &none, amount);
    return false;
}

void purse_settle(struct purse *p, int64_t reserved, int64_t charged)
{
    assert(reserved >= 0 && charged >= 0);
    if (p->cap != 0)
        (void)atomic_fetch_add(&p->committed, charged - reserved);
}
