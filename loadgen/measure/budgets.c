/* The limits that answers published, added up; see budgets.h. */
#include "measure/budgets.h"

#include <math.h>

static struct budget_seen *place_of(struct budgets *b,
                                    const struct ratelimit_budget *key)
{
    uint32_t i = 0;
    while (i < b->count && (b->items[i].last.thing != key->thing ||
                            b->items[i].last.window_s != key->window_s))
        i++;
    if (i == RATELIMIT_BUDGETS)
        return NULL;
    if (i == b->count) {
        b->count++;
        b->items[i] = (struct budget_seen){
            .last = {.thing = key->thing,
                     .window_s = key->window_s,
                     .limit = RATELIMIT_UNKNOWN,
                     .remaining = RATELIMIT_UNKNOWN,
                     .reset_ns = RATELIMIT_UNKNOWN},
            .remaining_min = RATELIMIT_UNKNOWN,
        };
    }
    return &b->items[i];
}

static void replace(int64_t *old, int64_t new)
{
    if (new != RATELIMIT_UNKNOWN)
        *old = new;
}

static void note(struct budgets *b, const struct ratelimit_budget *said, int64_t least)
{
    struct budget_seen *s = place_of(b, said);
    if (s == NULL)
        return;
    replace(&s->last.limit, said->limit);
    replace(&s->last.remaining, said->remaining);
    replace(&s->last.reset_ns, said->reset_ns);
    if (least != RATELIMIT_UNKNOWN &&
        (s->remaining_min == RATELIMIT_UNKNOWN || least < s->remaining_min))
        s->remaining_min = least;
}

void budgets_note(struct budgets *b, const struct ratelimit *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        note(b, &r->budgets[i], r->budgets[i].remaining);
}

void budgets_add(struct budgets *into, const struct budgets *from)
{
    for (uint32_t i = 0; i < from->count; i++)
        note(into, &from->items[i].last, from->items[i].remaining_min);
}

static void put(struct jout *j, const char *key, int64_t value)
{
    if (value == RATELIMIT_UNKNOWN)
        jout_null(j, key);
    else
        jout_i64(j, key, value);
}

void budgets_write(const struct budgets *b, struct jout *j, const char *key)
{
    jout_array(j, key);
    for (uint32_t i = 0; i < b->count; i++) {
        const struct ratelimit_budget *last = &b->items[i].last;
        bool has_reset = last->reset_ns != RATELIMIT_UNKNOWN;
        jout_object(j, NULL);
        jout_str(j, "of", ratelimit_thing_names[last->thing]);
        put(j, "window_s", last->window_s > 0 ? last->window_s : RATELIMIT_UNKNOWN);
        put(j, "limit", last->limit);
        put(j, "remaining", last->remaining);
        put(j, "remaining_min", b->items[i].remaining_min);
        jout_num(j, "reset_s", has_reset ? (double)last->reset_ns / 1e9 : (double)NAN);
        jout_end_object(j);
    }
    jout_end_array(j);
}
