/* Requests that follow others come out by due time, then number, then turn. */
#include "engine/upcoming.h"

#include "base/rng.h"
#include "check.h"

static void order_holds(void)
{
    struct upcoming u = {0};
    struct rng r;
    rng_init(&r, 1, RNG_THINK, 0);
    for (uint64_t i = 0; i < 5000; i++) {
        struct arrival a = {.number = rng_below(&r, 100),
                            .turn = (uint16_t)rng_below(&r, 4),
                            .due_ns = (int64_t)rng_below(&r, 50)};
        upcoming_push(&u, &a);
    }
    struct arrival last = {.due_ns = -1};
    for (size_t i = 0; i < 5000; i++) {
        struct arrival a = *upcoming_first(&u);
        bool is_later = a.due_ns > last.due_ns ||
                        (a.due_ns == last.due_ns &&
                         (a.number > last.number ||
                          (a.number == last.number && a.turn >= last.turn)));
        CHECK(is_later);
        last = a;
        upcoming_pop(&u);
    }
    CHECK(upcoming_first(&u) == NULL);
    upcoming_release(&u);
}

int main(void)
{
    RUN(order_holds);
    return check_report();
}
