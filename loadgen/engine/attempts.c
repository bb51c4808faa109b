/* Attempts beyond the first; see attempts.h. */
#include "engine/attempts.h"

#include "base/clock.h"
#include "engine/charge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ATTEMPTS_MAGIC 0xa77e3975u

struct attempts {
    uint32_t magic;
    struct attempts_spec spec;
    struct client client;
    struct waiting waiting; /* for their next attempt */
    struct waiting hedging; /* on the wire: to be hedged then, or beaten */
    struct buf text;        /* scratch of prompt_body */
    ev_timer timer;
};

static struct attempts *attempts_of(void *p)
{
    struct attempts *a = p;
    assert(a != NULL && a->magic == ATTEMPTS_MAGIC);
    return a;
}

static void on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
    (void)events;
    struct attempts *a = attempts_of(t->data);
    ev_timer_stop(loop, t);
    attempts_pump(a, clock_now_ns() - a->spec.sockets->t0_ns);
}

struct attempts *attempts_new(const struct attempts_spec *spec)
{
    struct attempts *a = xcalloc(1, sizeof *a);
    a->magic = ATTEMPTS_MAGIC;
    a->spec = *spec;
    client_init(&a->client, spec->plan->policy,
                (unsigned)spec->plan->profile->class_count);
    buf_init(&a->text, POOL_BODY_MAX);
    ev_init(&a->timer, on_timer);
    a->timer.data = a;
    return a;
}

void attempts_free(struct attempts *a)
{
    if (a == NULL)
        return;
    ev_timer_stop(a->spec.sockets->loop, &a->timer);
    waiting_release(&a->waiting);
    waiting_release(&a->hedging);
    client_release(&a->client);
    buf_release(&a->text);
    free(a);
}

static struct flow *flow_of(const struct attempts *a, const struct slot *s)
{
    return epoch_flow(*a->spec.epoch, s->arm, s->arrival.class_index);
}

/* --- where an attempt goes --------------------------------------------------------- */

/* Endpoint 0 is the arm's own target, the others are the backups. */
static uint16_t target_of(const struct plan *plan, const struct slot *s,
                          unsigned endpoint)
{
    return endpoint == 0 ? s->arm : (uint16_t)(plan->arms + endpoint - 1);
}

/* The body in the words of the attempt's endpoint. */
static void aim(struct attempts *a, struct slot *s)
{
    const struct plan *plan = a->spec.plan;
    uint16_t target = target_of(plan, s, s->journey.ticket.endpoint);
    if (s->target == target)
        return;
    struct arrival arrival = s->arrival;
    arrival.blocks = NULL;
    arrival.block_count = 0;
    s->target = target;
    buf_reset(&s->body);
    prompt_body(&plan->targets[target].prompt, &arrival, &a->text, &s->body);
}

/* Each attempt has a name of its own in the server's log. */
static void name(const struct attempts *a, struct slot *s)
{
    (void)snprintf(s->id_text, sizeof s->id_text,
                   "x-request-id: %s-%" PRIu64 ".%u-%" PRIu32, a->spec.plan->run_id,
                   s->arrival.number, s->arrival.turn, s->journey.begun);
}

enum outcome attempts_begin(struct attempts *a, struct slot *s, int64_t now_ns)
{
    const struct plan *plan = a->spec.plan;
    struct journey *j = &s->journey;
    int64_t limit_ns = plan->policy->deadline_ns;
    *j = (struct journey){.deadline_ns =
                              limit_ns > 0 ? s->arrival.due_ns + limit_ns : INT64_MAX};
    rng_init(&j->rng, plan->schedule.seed, RNG_JITTER,
             s->arrival.number ^ (uint64_t)s->arrival.turn << 48);
    enum outcome outcome = client_admit(&a->client, now_ns, s->arrival.class_index, 0,
                                        &j->rng, &j->ticket);
    if (outcome != OUTCOME_OK)
        return outcome;
    j->has_ticket = j->is_first = true;
    j->begun = 1;
    aim(a, s);
    int64_t wait_ns = hedge_wait_ns(&a->client.hedge, now_ns);
    if (wait_ns >= 0)
        waiting_put(&a->hedging, s, now_ns + wait_ns);
    return OUTCOME_OK;
}

