/* Published limits added up: what is last, what is least, what stays unknown. */
#include "check.h"
#include "measure/budgets.h"

#define NONE RATELIMIT_UNKNOWN

static struct ratelimit said(int64_t limit, int64_t remaining)
{
    struct ratelimit r;
    ratelimit_reset(&r);
    r.count = 1;
    r.budgets[0] = (struct ratelimit_budget){.thing = RATELIMIT_TOKENS,
                                             .window_s = 60,
                                             .limit = limit,
                                             .remaining = remaining,
                                             .reset_ns = NONE};
    return r;
}

static void note(struct budgets *b, int64_t limit, int64_t remaining)
{
    struct ratelimit r = said(limit, remaining);
    budgets_note(b, &r);
}

static void the_least_and_the_last(void)
{
    struct budgets b = {0};
    note(&b, 100, 60);
    note(&b, 100, 20);
    note(&b, NONE, 90);
    note(&b, 200, NONE);
    CHECK_INT(b.count, 1);
    CHECK_INT(b.items[0].last.limit, 200);
    CHECK_INT(b.items[0].last.remaining, 90);
    CHECK_INT(b.items[0].remaining_min, 20);
}

/* Of intervals the least of all counts, not the least of what was said last. */
static void intervals_add_up(void)
{
    struct budgets run = {0}, first = {0}, second = {0};
    note(&first, 100, 5);
    note(&first, 100, 90);
    note(&second, 100, 80);
    budgets_add(&run, &first);
    budgets_add(&run, &second);
    budgets_add(&run, &(struct budgets){0});
    CHECK_INT(run.count, 1);
    CHECK_INT(run.items[0].remaining_min, 5);
    CHECK_INT(run.items[0].last.remaining, 80);
}

static void budgets_are_apart_and_bounded(void)
{
    struct budgets b = {0};
    for (int32_t i = 0; i < 2 * RATELIMIT_BUDGETS; i++) {
        struct ratelimit r = said(i, i);
        r.budgets[0].window_s = i;
        budgets_note(&b, &r);
    }
    CHECK_INT(b.count, RATELIMIT_BUDGETS);
    CHECK_INT(b.items[3].last.limit, 3);
}

static void what_is_not_known_is_null(void)
{
    struct budgets b = {0};
    struct jout j;
    struct buf out;
    buf_init(&out, 4096);
    note(&b, 100, NONE);
    b.items[0].last.window_s = 0;
    jout_init(&j, &out, false);
    jout_object(&j, NULL);
    budgets_write(&b, &j, "budgets");
    jout_end_object(&j);
    CHECK_STR(out.data,
              "{\"budgets\":[{\"of\":\"tokens\",\"window_s\":null,\"limit\":100,"
              "\"remaining\":null,\"remaining_min\":null,\"reset_s\":null}]}");
    buf_release(&out);
}

int main(void)
{
    RUN(the_least_and_the_last);
    RUN(intervals_add_up);
    RUN(budgets_are_apart_and_bounded);
    RUN(what_is_not_known_is_null);
    return check_report();
}
