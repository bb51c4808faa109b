/* The next request, built ahead of time; see outgoing.h. */
#include "engine/outgoing.h"

#include "engine/split.h"

#include <inttypes.h>
#include <stdio.h>

void outgoing_init(struct outgoing *o, const struct plan *plan, struct sockets *sockets)
{
    *o = (struct outgoing){.plan = plan, .sockets = sockets};
    buf_init(&o->text, POOL_BODY_MAX);
}

void outgoing_release(struct outgoing *o)
{
    buf_release(&o->text);
    *o = (struct outgoing){0};
}

void outgoing_drop(struct outgoing *o)
{
    while (o->count > 0)
        slot_give_back(o->slots[--o->count]);
}

static bool is_built(const struct outgoing *o, const struct arrival *a)
{
    if (o->count == 0)
        return false;
    const struct arrival *b = &o->slots[0]->arrival;
    return b->number == a->number && b->turn == a->turn && b->arms == a->arms;
}

/* The text of a recorded prompt is read once, for all arms. */
static bool read_text(struct outgoing *o, const struct arrival *a)
{
    if (!a->has_text)
        return true;
    buf_reset(&o->text);
    return corpus_read(o->plan->schedule.corpus, a->text_index, &o->text, &o->error) ==
           0;
}

static struct slot *build(struct outgoing *o, const struct arrival *a, uint16_t arm)
{
    struct slot *s = sockets_take(o->sockets);
    s->arrival = *a;
    s->arm = s->target = arm;
    prompt_body(&o->plan->targets[arm].prompt, a, &o->text, &s->body);
    (void)snprintf(s->id_text, sizeof s->id_text, "x-request-id: %s-%" PRIu64 ".%u",
                   o->plan->run_id, a->number, a->turn);
    return s;
}

void outgoing_prepare(struct outgoing *o, const struct arrival *a)
{
    uint16_t arms[PLAN_ARMS_MAX];
    if (is_built(o, a))
        return;
    outgoing_drop(o);
    if (prompt_body_bytes_max(a) > POOL_BODY_MAX || !read_text(o, a))
        return;
    o->count = split_arms(o->plan, a, arms);
    for (unsigned i = 0; i < o->count; i++)
        o->slots[i] = build(o, a, arms[i]);
}

unsigned outgoing_take(struct outgoing *o, struct slot *slots[PLAN_ARMS_MAX])
{
    unsigned n = o->count;
    for (unsigned i = 0; i < n; i++)
        slots[i] = o->slots[i];
    o->count = 0;
    return n;
}
