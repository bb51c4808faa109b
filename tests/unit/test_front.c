/* Which replica is next: turns, failures, and being left alone. */
#include "check.h"
#include "fixtures/front.h"

#define S NS_PER_S

static const struct front_spec two_fails = {.max_fails = 2, .fail_ns = 10 * S};

static size_t chosen(struct front *f, uint64_t tried, int64_t now_ns)
{
    const struct replica *r = front_choose(f, tried, now_ns);
    return r ? (size_t)(r - f->replicas) : 99;
}

static void they_take_turns(void)
{
    struct replica replicas[3] = {0};
    struct front f = {.replicas = replicas, .count = 3};
    for (size_t i = 0; i < 9; i++)
        CHECK_INT(chosen(&f, 0, 0), i % 3);
    CHECK_INT(chosen(&f, 1u << 0, 0), 1); /* the first was tried */
    CHECK_INT(chosen(&f, 1u << 2, 0), 0); /* the third was */
    CHECK_INT(chosen(&f, 7, 0), 99);
}

static void who_fails_is_left_alone(void)
{
    struct replica replicas[2] = {0};
    struct front f = {.spec = &two_fails, .replicas = replicas, .count = 2};
    front_note(&two_fails, &replicas[0], false, 1 * S);
    CHECK_INT(chosen(&f, 0, 1 * S), 0); /* once is nothing */
    front_note(&two_fails, &replicas[0], true, 2 * S);
    front_note(&two_fails, &replicas[0], false, 3 * S);
    CHECK_INT(replicas[0].left_until_ns, 0); /* in a row */
    front_note(&two_fails, &replicas[0], false, 4 * S);
    CHECK_INT(replicas[0].left_until_ns, 14 * S);
    for (int i = 0; i < 4; i++)
        CHECK_INT(chosen(&f, 0, 14 * S - 1), 1);
    CHECK_INT(chosen(&f, 1u << 1, 14 * S - 1), 99);
    CHECK_INT(chosen(&f, 1u << 1, 14 * S), 0); /* tried again */
    front_note(&two_fails, &replicas[0], false, 14 * S);
    CHECK_INT(replicas[0].left_until_ns, 14 * S); /* the count has begun anew */
    CHECK_INT(replicas[0].failures, 4);
}

int main(void)
{
    RUN(they_take_turns);
    RUN(who_fails_is_left_alone);
    return check_report();
}
