/* A policy at work; see client.h. */
#include "policy/client.h"

#include <stdlib.h>

const char *const client_change_names[CHANGE_KINDS] = {
    [CHANGE_BREAKER_OPEN] = "breaker_open",
    [CHANGE_BREAKER_HALF_OPEN] = "breaker_half_open",
    [CHANGE_BREAKER_CLOSED] = "breaker_closed",
    [CHANGE_FAILOVER] = "failover",
    [CHANGE_FAILBACK] = "failback",
};

void client_init(struct client *c, const struct client_policy *policy, unsigned classes)
{
    assert(classes >= 1);
    *c = (struct client){.policy = policy};
    c->scopes = policy->breaker.scope == BREAKER_PER_CLASS ? classes : 1;
    unsigned n = policy->failover.endpoints * c->scopes;
    c->breakers = xcalloc(n, sizeof *c->breakers);
    for (unsigned i = 0; i < n; i++)
        breaker_init(&c->breakers[i], &policy->breaker);
    budget_init(&c->budget, &policy->budget);
    failover_init(&c->failover, &policy->failover);
    hedge_init(&c->hedge, &policy->hedge);
}

void client_release(struct client *c)
{
    hedge_release(&c->hedge);
    free(c->breakers);
    *c = (struct client){0};
}

/* --- what changed ------------------------------------------------------------------ */

static void note(struct client *c, int64_t now_ns, enum client_change_kind kind,
                 unsigned endpoint, unsigned class_index)
{
    c->own.changes++;
    if (c->change_count == CLIENT_CHANGES_MAX)
        return;
    c->changes[c->change_count++] = (struct client_change){
        .at_ns = now_ns,
        .kind = (uint8_t)kind,
        .endpoint = (uint8_t)endpoint,
        .class_index = (uint16_t)(c->scopes > 1 ? class_index : 0),
    };
}

static void note_breaker(struct client *c, int64_t now_ns, const struct breaker *b,
                         uint32_t era, unsigned endpoint, unsigned class_index)
{
    static const enum client_change_kind kinds[] = {
        [BREAKER_CLOSED] = CHANGE_BREAKER_CLOSED,
        [BREAKER_OPEN] = CHANGE_BREAKER_OPEN,
        [BREAKER_HALF_OPEN] = CHANGE_BREAKER_HALF_OPEN,
    };
    if (b->era != era)
        note(c, now_ns, kinds[b->state], endpoint, class_index);
}

static void note_failover(struct client *c, int64_t now_ns, unsigned before)
{
    unsigned active = c->failover.active;
    if (active != before)
        note(c, now_ns, active == 0 ? CHANGE_FAILBACK : CHANGE_FAILOVER, active, 0);
}

/* --- before an attempt -------------------------------------------------------------- */

static struct breaker *breaker_of(const struct client *c, unsigned endpoint,
                                  unsigned class_index)
{
    unsigned scope = c->scopes > 1 ? class_index : 0;
    return &c->breakers[endpoint * c->scopes + scope];
}

/* Bits of the endpoints whose breaker refuses. */
static uint32_t refusing(const struct client *c, int64_t now_ns, unsigned class_index)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < c->policy->failover.endpoints; i++)
        if (!breaker_would_admit(breaker_of(c, i, class_index), now_ns))
            bits |= UINT32_C(1) << i;
    return bits;
}

static bool take_ticket(struct client *c, int64_t now_ns, struct ticket *t)
{
    struct breaker *b = breaker_of(c, t->endpoint, t->class_index);
    uint32_t before = b->era;
    bool is_admitted = breaker_admit(b, now_ns, &t->era);
    note_breaker(c, now_ns, b, before, t->endpoint, t->class_index);
    return is_admitted;
}

enum outcome client_admit(struct client *c, int64_t now_ns, unsigned class_index,
                          unsigned attempt, struct rng *rng, struct ticket *out)
{
    if (attempt == 0 && !budget_admits(&c->budget, now_ns, rng_unit(rng))) {
        c->own.refused_budget++;
        return OUTCOME_BUDGET;
    }
    bool is_try = false;
    unsigned before = c->failover.active;
    unsigned endpoint = failover_choose(&c->failover, now_ns, attempt,
                                        refusing(c, now_ns, class_index), &is_try);
    note_failover(c, now_ns, before);
    *out = (struct ticket){.class_index = (uint16_t)class_index,
                           .endpoint = (uint8_t)endpoint,
                           .is_try = is_try};
    if (take_ticket(c, now_ns, out))
        return OUTCOME_OK;
    if (is_try)
        failover_ended(&c->failover, now_ns, endpoint, true, false, false);
    return OUTCOME_BREAKER_OPEN;
}

/* --- after an attempt ---------------------------------------------------------------- */

static void give_ticket_back(struct client *c, int64_t now_ns, const struct ticket *t,
                             enum breaker_word word, bool is_ok, bool is_down)
{
    struct breaker *b = breaker_of(c, t->endpoint, t->class_index);
    uint32_t era = b->era;
    unsigned active = c->failover.active;
    breaker_ended(b, now_ns, t->era, word);
    note_breaker(c, now_ns, b, era, t->endpoint, t->class_index);
    failover_ended(&c->failover, now_ns, t->endpoint, t->is_try, is_ok, is_down);
    note_failover(c, now_ns, active);
}

