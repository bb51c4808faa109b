#include "check.h"
#include "fixtures/pacer.h"

#include "base/base.h"
#include "base/rng.h"

enum { N = 500 };

static void earliest_first(void)
{
    struct pacer p;
    struct pacer_item item[N] = {0};
    struct rng r;
    pacer_init(&p);
    rng_init(&r, 1, RNG_SERVICE, 1);
    CHECK(pacer_first(&p) == NULL);
    for (size_t i = 0; i < N; i++)
        pacer_set(&p, &item[i], (int64_t)rng_below(&r, 200));
    for (size_t i = 0; i < N; i += 3) /* moved to and fro */
        pacer_set(&p, &item[i], (int64_t)rng_below(&r, 200));
    for (size_t i = 0; i < N; i += 5)
        pacer_remove(&p, &item[i]);
    pacer_remove(&p, &item[0]); /* not in it any more */
    int64_t last = -1;
    size_t count = 0;
    for (struct pacer_item *first = pacer_first(&p); first; first = pacer_first(&p)) {
        CHECK(first->due_ns >= last);
        last = first->due_ns;
        pacer_remove(&p, first);
        CHECK_INT(first->place, 0);
        count++;
    }
    CHECK_INT(count, N - N / 5);
    pacer_release(&p);
}

static void move_of_the_first(void)
{
    struct pacer p;
    struct pacer_item a = {0}, b = {0}, c = {0};
    pacer_init(&p);
    pacer_set(&p, &a, 1);
    pacer_set(&p, &b, 2);
    pacer_set(&p, &c, 3);
    pacer_set(&p, &a, 4);
    CHECK(pacer_first(&p) == &b);
    pacer_set(&p, &c, 0);
    CHECK(pacer_first(&p) == &c);
    pacer_remove(&p, &c);
    pacer_remove(&p, &b);
    CHECK(pacer_first(&p) == &a);
    pacer_release(&p);
}

int main(void)
{
    RUN(earliest_first);
    RUN(move_of_the_first);
    return check_report();
}
