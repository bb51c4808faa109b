/* The purse: a cap that no order of starts and ends can pass, on many threads. */
#include "engine/purse.h"

#include "check.h"

#include "base/base.h"

#include <pthread.h>

static void what_fits_is_set_aside(void)
{
    struct purse p;
    purse_init(&p, 100, 10);
    CHECK(purse_reserve(&p, 90));
    CHECK_INT(atomic_load(&p.refused), 0);
    CHECK(!purse_reserve(&p, 1));
    CHECK_INT(atomic_load(&p.refused), 1);
    purse_settle(&p, 90, 40);
    CHECK_INT(atomic_load(&p.committed), 50);
    CHECK(!purse_reserve(&p, 51));
    CHECK_INT(atomic_load(&p.refused), 1); /* the first one stays */
    CHECK(purse_reserve(&p, 50));
    CHECK_INT(atomic_load(&p.committed), 100);
}

static void edges(void)
{
    struct purse p;
    purse_init(&p, 0, 0); /* no cap: nothing is counted */
    CHECK(purse_reserve(&p, INT64_MAX));
    purse_settle(&p, INT64_MAX, 5);
    CHECK_INT(atomic_load(&p.committed), 0);
    purse_init(&p, 100, 101); /* preflight was dearer than all of it */
    CHECK(!purse_reserve(&p, 0));
    purse_init(&p, INT64_MAX, 1);
    CHECK(!purse_reserve(&p, INT64_MAX)); /* no overflow */
    CHECK(purse_reserve(&p, INT64_MAX - 1));
    purse_init(&p, 100, 0); /* charged more than was set aside: from then on */
    CHECK(purse_reserve(&p, 10));
    purse_settle(&p, 10, 95);
    CHECK(!purse_reserve(&p, 6));
}

#define THREADS 4
#define TRIES 200000
#define CAP 1000003
#define AMOUNT 7

struct spender {
    pthread_t thread;
    struct purse *purse;
    int64_t spent, most;
};

/* Some of what is set aside is charged less; the sum is looked at all the time. */
static void *spend(void *context)
{
    struct spender *s = context;
    for (int i = 0; i < TRIES; i++) {
        if (!purse_reserve(s->purse, AMOUNT))
            continue;
        long long seen = atomic_load(&s->purse->committed);
        s->most = seen > s->most ? seen : s->most;
        int64_t charged = i % AMOUNT;
        purse_settle(s->purse, AMOUNT, charged);
        s->spent += charged;
    }
    return NULL;
}

static void threads_cannot_pass_the_cap(void)
{
    struct purse p;
    struct spender spenders[THREADS] = {{0}};
    int64_t spent = 0;
    purse_init(&p, CAP, 0);
    for (size_t i = 0; i < THREADS; i++) {
        spenders[i].purse = &p;
        CHECK_INT(pthread_create(&spenders[i].thread, NULL, spend, &spenders[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_join(spenders[i].thread, NULL), 0);
        spent += spenders[i].spent;
        CHECK(spenders[i].most <= CAP);
    }
    CHECK_INT(atomic_load(&p.committed), spent);
    CHECK(spent <= CAP && spent > CAP - AMOUNT * (THREADS + 1));
    CHECK(atomic_load(&p.refused) == AMOUNT);
}

int main(void)
{
    RUN(what_fits_is_set_aside);
    RUN(edges);
    RUN(threads_cannot_pass_the_cap);
    return check_report();
}
