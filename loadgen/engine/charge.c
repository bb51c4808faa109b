/* What an attempt is charged; see charge.h. */
#include "engine/charge.h"

#include "workload/lengths.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t above(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

struct bill charge_worst(const struct plan *plan, uint16_t target,
                         const struct arrival *a)
{
    const struct request_class *c = &plan->profile->classes[a->class_index];
    uint32_t asked = a->history_tokens + a->prompt_tokens + a->suffix_tokens;
    uint32_t expected = prompt_expected_tokens(&plan->targets[target].prompt, a);
    uint32_t choices = c->choices > 0 ? c->choices : 1;
    struct bill worst = {{0}};
    worst.tokens[BILL_PROMPT] = larger(asked, expected);
    if (api_generates(c->api))
        worst.tokens[BILL_OUTPUT] = a->output_tokens * choices;
    return worst;
}

static struct bill told(const struct usage *u)
{
    struct bill b = {{0}};
    b.tokens[BILL_PROMPT] = above(u->prompt_tokens, u->cached_tokens);
    b.tokens[BILL_CACHED] = u->prompt_tokens - b.tokens[BILL_PROMPT];
    b.tokens[BILL_OUTPUT] = u->completion_tokens;
    b.tokens[BILL_REASONING] = u->reasoning_tokens;
    return b;
}

/* What of the worst is not on the bill: cached tokens are prompt tokens, too. */
static struct bill rest_of(const struct bill *worst, const struct bill *bill)
{
    struct bill rest = {{0}};
    rest.tokens[BILL_PROMPT] =
        above(worst->tokens[BILL_PROMPT],
              bill->tokens[BILL_PROMPT] + bill->tokens[BILL_CACHED]);
    rest.tokens[BILL_OUTPUT] =
        above(worst->tokens[BILL_OUTPUT], bill->tokens[BILL_OUTPUT]);
    return rest;
}

/* A 2xx answer that did not tell. */
static void assume(const struct exchange *x, const struct bill *worst,
                   struct charge *out)
{
    out->is_assumed = true;
    if (x->saw_content) {
        out->bill.tokens[BILL_PROMPT] = worst->tokens[BILL_PROMPT];
        out->bill.tokens[BILL_OUTPUT] = x->content_events;
    }
    out->doubt = rest_of(worst, &out->bill);
}

struct charge charge_of(const struct exchange *x, unsigned wire_starts,
                        const struct bill *worst)
{
    struct charge out = {.is_assumed = false};
    bool is_answered = x->http >= 200 && x->http < 300;
    if (is_answered && x->usage.is_present) {
        out.bill = told(&x->usage);
        out.is_assumed = x->ask.is_stream && x->finish == FINISH_NONE;
        if (out.is_assumed)
            out.doubt = rest_of(worst, &out.bill);
    } else if (is_answered) {
        assume(x, worst, &out);
    } else if (x->http == 0 && wire_starts > 0) {
        out.is_assumed = true;
        out.doubt = *worst;
    }
    for (unsigned again = 1; again < wire_starts; again++)
        bill_add(&out.doubt, worst);
    return out;
}

int64_t charge_price(const struct plan *plan, uint16_t target, uint16_t class_index,
                     const struct bill *b)
{
    const struct pricing *p = &plan->pricing;
    return p->list == NULL ? 0 : price_of(&p->prices[target][class_index], b);
}

static int64_t worst_price(const struct plan *plan, uint16_t target,
                           const struct arrival *a)
{
    struct bill worst = charge_worst(plan, target, a);
    return charge_price(plan, target, a->class_index, &worst);
}

int64_t charge_reserve(const struct plan *plan, uint16_t arm, const struct arrival *a)
{
    if (plan->pricing.list == NULL)
        return 0; /* and nothing is worked out for every request */
    int64_t most = worst_price(plan, arm, a);
    for (uint32_t t = plan->arms; t < plan_targets(plan); t++) {
        int64_t price = worst_price(plan, (uint16_t)t, a);
        most = price > most ? price : most;
    }
    return most;
}

bool charge_admit(struct purse *purse, const struct plan *plan,
                  struct slot *const slots[], unsigned n)
{
    int64_t worst = 0;
    for (unsigned i = 0; i < n; i++)
        worst =
            money_add(worst, charge_reserve(plan, slots[i]->arm, &slots[i]->arrival));
    if (purse_reserve(purse, worst))
        return true;
    for (unsigned i = 0; i < n; i++)
        slot_give_back(slots[i]);
    return false;
}

void charge_settle(struct purse *purse, const struct plan *plan, const struct slot *s,
                   const struct sample *sample)
{
    purse_settle(purse, charge_reserve(plan, s->arm, &s->arrival),
                 money_add(sample->cost, sample->doubt_cost));
}

void charge_return(struct purse *purse, const struct plan *plan, const struct slot *s)
{
    purse_settle(purse, charge_reserve(plan, s->arm, &s->arrival), 0);
}
