/* The heap of slots that must be woken. */
#include "engine/waiting.h"

#include "check.h"

#include "base/rng.h"

#include <stdlib.h>

enum { SLOTS = 500 };

/* Everyone is woken in order, whoever was taken out in between. */
static void in_order_of_time(void)
{
    struct slot *slots = xcalloc(SLOTS, sizeof *slots);
    struct waiting w = {0};
    struct rng r;
    rng_init(&r, 1, RNG_TEXT, 0);
    CHECK(waiting_first(&w) == NULL);
    for (size_t i = 0; i < SLOTS; i++)
        waiting_put(&w, &slots[i], (int64_t)rng_below(&r, 200));
    for (size_t i = 0; i < SLOTS; i += 3)
        waiting_remove(&w, &slots[i]);
    int64_t last_ns = -1;
    size_t woken = 0;
    for (struct slot *s = waiting_first(&w); s != NULL; s = waiting_first(&w)) {
        CHECK(s->wake_ns >= last_ns);
        CHECK((s - slots) % 3 != 0);
        last_ns = s->wake_ns;
        waiting_remove(&w, s);
        CHECK_INT(s->place, 0);
        woken++;
    }
    CHECK_INT(woken, SLOTS - (SLOTS + 2) / 3);
    waiting_release(&w);
    free(slots);
}

/* Random puts and removals; each slot's place is always right. */
static void places_are_right(void)
{
    struct slot *slots = xcalloc(SLOTS, sizeof *slots);
    struct waiting w = {0};
    struct rng r;
    rng_init(&r, 2, RNG_TEXT, 0);
    for (int step = 0; step < 20000; step++) {
        struct slot *s = &slots[rng_below(&r, SLOTS)];
        if (s->place > 0)
            waiting_remove(&w, s);
        else
            waiting_put(&w, s, (int64_t)rng_below(&r, 1000));
    }
    int64_t least_ns = INT64_MAX;
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].place == 0)
            continue;
        count++;
        CHECK(w.items[slots[i].place - 1] == &slots[i]);
        if (slots[i].wake_ns < least_ns)
            least_ns = slots[i].wake_ns;
    }
    CHECK_INT(count, w.count);
    CHECK_INT(waiting_first(&w)->wake_ns, least_ns);
    waiting_release(&w);
    free(slots);
}

int main(void)
{
    RUN(in_order_of_time);
    RUN(places_are_right);
    return check_report();
}
