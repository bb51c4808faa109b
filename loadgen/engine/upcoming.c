/* Requests that follow others, by due time; see upcoming.h. */
#include "engine/upcoming.h"

#include <stdlib.h>

static bool is_before(const struct arrival *a, const struct arrival *b)
{
    if (a->due_ns != b->due_ns)
        return a->due_ns < b->due_ns;
    if (a->number != b->number)
        return a->number < b->number;
    return a->turn < b->turn;
}

static void swap(struct arrival *a, struct arrival *b)
{
    struct arrival t = *a;
    *a = *b;
    *b = t;
}

void upcoming_release(struct upcoming *u)
{
    free(u->items);
    *u = (struct upcoming){0};
}

void upcoming_push(struct upcoming *u, const struct arrival *a)
{
    if (u->count == u->cap) {
        u->cap = u->cap ? u->cap * 2 : 64;
        u->items = xrealloc_array(u->items, u->cap, sizeof *u->items);
    }
    size_t i = u->count++;
    u->items[i] = *a;
    u->items[i].blocks = NULL;
    u->items[i].block_count = 0;
    while (i > 0 && is_before(&u->items[i], &u->items[(i - 1) / 2])) {
        swap(&u->items[i], &u->items[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

const struct arrival *upcoming_first(const struct upcoming *u)
{
    return u->count > 0 ? &u->items[0] : NULL;
}

void upcoming_pop(struct upcoming *u)
{
    assert(u->count > 0);
    u->items[0] = u->items[--u->count];
    for (size_t i = 0;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        if (left < u->count && is_before(&u->items[left], &u->items[least]))
            least = left;
        if (right < u->count && is_before(&u->items[right], &u->items[least]))
            least = right;
        if (least == i)
            return;
        swap(&u->items[i], &u->items[least]);
        i = least;
    }
}
