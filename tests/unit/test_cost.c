/*
 * What a run cost, read from a directory that was written by hand: sums done by hand,
 * with its own prices, with others, and as an older program would have written it.
 */
#include "judge/cost.h"

#include "scratch.h"

#include <math.h>

#define OWN                                                                             \
    "\"cost\":{\"currency\":\"USD\",\"list\":\"mine\",\"date\":\"2026-08-21\","         \
    "\"source\":\"here\",\"prices\":[{\"arm\":\"target\",\"class\":\"chat\",\"model\":" \
    "\"m\",\"prompt_pico\":150000,\"cached_pico\":15000,\"output_pico\":600000}],"      \
    "\"preflight\":0.00000345},"
#define MANIFEST(cost, billed)                                                         \
    "{\"schema\":1,\"status\":\"complete\",\"arms\":[\"target\"],\"classes\":["        \
    "\"chat\"],\"slos\":[],\"target\":{\"name\":\"target\",\"model\":\"m\"},"          \
    "\"window\":{\"start_s\":1,\"end_s\":3,\"duration_s\":2},\"progress\":{"           \
    "\"elapsed_s\":3,\"planned_s\":3}," cost                                           \
    "\"profile\":{\"name\":\"p\",\"document\":"                                        \
    "{\"classes\":[{\"name\":\"chat\",\"api\":\"chat\"}]}},\"totals\":{\"target\":{"   \
    "\"chat\":{\"scheduled\":7,\"sent\":7,\"succeeded\":5,\"failed\":2,\"good\":4,"    \
    "\"prompt_tokens\":5000,\"cached_tokens\":640,\"output_tokens\":500" billed "}}}}"
#define BILLED                                                                         \
    ",\"assumed_bills\":2,\"billed\":{\"served\":[4360,640,500,30],\"extra\":[1000,0," \
    "20,0],\"failed\":[2000,0,40,0],\"censored\":[0,0,0,0],\"doubt\":[0,0,160,0]}"

/* A warm-up second, and two that count; one request each is no success. */
static const char lines[] =
    "{\"kind\":\"slice\",\"t\":0,\"arm\":\"target\",\"class\":\"chat\",\"measured\":"
    "false,\"ok\":9,\"good\":9,\"failed\":{},\"not_sent\":{},\"censored\":0,"
    "\"billed_prompt\":9000,\"billed_cached\":0,\"billed_output\":900}\n"
    "{\"kind\":\"slice\",\"t\":1,\"arm\":\"target\",\"class\":\"chat\",\"measured\":"
    "true,\"ok\":2,\"good\":1,\"failed\":{\"reset\":1},\"not_sent\":{},\"censored\":0,"
    "\"billed_prompt\":2000,\"billed_cached\":64,\"billed_output\":200}\n"
    "{\"kind\":\"slice\",\"t\":2,\"arm\":\"other\",\"class\":\"chat\",\"measured\":"
    "true,\"ok\":2,\"good\":1,\"failed\":{},\"not_sent\":{},\"censored\":0,"
    "\"billed_prompt\":2000,\"billed_cached\":0,\"billed_output\":200}\n"
    "{\"kind\":\"slice\",\"t\":2,\"arm\":\"target\",\"class\":\"chat\",\"measured\":"
    "true,\"ok\":3,\"good\":3,\"failed\":{},\"not_sent\":{\"shed\":2},\"censored\":1,"
    "\"billed_prompt\":3000,\"billed_cached\":0,\"billed_output\":300}\n";

static struct run_cost *read_run(const char *manifest, const struct cost_pricing *p,
                                 bool needs_price, struct err *e)
{
    static const char log[] = "#[Histogram log format version 1.3]\n";
    struct scratch s = scratch_new();
    scratch_write(scratch_path(&s, "run.json"), manifest, strlen(manifest));
    scratch_write(scratch_path(&s, "intervals.jsonl"), lines, strlen(lines));
    scratch_write(scratch_path(&s, "latency.hlog"), log, strlen(log));
    scratch_write(scratch_path(&s, "events.jsonl"), "", 0);
    scratch_write(scratch_path(&s, "failures.jsonl"), "", 0);
    struct run_cost *c = run_cost_read(s.path, NULL, p, needs_price, e);
    scratch_remove(&s);
    return c;
}