/* --- the end of an attempt ----------------------------------------------------------- */

static struct client_facts facts_of(const struct attempts *a, const struct slot *s,
                                    enum outcome outcome, int64_t now_ns)
{
    const struct exchange *x = &s->exchange;
    const struct journey *j = &s->journey;
    return (struct client_facts){
        .retry = {.outcome = outcome,
                  .saw_content = x->saw_content || x->content_events > 0,
                  .attempts = j->begun - j->hedges,
                  .due_ns = s->arrival.due_ns,
                  .now_ns = now_ns,
                  .deadline_ns = j->deadline_ns,
                  .retry_after_ns = x->limits.retry_after_ns,
                  .previous_ns = j->previous_ns},
        .in_flight = (uint64_t)a->spec.sockets->in_flight + a->spec.sockets->waiting,
        .was_retry = j->is_retry,
    };
}

/* What must be remembered when the slot forgets this attempt; j: its own, or that of
 * the twin which goes on. */
static void remember(struct journey *j, const struct slot *s,
                     const struct sample *sample)
{
    if (s->journey.is_first)
        j->lag_ns = sample->value_ns[METRIC_LAG];
    j->hidden += s->wire_starts > 1 ? s->wire_starts - 1 : 0;
    j->last = (enum outcome)sample->outcome;
    bill_add(&j->charged, &sample->bill);
    bill_add(&j->doubt, &sample->doubt);
    j->cost = money_add(j->cost, sample->cost);
    j->doubt_cost = money_add(j->doubt_cost, sample->doubt_cost);
    j->is_assumed = j->is_assumed || sample->is_assumed;
}

/* --- hedges ------------------------------------------------------------------------ */

/* The waits are about requests: from the start of a request's first attempt until its
 * first content, whichever attempt brings it. Of the winners' own times the slow ones
 * would be missing, and the percentile would sink with every hedge. */
static void note_ttft(struct attempts *a, const struct slot *s, int64_t at_ns)
{
    const struct slot *twin = s->journey.twin;
    const struct slot *first = s->journey.is_first ? s : twin;
    if (first != NULL && first->journey.is_first)
        hedge_ttft(&a->client.hedge, at_ns - first->start_ns);
}

static void unwatch(struct attempts *a, struct slot *s)
{
    if (s->place > 0)
        waiting_remove(&a->hedging, s);
}

/* It is cancelled from the loop: inside libcurl nothing may be ended. */
static void beat(struct attempts *a, struct slot *winner)
{
    struct slot *twin = winner->journey.twin;
    if (winner->journey.is_hedge)
        client_hedge_won(&a->client);
    twin->journey.is_beaten = true;
    twin->exchange.ask.gaps = NULL;
    waiting_put(&a->hedging, twin, 0);
}

bool attempts_content(struct attempts *a, struct slot *s, uint32_t contents)
{
    if (s->journey.is_beaten)
        return false;
    if (contents == 0 || s->exchange.content_events > contents)
        return true;
    unwatch(a, s);
    note_ttft(a, s, s->exchange.first_content_ns);
    if (s->journey.twin != NULL)
        beat(a, s);
    return true;
}

void attempts_decide(struct attempts *a, struct slot *s, enum outcome outcome)
{
    struct journey *j = &s->journey;
    unwatch(a, s);
    if (outcome == OUTCOME_OK && !j->is_beaten && s->exchange.content_events == 0)
        note_ttft(a, s, s->exchange.end_ns);
    if (j->twin == NULL || j->is_beaten)
        return;
    if (outcome == OUTCOME_OK && !j->twin->journey.is_beaten)
        beat(a, s);
    if (!j->twin->journey.is_beaten)
        return;
    unwatch(a, j->twin);
    slot_abort(j->twin, TIMER_BEATEN); /* which comes back to leave, below */
    assert(j->twin == NULL);
}

