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
    struct waiting waiting;
    struct buf text; /* scratch of prompt_body */
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
    j->has_ticket = true;
    j->begun = 1;
    aim(a, s);
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

/* What must be remembered when the slot forgets this attempt. */
static void remember(struct journey *j, const struct slot *s,
                     const struct sample *sample)
{
    if (j->begun == 1)
        j->lag_ns = sample->value_ns[METRIC_LAG];
    j->hidden += s->wire_starts > 1 ? s->wire_starts - 1 : 0;
    j->last = (enum outcome)sample->outcome;
    bill_add(&j->charged, &sample->bill);
    bill_add(&j->doubt, &sample->doubt);
    j->cost = money_add(j->cost, sample->cost);
    j->is_assumed = j->is_assumed || sample->is_assumed;
}

bool attempts_go_on(struct attempts *a, struct slot *s, const struct sample *sample,
                    int64_t now_ns)
{
    struct journey *j = &s->journey;
    enum outcome outcome = (enum outcome)sample->outcome;
    int64_t delay_ns = 0;
    assert(j->has_ticket);
    j->has_ticket = false;
    if (outcome_rows[outcome].kind == KIND_CENSORED) {
        client_return(&a->client, now_ns, &j->ticket, j->is_retry);
        return false;
    }
    struct client_facts facts = facts_of(a, s, outcome, now_ns);
    if (client_ended(&a->client, &j->ticket, &facts, &j->rng, &delay_ns) != RETRY_YES)
        return false;
    remember(j, s, sample);
    j->previous_ns = delay_ns;
    flow_of(a, s)->lost[outcome]++;
    slot_hold(s);
    waiting_put(&a->waiting, s, now_ns + delay_ns);
    return true;
}

/* --- another attempt -------------------------------------------------------------------- */

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
    j->waited_ns += now_ns - s->exchange.end_ns;
    j->begun++;
    j->retries++;
    aim(a, s);
    name(a, s);
    flow_of(a, s)->retries++;
    admission_again(a->spec.admission, s, now_ns);
    sending_start(a->spec.sending, s, now_ns);
}

static void set_timer(struct attempts *a, int64_t now_ns)
{
    struct ev_loop *loop = a->spec.sockets->loop;
    const struct slot *first = waiting_first(&a->waiting);
    ev_timer_stop(loop, &a->timer);
    if (first == NULL)
        return;
    double after_s = (double)(first->wake_ns - now_ns) / 1e9;
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