static void own_prices_are_exact(void)
{
    struct err e = {0};
    const struct cost_pricing own = {.list = NULL};
    struct run_cost *c = read_run(MANIFEST(OWN, BILLED), &own, true, &e);
    CHECK_STR(e.text, "");
    if (c == NULL)
        return;
    CHECK_INT(c->parts[BILL_SERVED], 4360 * 150000 + 640 * 15000 + 500 * 600000);
    CHECK_INT(c->parts[BILL_EXTRA], 1000 * 150000 + 20 * 600000);
    CHECK_INT(c->parts[BILL_FAILED], 2000 * 150000 + 40 * 600000);
    CHECK_INT(c->parts[BILL_DOUBT], 160 * 600000);
    CHECK_INT(c->columns[BILL_PROMPT], INT64_C(7360) * 150000);
    CHECK_INT(c->columns[BILL_CACHED], 640 * 15000);
    CHECK_INT(c->columns[BILL_OUTPUT], 560 * 600000);
    CHECK_INT(c->columns[BILL_REASONING], 30 * 600000); /* a part of output */
    CHECK_INT(c->preflight, 3450000);
    CHECK_INT(c->total, INT64_C(7360) * 150000 + 640 * 15000 + 560 * 600000 + 3450000);
    CHECK_INT(c->at_most, c->total + 160 * 600000);
    CHECK_STR(c->models, "m");
    CHECK(c->has_bills && c->is_priced);
    run_cost_free(c);
}

static void the_window_is_by_second(void)
{
    struct err e = {0};
    const struct cost_pricing own = {.list = NULL};
    struct run_cost *c = read_run(MANIFEST(OWN, BILLED), &own, true, &e);
    CHECK_STR(e.text, "");
    if (c == NULL)
        return;
    CHECK_INT(c->second_count, 2);
    const double first = (2000 * 0.15 + 64 * 0.015 + 200 * 0.6) / 1e6;
    const double second = (3000 * 0.15 + 300 * 0.6) / 1e6;
    CHECK_NEAR(c->window_cost, first + second, 1e-15);
    CHECK_NEAR(c->window_prompt, 5064, 0);
    CHECK_NEAR(c->window_output, 500, 0);
    static const struct {
        enum cost_per per;
        double first, second;
    } rows[] = {{COST_SCHEDULED, 3, 6}, {COST_SUCCESSFUL, 2, 3}, {COST_GOOD, 1, 3}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ratio_slice *s = run_cost_slices(c, rows[i].per);
        check_row = cost_per_names[rows[i].per];
        CHECK_NEAR(s[0].y, first, 1e-15);
        CHECK_NEAR(s[1].y, second, 1e-15);
        CHECK_NEAR(s[0].x, rows[i].first, 0);
        CHECK_NEAR(s[1].x, rows[i].second, 0);
        free(s);
    }
    run_cost_free(c);
}

static struct price_list *list_of(const char *id)
{
    char text[256];
    struct err e = {0};
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"l\",\"date\":\"2026-01-01\",\"currency\":\"EUR\","
                   "\"models\":[{\"id\":\"%s\",\"input\":1,\"output\":2}]}",
                   id);
    struct price_list *l = price_list_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    return l;
}

static void any_run_can_be_priced_anew(void)
{
    struct err e = {0};
    struct price_list *l = list_of("m");
    const struct cost_pricing by_list = {.list = l};
    struct run_cost *c = read_run(MANIFEST("", BILLED), &by_list, true, &e);
    CHECK_STR(e.text, "");
    CHECK_INT(c == NULL ? 0 : c->requests,
              (INT64_C(7360) + 640) * 1000000 + 560 * 2000000);
    CHECK_STR(c == NULL ? "" : c->currency, "EUR");
    run_cost_free(c);
    price_list_free(l);
    l = list_of("other");
    const struct cost_pricing unknown = {.list = l};
    c = read_run(MANIFEST(OWN, BILLED), &unknown, true, &e);
    CHECK(c == NULL && strstr(e.text, "class chat: no price of model \"m\"") != NULL);
    err_clear(&e);
    const struct cost_pricing as_other = {.list = l, .model = "other"};
    c = read_run(MANIFEST(OWN, BILLED), &as_other, true, &e);
    CHECK_STR(c == NULL ? "" : c->models, "other");
    CHECK_INT(c == NULL ? -1 : c->preflight, 0); /* not what it was charged */
    run_cost_free(c);
    price_list_free(l);
}

static void what_is_not_known_is_said(void)
{
    struct err e = {0};
    const struct cost_pricing own = {.list = NULL};
    struct run_cost *c = read_run(MANIFEST("", BILLED), &own, true, &e);
    CHECK(c == NULL && strstr(e.text, "the run has no prices (model m)") != NULL);
    err_clear(&e);
    c = read_run(MANIFEST("", BILLED), &own, false, &e);
    CHECK(c != NULL && !c->is_priced && c->total == 0);
    run_cost_free(c);
    /* written before bills were: what succeeded, and that it is not all */
    c = read_run(MANIFEST(OWN, ""), &own, true, &e);
    CHECK(c != NULL && !c->has_bills);
    CHECK_INT(c == NULL ? 0 : c->requests, 4360 * 150000 + 640 * 15000 + 500 * 600000);
    run_cost_free(c);
}

int main(void)
{
    RUN(own_prices_are_exact);
    RUN(the_window_is_by_second);
    RUN(any_run_can_be_priced_anew);
    RUN(what_is_not_known_is_said);
    return check_report();
}