/* An attempt ends, and its request goes on in the twin. */
static void leave(struct attempts *a, struct slot *s, const struct sample *sample,
                  int64_t now_ns)
{
    struct journey *j = &s->journey, *other = &j->twin->journey;
    enum outcome outcome = (enum outcome)sample->outcome;
    int64_t no_delay_ns;
    struct client_facts facts = facts_of(a, s, outcome, now_ns);
    facts.is_last = true;
    if (outcome == OUTCOME_OK || outcome_rows[outcome].kind == KIND_FAILED)
        (void)client_ended(&a->client, &j->ticket, &facts, &j->rng, &no_delay_ns);
    else
        client_return(&a->client, now_ns, &j->ticket, j->is_retry);
    flow_of(a, s)->lost[outcome]++;
    remember(other, s, sample);
    j->twin = other->twin = NULL;
}

/* A copy of the slot for a second attempt, and the request in both. */
static struct slot *fork_slot(struct attempts *a, struct slot *s,
                              const struct ticket *ticket)
{
    struct slot *h = sockets_take(a->spec.sockets);
    s->journey.begun++;
    s->journey.hedges++;
    h->arrival = s->arrival;
    h->arm = s->arm;
    h->target = s->target;
    h->queue_ns = s->queue_ns;
    buf_append(&h->body, s->body.data, s->body.len);
    h->journey = s->journey;
    h->journey.ticket = *ticket;
    h->journey.is_first = h->journey.is_retry = false;
    h->journey.is_hedge = true;
    h->journey.twin = s;
    s->journey.twin = h;
    return h;
}

/* The first content is late: a second attempt, if the policy has room for it. */
static void hedge(struct attempts *a, struct slot *s, int64_t now_ns)
{
    struct ticket ticket;
    const struct sockets *sockets = a->spec.sockets;
    bool has_room =
        sockets->in_flight + sockets->waiting < plan_worker_in_flight(a->spec.plan);
    int64_t worst = charge_reserve(a->spec.plan, s->arm, &s->arrival);
    if (!client_hedge(&a->client, now_ns, has_room, &s->journey.ticket, &ticket))
        return;
    if (!purse_reserve(a->spec.purse, worst)) { /* main ends the run */
        client_return(&a->client, now_ns, &ticket, false);
        return;
    }
    struct slot *h = fork_slot(a, s, &ticket);
    aim(a, h);
    name(a, h);
    flow_of(a, h)->hedges++;
    admission_again(a->spec.admission, h, now_ns);
    sending_start(a->spec.sending, h, now_ns);
}

static void pump_hedges(struct attempts *a, int64_t now_ns)
{
    for (struct slot *s = waiting_first(&a->hedging); s != NULL && s->wake_ns <= now_ns;
         s = waiting_first(&a->hedging)) {
        waiting_remove(&a->hedging, s);
        if (s->journey.is_beaten)
            slot_abort(s, TIMER_BEATEN);
        else
            hedge(a, s, now_ns);
    }
}

/* --- another attempt, or the end ----------------------------------------------------- */

bool attempts_go_on(struct attempts *a, struct slot *s, const struct sample *sample,
                    int64_t now_ns)
{
    struct journey *j = &s->journey;
    enum outcome outcome = (enum outcome)sample->outcome;
    int64_t delay_ns = 0;
    assert(j->has_ticket);
    j->has_ticket = false;
    if (s->wire_starts == 0)
        client_unsent(&a->client);
    if (j->twin != NULL) {
        leave(a, s, sample, now_ns);
        return true;
    }
    if (outcome_rows[outcome].kind == KIND_CENSORED) {
        client_return(&a->client, now_ns, &j->ticket, j->is_retry);
        return false;
    }
    struct client_facts facts = facts_of(a, s, outcome, now_ns);
    if (client_ended(&a->client, &j->ticket, &facts, &j->rng, &delay_ns) != RETRY_YES)
        return false;
    remember(j, s, sample);
    j->previous_ns = delay_ns;
    slot_hold(s);
    waiting_put(&a->waiting, s, now_ns + delay_ns);
    return true;
}