static void book_end(struct client *c, const struct ticket *t,
                     const struct retry_facts *f)
{
    const struct client_policy *p = c->policy;
    bool is_ok = f->outcome == OUTCOME_OK;
    bool is_failure = outcome_in(p->breaker.counts, f->outcome);
    enum breaker_word word = is_ok        ? BREAKER_OK
                             : is_failure ? BREAKER_FAILED
                                          : BREAKER_SILENT;
    budget_ended(&c->budget, f->now_ns, is_ok, outcome_in(p->retry.on, f->outcome));
    give_ticket_back(c, f->now_ns, t, word, is_ok,
                     outcome_in(p->failover_on, f->outcome));
}

/* Would the next attempt go to another endpoint, without a sleep? */
static bool goes_elsewhere(const struct client *c, const struct ticket *t,
                           const struct retry_facts *f)
{
    const struct failover_rule *r = &c->policy->failover;
    if (r->endpoints == 1 || !r->is_immediate)
        return false;
    unsigned next = r->is_sticky ? c->failover.active : f->attempts % r->endpoints;
    /* one round without sleeping; from then on the backoff counts again */
    return next != t->endpoint && f->attempts < r->endpoints;
}

enum retry_why client_ended(struct client *c, const struct ticket *ticket,
                            struct client_facts *facts, struct rng *rng,
                            int64_t *delay_ns)
{
    struct retry_facts *f = &facts->retry;
    *delay_ns = 0;
    if (facts->was_retry)
        client_drop_retry(c);
    book_end(c, ticket, f);
    if (facts->is_last || f->outcome == OUTCOME_OK)
        return RETRY_NOT_THIS;
    f->is_elsewhere = goes_elsewhere(c, ticket, f);
    double unit = rng_unit(rng), jitter_unit = rng_unit(rng), chance = rng_unit(rng);
    enum retry_why why =
        retry_decide(&c->policy->retry, f, unit, jitter_unit, delay_ns);
    if (why == RETRY_YES && !budget_allows_retry(&c->budget, f->now_ns,
                                                 facts->in_flight, c->retrying, chance))
        why = RETRY_BUDGET;
    c->own.denied[why]++;
    c->retrying += why == RETRY_YES;
    return why;
}

void client_return(struct client *c, int64_t now_ns, const struct ticket *ticket,
                   bool was_retry)
{
    if (was_retry)
        client_drop_retry(c);
    give_ticket_back(c, now_ns, ticket, BREAKER_SILENT, false, false);
}

void client_drop_retry(struct client *c)
{
    assert(c->retrying > 0);
    c->retrying--;
}

void client_refuse_retry(struct client *c)
{
    client_drop_retry(c);
    c->own.denied[RETRY_BREAKER]++;
}

/* At the next endpoint where there is one: the slow one has its chance already. */
static bool take_hedge(struct client *c, int64_t now_ns, const struct ticket *beside,
                       struct ticket *out)
{
    unsigned n = c->policy->failover.endpoints;
    *out = (struct ticket){.class_index = beside->class_index,
                           .endpoint = (uint8_t)((beside->endpoint + 1u) % n)};
    if (!breaker_would_admit(breaker_of(c, out->endpoint, out->class_index), now_ns))
        out->endpoint = beside->endpoint;
    if (c->policy->budget.kind == BUDGET_THROTTLE &&
        !budget_allows_retry(&c->budget, now_ns, 0, 0, 0))
        return false;
    if (!breaker_would_admit(breaker_of(c, out->endpoint, out->class_index), now_ns))
        return false;
    return hedge_allows(&c->hedge, now_ns) && take_ticket(c, now_ns, out);
}

bool client_hedge(struct client *c, int64_t now_ns, bool has_room,
                  const struct ticket *beside, struct ticket *out)
{
    bool is_allowed = has_room && take_hedge(c, now_ns, beside, out);
    c->own.hedges_denied += !is_allowed;
    return is_allowed;
}

void client_hedge_won(struct client *c)
{
    c->own.hedges_won++;
}

void client_unsent(struct client *c)
{
    c->own.unsent++;
}

/* --- counts ------------------------------------------------------------------------- */

_Static_assert(sizeof(struct client_counts) % sizeof(uint64_t) == 0,
               "only 64-bit counts");
_Static_assert(sizeof(struct breaker_counts) % sizeof(uint64_t) == 0, "the same");

static void add_counts(void *into, const void *from, size_t bytes)
{
    uint64_t *to = into;
    const uint64_t *source = from;
    for (size_t i = 0; i < bytes / sizeof(uint64_t); i++)
        to[i] += source[i];
}

void client_counts_add(struct client_counts *into, const struct client_counts *from)
{
    add_counts(into, from, sizeof *into);
}

void client_counts(const struct client *c, struct client_counts *out)
{
    *out = c->own;
    out->failover = c->failover.counts;
    for (unsigned i = 0; i < c->policy->failover.endpoints * c->scopes; i++)
        add_counts(&out->breaker, &c->breakers[i].counts, sizeof out->breaker);
}
