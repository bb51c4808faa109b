/* Puts a prepared slot on the wire; see sending.h. */
#include "engine/sending.h"

void sending_init(struct sending *s, const struct plan *plan,
                  struct epoch *const *epoch)
{
    *s = (struct sending){.plan = plan, .epoch = epoch};
    for (uint32_t t = 0; t < plan_targets(plan); t++)
        for (int is_stream = 0; is_stream < 2; is_stream++)
            s->headers[t][is_stream] =
                transport_headers(&plan->targets[t], is_stream != 0);
}

void sending_release(struct sending *s)
{
    for (size_t t = 0; t < PLAN_TARGETS_MAX; t++)
        for (size_t k = 0; k < 2; k++)
            curl_slist_free_all(s->headers[t][k]);
}

void sending_warm_up(const struct sending *s, struct sockets *sockets, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct slot *slot = sockets_take(sockets);
        slot->arm = slot->target = (uint16_t)(i % s->plan->arms);
        slot_warm_up(slot, s->plan->targets[slot->target].warm_url,
                     s->headers[slot->target][0]);
    }
}

struct hist *sending_gaps(const struct sending *s, const struct slot *slot)
{
    return epoch_gaps(*s->epoch, slot->arm, slot->arrival.class_index,
                      slot->arrival.is_measured);
}

void sending_start(const struct sending *s, struct slot *slot, int64_t now_ns)
{
    const struct target *t = &s->plan->targets[slot->target];
    const struct request_class *c =
        &s->plan->profile->classes[slot->arrival.class_index];
    struct exchange_ask ask = {
        .is_stream = c->is_stream,
        .needs_end = t->dialect->has_end_marker,
        .is_empty_allowed = !api_generates(c->api),
        .choices = c->choices > 0 ? c->choices : 1,
        .models = c->model == NULL && t->echoes[0] != NULL ? t->echoes : NULL,
        .gaps = c->is_stream ? sending_gaps(s, slot) : NULL,
        .t0_wall_ns = s->t0_wall_ns,
    };
    epoch_flow(*s->epoch, slot->arm, slot->arrival.class_index)->attempts++;
    slot_start(slot, t->urls[c->api], s->headers[slot->target][c->is_stream], &ask,
               now_ns);
}