/* It is not to be: the request ends as its last attempt did, or is censored. */
static void give_up(struct attempts *a, struct slot *s, enum outcome outcome,
                    int64_t now_ns)
{
    s->journey.waited_ns += now_ns - s->exchange.end_ns;
    s->exchange.end_ns = now_ns;
    s->wire_starts = 1; /* hidden ones are remembered */
    a->spec.over(a->spec.context, s, outcome, now_ns);
    slot_give_back(s);
}

static void start_again(struct attempts *a, struct slot *s, int64_t now_ns)
{
    struct journey *j = &s->journey;
    int64_t worst = charge_reserve(a->spec.plan, s->arm, &s->arrival);
    enum outcome admitted = OUTCOME_BUDGET; /* main ends a run whose purse said no */
    bool is_paid = purse_reserve(a->spec.purse, worst);
    if (is_paid)
        admitted = client_admit(&a->client, now_ns, s->arrival.class_index, j->begun,
                                &j->rng, &j->ticket);
    if (admitted != OUTCOME_OK) {
        if (is_paid)
            purse_settle(a->spec.purse, worst, 0);
        client_refuse_retry(&a->client);
        give_up(a, s, j->last, now_ns);
        return;
    }
    j->has_ticket = j->is_retry = true;
    j->is_first = j->is_hedge = j->is_beaten = false;
    j->waited_ns += now_ns - s->exchange.end_ns;
    j->begun++;
    j->retries++;
    aim(a, s);
    name(a, s);
    flow_of(a, s)->retries++;
    flow_of(a, s)->lost[j->last]++; /* now it has not ended its request */
    admission_again(a->spec.admission, s, now_ns);
    sending_start(a->spec.sending, s, now_ns);
}

static int64_t wake_ns(const struct waiting *w)
{
    const struct slot *first = waiting_first(w);
    return first != NULL ? first->wake_ns : INT64_MAX;
}

static void set_timer(struct attempts *a, int64_t now_ns)
{
    struct ev_loop *loop = a->spec.sockets->loop;
    int64_t next_ns = wake_ns(&a->waiting), hedge_ns = wake_ns(&a->hedging);
    next_ns = hedge_ns < next_ns ? hedge_ns : next_ns;
    ev_timer_stop(loop, &a->timer);
    if (next_ns == INT64_MAX)
        return;
    double after_s = (double)(next_ns - now_ns) / 1e9;
    ev_timer_set(&a->timer, after_s > 0 ? after_s : 0, 0);
    ev_timer_start(loop, &a->timer);
}

/* What is put back while this runs is due later, or waits for the next turn. */
void attempts_pump(struct attempts *a, int64_t now_ns)
{
    size_t most = a->waiting.count;
    for (struct slot *s = waiting_first(&a->waiting);
         s != NULL && s->wake_ns <= now_ns && most > 0;
         s = waiting_first(&a->waiting), most--) {
        waiting_remove(&a->waiting, s);
        start_again(a, s, now_ns);
    }
    pump_hedges(a, now_ns);
    set_timer(a, now_ns);
}

void attempts_unsettle(const struct attempts *a, int64_t *settled_ns)
{
    for (size_t i = 0; i < a->waiting.count; i++)
        if (a->waiting.items[i]->arrival.due_ns < *settled_ns)
            *settled_ns = a->waiting.items[i]->arrival.due_ns;
}

void attempts_censor(struct attempts *a, int64_t now_ns)
{
    for (struct slot *s = waiting_first(&a->waiting); s != NULL;
         s = waiting_first(&a->waiting)) {
        waiting_remove(&a->waiting, s);
        client_drop_retry(&a->client);
        give_up(a, s, OUTCOME_CENSORED, now_ns);
    }
}

void attempts_report(struct attempts *a, struct epoch *e)
{
    struct client *c = &a->client;
    client_counts(c, &e->client);
    for (size_t i = 0; i < c->change_count && e->change_count < CLIENT_CHANGES_MAX; i++)
        e->changes[e->change_count++] = c->changes[i];
    c->change_count = 0;
}
