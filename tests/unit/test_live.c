/* The live view: what it says, and that no line is wider than the terminal. */
#include "engine/live.h"

#include "check.h"

#include <unistd.h>

struct world {
    struct profile profile;
    struct plan plan;
    struct totals totals;
    struct hist *ttft;
    struct live_facts facts;
};

static void world_init(struct world *w)
{
    static char name[] = "assistant";
    *w = (struct world){.ttft = hist_new()};
    w->profile.name = name;
    w->plan.profile = &w->profile;
    w->plan.targets[0].base_url = "http://127.0.0.1:8000";
    w->plan.duration_ns = 60 * NS_PER_S;
    w->totals.failed = 3;
    w->totals.outcomes[OUTCOME_RESET] = 3;
    (void)hist_record(w->ttft, 120000, 500);
    w->facts = (struct live_facts){.now_ns = 15 * NS_PER_S,
                                   .phase = "steady",
                                   .is_measured = true,
                                   .offered_per_s = 20,
                                   .started_per_s = 21,
                                   .completed_per_s = 19,
                                   .tokens_per_s = 2400,
                                   .in_flight = 32,
                                   .totals = &w->totals,
                                   .ttft = w->ttft,
                                   .lag_us_max = 80,
                                   .cpu_share_max = 0.04};
}

static void view_says_it_all(void)
{
    static const char *const wanted[] = {
        "assistant -> http://127.0.0.1:8000",
        "15.0 s, steady, 45.0 s left",
        "offered 20.0/s",
        "started 21.0/s",
        "completed 19.0/s",
        "in flight 32",
        "tokens 2,400/s",
        "ttft  p50 120 ms  p95 120 ms",
        "e2e  p50 -",
        "reset 3",
        "lag max 80 us",
        "busiest core 4 %",
    };
    struct world w;
    struct buf b;
    world_init(&w);
    buf_init(&b, 10000);
    live_draw(&w.plan, &w.facts, 100, &b);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        check_row = wanted[i];
        CHECK(strstr(b.data, wanted[i]) != NULL);
    }
    buf_release(&b);
    hist_free(w.ttft);
}

static void unmeasured_and_draining_are_said(void)
{
    struct world w;
    struct buf b;
    world_init(&w);
    buf_init(&b, 10000);
    w.facts.is_measured = false;
    w.facts.is_draining = true;
    w.facts.phase = "drain";
    live_draw(&w.plan, &w.facts, 100, &b);
    CHECK(strstr(b.data, "drain (not measured), waiting for the last replies") != NULL);
    buf_release(&b);
    hist_free(w.ttft);
}

/* Reads what a view wrote, and measures its widest line in code points. */
static unsigned widest_line(int fd)
{
    char text[8192];
    ssize_t n = read(fd, text, sizeof text);
    unsigned widest = 0, column = 0;
    for (ssize_t i = 0; i < n; i++) {
        if (text[i] == '\n')
            column = 0;
        else if (((unsigned char)text[i] & 0xc0) != 0x80)
            column++;
        if (column > widest)
            widest = column;
    }
    return widest;
}

static void narrow_terminals_are_respected(void)
{
    struct world w;
    int fds[2];
    world_init(&w);
    CHECK_INT(pipe(fds), 0);
    struct live *l = live_new(&w.plan, fds[1], true, 40);
    live_update(l, &w.facts);
    unsigned widest = widest_line(fds[0]);
    CHECK(widest > 30 && widest < 40);
    live_free(l);
    (void)close(fds[0]);
    (void)close(fds[1]);
    hist_free(w.ttft);
}

/* What is spent is said where there are prices, and a rate once it is known. */
static void spending_is_said(void)
{
    static char usd[] = "USD";
    static const struct price_list list = {.currency = usd};
    static const struct {
        const char *name;
        bool is_priced;
        int64_t spent, per_h, budget; /* thousandths */
        const char *expected;
    } rows[] = {
        {"no prices", false, 0, -1, 0, "$0.00"},
        {"the first seconds", true, 412, -1, 0, "$0.412"},
        {"a rate", true, 412, 12300, 0, "$0.412, $12.30/h"},
        {"a budget", true, 412, -1, 5000, "$0.412 of $5.00"},
        {"both", true, 1000, 0, 5000, "$1.00 of $5.00, $0.00/h"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world w;
        struct buf view, line;
        char wanted[128];
        check_row = rows[i].name;
        world_init(&w);
        buf_init(&view, 10000);
        buf_init(&line, 10000);
        w.plan.pricing.list = rows[i].is_priced ? &list : NULL;
        w.plan.pricing.budget = rows[i].budget * (MONEY_UNIT / 1000);
        w.facts.spent = rows[i].spent * (MONEY_UNIT / 1000);
        w.facts.spent_per_h =
            rows[i].per_h < 0 ? -1 : rows[i].per_h * (MONEY_UNIT / 1000);
        live_draw(&w.plan, &w.facts, 100, &view);
        live_line(&w.plan, &w.facts, &line);
        (void)snprintf(wanted, sizeof wanted, "  spent      %s\n", rows[i].expected);
        CHECK((strstr(view.data, wanted) != NULL) == rows[i].is_priced);
        CHECK((strstr(view.data, "spent") != NULL) == rows[i].is_priced);
        (void)snprintf(wanted, sizeof wanted, "  spent %s\n", rows[i].expected);
        CHECK((strstr(line.data, wanted) != NULL) == rows[i].is_priced);
        CHECK((strstr(line.data, "spent") != NULL) == rows[i].is_priced);
        buf_release(&view);
        buf_release(&line);
        hist_free(w.ttft);
    }
}

int main(void)
{
    RUN(view_says_it_all);
    RUN(unmeasured_and_draining_are_said);
    RUN(narrow_terminals_are_respected);
    RUN(spending_is_said);
    return check_report();
}
