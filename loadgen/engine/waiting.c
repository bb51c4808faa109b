/* Slots that must be woken; see waiting.h. */
#include "engine/waiting.h"

#include <stdlib.h>

void waiting_release(struct waiting *w)
{
    free(w->items);
    *w = (struct waiting){0};
}

static void place(struct waiting *w, size_t i, struct slot *s)
{
    w->items[i] = s;
    s->place = i + 1;
}

static void sift_up(struct waiting *w, size_t i)
{
    struct slot *s = w->items[i];
    for (; i > 0 && s->wake_ns < w->items[(i - 1) / 2]->wake_ns; i = (i - 1) / 2)
        place(w, i, w->items[(i - 1) / 2]);
    place(w, i, s);
}

static void sift_down(struct waiting *w, size_t i)
{
    struct slot *s = w->items[i];
    for (size_t child = 2 * i + 1; child < w->count; child = 2 * i + 1) {
        if (child + 1 < w->count &&
            w->items[child + 1]->wake_ns < w->items[child]->wake_ns)
            child++;
        if (s->wake_ns <= w->items[child]->wake_ns)
            break;
        place(w, i, w->items[child]);
        i = child;
    }
    place(w, i, s);
}

void waiting_put(struct waiting *w, struct slot *s, int64_t wake_ns)
{
    assert(s->place == 0);
    if (w->count == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 64;
        w->items = xrealloc_array(w->items, w->cap, sizeof(struct slot *));
    }
    s->wake_ns = wake_ns;
    w->items[w->count] = s;
    sift_up(w, w->count++);
}

void waiting_remove(struct waiting *w, struct slot *s)
{
    assert(s->place >= 1 && s->place <= w->count && w->items[s->place - 1] == s);
    size_t i = s->place - 1;
    struct slot *last = w->items[--w->count];
    s->place = 0;
    if (last == s)
        return;
    place(w, i, last);
    sift_up(w, i);
    sift_down(w, last->place - 1);
}

struct slot *waiting_first(const struct waiting *w)
{
    return w->count > 0 ? w->items[0] : NULL;
}
