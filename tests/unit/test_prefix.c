#include "check.h"
#include "fixtures/prefix.h"

#include "base/base.h"

static const uint64_t abc[] = {1, 2, 3};
static const uint64_t abd[] = {1, 2, 4};
static const uint64_t xbc[] = {9, 2, 3};

static void leading_run_counts(void)
{
    struct prefix *p = prefix_new(100);
    CHECK_INT(prefix_visit(p, abc, 3), 0);
    CHECK_INT(prefix_visit(p, abc, 3), 3);
    CHECK_INT(prefix_visit(p, abd, 3), 2);
    CHECK_INT(prefix_visit(p, xbc, 3), 0); /* known blocks behind an unknown one */
    CHECK_INT(prefix_visit(p, xbc, 3), 3);
    CHECK_INT(prefix_size(p), 5);
    prefix_free(p);
}

static void least_recently_used_goes(void)
{
    struct prefix *p = prefix_new(3);
    static const uint64_t one[] = {1}, two[] = {2}, three[] = {3}, four[] = {4};
    (void)prefix_visit(p, one, 1);
    (void)prefix_visit(p, two, 1);
    (void)prefix_visit(p, three, 1);
    CHECK_INT(prefix_visit(p, one, 1), 1); /* two is the oldest now */
    CHECK_INT(prefix_visit(p, four, 1), 0);
    CHECK_INT(prefix_size(p), 3);
    CHECK_INT(prefix_visit(p, one, 1), 1);
    CHECK_INT(prefix_visit(p, three, 1), 1);
    CHECK_INT(prefix_visit(p, two, 1), 0);
    prefix_free(p);
}

/* Against a slow model: an array ordered by time of use. */
static void same_as_a_list(void)
{
    enum { MAX = 20, STEPS = 5000 };
    uint64_t list[MAX], count = 0, state = 1;
    struct prefix *p = prefix_new(MAX);
    for (int step = 0; step < STEPS; step++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint64_t block = state >> 33 & 31;
        uint64_t at = 0;
        while (at < count && list[at] != block)
            at++;
        bool is_known = at < count;
        CHECK_INT(prefix_visit(p, &block, 1), is_known);
        if (!is_known && count < MAX)
            at = count++;
        else if (!is_known)
            at = count - 1;
        memmove(list + 1, list, at * sizeof *list);
        list[0] = block;
    }
    CHECK_INT(prefix_size(p), count);
    prefix_free(p);
}

int main(void)
{
    RUN(leading_run_counts);
    RUN(least_recently_used_goes);
    RUN(same_as_a_list);
    return check_report();
}
