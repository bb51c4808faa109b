/* The agenda of one worker; see agenda.h. */
#include "engine/agenda.h"

#define PARK_NS (100 * NS_PER_MS)

static bool is_closed(const struct agenda *a)
{
    return a->plan->profile->arrival.kind == ARRIVAL_CLOSED;
}

int agenda_init(struct agenda *a, const struct plan *plan, uint32_t worker,
                struct err *e)
{
    struct schedule_spec spec = plan->schedule;
    spec.owners = plan->shards * plan->threads;
    spec.owner = plan->shard * plan->threads + worker;
    *a = (struct agenda){.plan = plan};
    a->schedule = schedule_new(&spec, e);
    return a->schedule == NULL ? -1 : 0;
}

void agenda_release(struct agenda *a)
{
    schedule_free(a->schedule);
    upcoming_release(&a->upcoming);
    *a = (struct agenda){0};
}

static void advance(struct agenda *a)
{
    a->has_next = !is_closed(a) && schedule_next(a->schedule, &a->next, &a->error) > 0;
}

static void put(struct agenda *a, struct arrival *next, int64_t due_ns)
{
    next->due_ns = due_ns;
    next->phase = schedule_phase_at(a->schedule, due_ns, &next->is_measured);
    upcoming_push(&a->upcoming, next);
}

/* --limit counts sessions; those of closed loops are numbered through all users. */
static bool is_past_limit(const struct plan *plan, uint64_t number)
{
    return plan->schedule.limit > 0 && number >= plan->schedule.limit;
}

void agenda_open(struct agenda *a, uint32_t worker)
{
    const struct plan *plan = a->plan;
    uint32_t owners = plan->shards * plan->threads;
    uint32_t me = plan->shard * plan->threads + worker;
    advance(a);
    for (uint32_t user = 0; user < schedule_users_max(a->schedule); user++) {
        struct arrival first;
        if (rng_owner(plan->schedule.seed, user, owners) != me)
            continue;
        if (is_past_limit(plan, user))
            break;
        schedule_user(a->schedule, user, 0, &first);
        put(a, &first, first.think_ns);
    }
}

/* Of the two sources; *is_next says which. Past the end of the arrivals nothing
 * is scheduled any more. */
static const struct arrival *first_of(const struct agenda *a, bool *is_next)
{
    const struct arrival *up = upcoming_first(&a->upcoming);
    if (up != NULL && up->due_ns >= a->plan->duration_ns)
        up = NULL;
    *is_next = a->has_next && a->next.due_ns < a->plan->duration_ns &&
               (up == NULL || a->next.due_ns <= up->due_ns);
    return *is_next ? &a->next : up;
}

const struct arrival *agenda_first(const struct agenda *a)
{
    bool is_next = false;
    return first_of(a, &is_next);
}

void agenda_take(struct agenda *a, struct arrival *out)
{
    bool is_next = false;
    const struct arrival *first = first_of(a, &is_next);
    assert(first != NULL);
    *out = *first;
    out->blocks = NULL;
    out->block_count = 0;
    if (is_next)
        advance(a);
    else
        upcoming_pop(&a->upcoming);
}

bool agenda_park(struct agenda *a, int64_t now_ns)
{
    const struct arrival *first = agenda_first(a);
    if (!is_closed(a) || first->turn > 0)
        return false;
    uint32_t user = (uint32_t)(first->number % schedule_users_max(a->schedule));
    if (user < schedule_users_at(a->schedule, now_ns))
        return false;
    struct arrival later;
    agenda_take(a, &later);
    put(a, &later, now_ns + PARK_NS);
    return true;
}

void agenda_follow_up(struct agenda *a, const struct arrival *ended, int64_t now_ns)
{
    struct arrival next;
    if (ended->turn + 1 < ended->turns) {
        schedule_turn(a->schedule, ended, &next);
    } else if (is_closed(a)) {
        uint32_t users = schedule_users_max(a->schedule);
        schedule_user(a->schedule, (uint32_t)(ended->number % users),
                      ended->number / users + 1, &next);
    } else {
        return;
    }
    if (is_past_limit(a->plan, next.number))
        return;
    next.arms = ended->arms;
    put(a, &next, now_ns + next.think_ns);
}
