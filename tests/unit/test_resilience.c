/*
 * The client policy's part of a report: from a manifest by hand to the sheet that
 * all forms are made of.
 */
#include "judge/resilience.h"

#include "check.h"

#include "base/json.h"
#include "render/resilience_sheet.h"

#include <math.h>
#include <stdlib.h>

static const char manifest_text[] =
    "{\"policy\":{\"name\":\"careful\",\"title\":\"A careful client\",\"counts\":{"
    "\"opens\":4,\"false_opens\":1,\"flaps\":2,\"closes\":2,\"refused\":50,"
    "\"leaked\":20,\"detect_s\":6,\"open_s\":30,\"failovers\":3,\"failbacks\":1,"
    "\"refused_budget\":7,\"hedges_won\":1,\"hedges_denied\":4,\"decisions\":{\"yes\":60,\"attempts\":5,\"budget\":0}},"
    "\"document\":{\"breaker\":{\"kind\":\"count\",\"failures\":5,\"window\":\"1m\"}}},"
    "\"outage\":{\"start_s\":10,\"end_s\":14}}";

/* 100 s, ten requests a second; the totals are made up, but their books hold. */
static void fill(struct summary *s, const json_t *manifest)
{
    struct totals *t = &s->whole;
    *s = (struct summary){.window_end_s = 100, .window_s = 100, .elapsed_s = 100};
    *t = (struct totals){.scheduled = 1000,
                         .sent = 943,
                         .not_sent = 57,
                         .succeeded = 900,
                         .failed = 40,
                         .censored = 3,
                         .attempts = 1006,
                         .retries = 60,
                         .hedges = 1,
                         .hidden = 2,
                         .rescued = 45,
                         .cost_pico = 5 * (uint64_t)MONEY_UNIT,
                         .billed = {[BILL_SERVED] = {600, 100, 50, 9},
                                    [BILL_EXTRA] = {60, 20, 10, 0},
                                    [BILL_FAILED] = {30, 0, 5, 0},
                                    [BILL_DOUBT] = {7, 0, 8, 0}},
                         .priced = {[BILL_SERVED] = 4 * (uint64_t)MONEY_UNIT,
                                    [BILL_EXTRA] = (uint64_t)MONEY_UNIT / 2,
                                    [BILL_FAILED] = (uint64_t)MONEY_UNIT / 2,
                                    [BILL_DOUBT] = (uint64_t)MONEY_UNIT / 4},
                         .outcomes = {[OUTCOME_OK] = 900,
                                      [OUTCOME_BREAKER_OPEN] = 50,
                                      [OUTCOME_BUDGET] = 7,
                                      [OUTCOME_CENSORED] = 3,
                                      [OUTCOME_SERVER_500] = 40},
                         .lost = {[OUTCOME_SERVER_500] = 60, [OUTCOME_CANCELLED] = 1}};
    CHECK(totals_hold(t));
    for (int i = 0; i < 100; i++) {
        struct moment *m = timeline_at(&s->timeline, i);
        m->scheduled = m->activity.due = m->activity.attempts = 10;
        m->good = i >= 10 && i < 14 ? 0 : 10;
    }
    resilience_read(s, manifest);
    resilience_judge(s);
}

static void release(struct summary *s)
{
    timeline_release(&s->timeline);
    for (size_t i = 0; i < s->notes.count; i++) {
        free(s->notes.items[i].code);
        free(s->notes.items[i].text);
        free(s->notes.items[i].advice);
    }
    free(s->notes.items);
}

static json_t *parsed(const char *text)
{
    struct err e = {0};
    json_t *j = json_parse(text, strlen(text), &e);
    CHECK_STR(e.text, "");
    return j;
}

/* A cell of the sheet's JSON. */
static double cell(const json_t *sheet, const char *table, const char *row,
                   const char *column)
{
    const json_t *r = json_object_get(json_object_get(sheet, table), row);
    const json_t *value = json_object_get(r, column);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void every_number_has_its_place(void)
{
    static const struct {
        const char *table, *row, *column;
        double expected;
    } rows[] = {
        {"attempts", "ok", "requests", 900},
        {"attempts", "ok", "attempts", 900},
        {"attempts", "server_500", "requests", 40},
        {"attempts", "server_500", "attempts", 100}, /* 40 final, 60 tried again */
        {"attempts", "breaker_open", "requests", 50},
        {"attempts", "breaker_open", "attempts", (double)NAN},
        {"attempts", "cancelled", "attempts", 1},
        {"attempts", "re-sent by the HTTP library", "attempts", 2},
        {"attempts", "all", "requests", 1000},
        {"attempts", "all", "attempts", 1006}, /* 900 + 100 + 3 + 1 + 2 */
        {"policy", "request_success", "value", 0.9},
        {"policy", "attempt_success", "value", 900.0 / 1006},
        {"policy", "amplification", "value", 1006.0 / 943},
        {"policy", "rescued", "value", 45},
        {"policy", "opens", "value", 4},
        {"policy", "false_opens", "value", 1},
        {"policy", "mean_detect_s", "value", 1.5},
        {"policy", "mean_open_s", "value", 15},
        {"policy", "leaked", "value", 20},
        {"policy", "refused", "value", 50},
        {"policy", "flaps", "value", 2},
        {"policy", "failovers", "value", 3},
        {"policy", "failbacks", "value", 1},
        {"policy", "refused_budget", "value", 7},
        {"policy", "hedges", "value", 1},
        {"policy", "hedges_won", "value", 1},
        {"policy", "hedges_denied", "value", 4},
        {"policy", "wasted_tokens", "value", 125},
        {"policy", "wasted_money", "value", 1},
        {"policy", "wasted_share", "value", 0.2}, /* of the money */
        {"policy", "doubt_tokens", "value", 15},
        {"policy", "doubt_money", "value", 0.25},
        {"charged", "served", "prompt", 700},
        {"charged", "served", "output", 50}, /* reasoning is in it */
        {"charged", "served", "money", 4},
        {"charged", "extra", "prompt", 80},
        {"charged", "extra", "output", 10},
        {"charged", "extra", "money", 0.5},
        {"charged", "failed", "money", 0.5},
        {"charged", "censored", "money", (double)NAN}, /* nothing: no row */
        {"charged", "doubt", "money", 0.25},
        {"decisions", "yes", "attempts", 60},
        {"decisions", "attempts", "attempts", 5},
        {"decisions", "budget", "attempts", (double)NAN}, /* none: no row */
        {"recovery", "before", "good", 1},
        {"recovery", "during", "good", 0},
        {"recovery", "after", "good", 1},
    };
    struct summary s;
    struct sheet sheet;
    struct buf out;
    json_t *manifest = parsed(manifest_text);
    fill(&s, manifest);
    CHECK(resilience_sheet(&s, &sheet));
    buf_init(&out, 1 << 20);
    sheet_json(&sheet, &out);
    json_t *got = parsed(out.data);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        double value = cell(got, rows[i].table, rows[i].row, rows[i].column);
        check_row = rows[i].row;
        if (isnan(rows[i].expected))
            CHECK(isnan(value));
        else
            CHECK_NEAR(value, rows[i].expected, 1e-9);
    }
    check_row = NULL;
    CHECK(strncmp(sheet.finding, "recovered: 100 %", 16) == 0);
    json_decref(got);
    buf_release(&out);
    sheet_release(&sheet);
    release(&s);
    json_decref(manifest);
}

/* An older run knows its cost, and not for whom: the waste is told in tokens only. */
static void an_older_run_has_no_prices_by_part(void)
{
    struct summary s;
    struct sheet sheet;
    struct buf out;
    json_t *manifest = parsed(manifest_text);
    fill(&s, manifest);
    memset(s.whole.priced, 0, sizeof s.whole.priced);
    CHECK(resilience_sheet(&s, &sheet));
    buf_init(&out, 1 << 20);
    sheet_json(&sheet, &out);
    json_t *got = parsed(out.data);
    CHECK_NEAR(cell(got, "policy", "wasted_tokens", "value"), 125, 0);
    CHECK(isnan(cell(got, "policy", "wasted_money", "value")));
    CHECK_NEAR(cell(got, "policy", "wasted_share", "value"), 125.0 / 875, 1e-9);
    json_decref(got);
    buf_release(&out);
    sheet_release(&sheet);
    release(&s);
    json_decref(manifest);
}

/* 5 failures a minute, at 10.06 attempts a second: an error share of 0.83 %. */
static void a_breaker_blind_to_the_rate_is_noted(void)
{
    struct summary s;
    json_t *manifest = parsed(manifest_text);
    fill(&s, manifest);
    CHECK_NEAR(s.resilience.blind_share, 5.0 / 60 / 10.06, 1e-9);
    CHECK_INT(s.notes.count, 2);
    CHECK_STR(s.notes.items[1].code, "blind_breaker");
    CHECK(strstr(s.notes.items[1].text, "error share of 0.83 %") != NULL);
    release(&s);
    json_decref(manifest);
}

static void a_run_without_a_policy_has_no_part(void)
{
    static const char *const texts[] = {"{}", "{\"policy\":null,\"outage\":null}",
                                        "{\"policy\":3,\"outage\":[]}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct summary s = {0};
        struct sheet sheet;
        json_t *manifest = parsed(texts[i]);
        check_row = texts[i];
        resilience_read(&s, manifest);
        resilience_judge(&s);
        CHECK(!resilience_sheet(&s, &sheet));
        CHECK_INT(s.notes.count, 0);
        s.whole.hidden = 1; /* but hidden attempts have one */
        CHECK(resilience_sheet(&s, &sheet));
        sheet_release(&sheet);
        json_decref(manifest);
    }
}

static void side_by_side(void)
{
    struct summary a, b;
    struct sheet sheet;
    struct buf out;
    json_t *manifest = parsed(manifest_text), *none = parsed("{}");
    fill(&a, manifest);
    fill(&b, none);
    a.seed = b.seed = "7";
    const struct summary *const runs[] = {&a, &b};
    resilience_side_by_side(runs, 2, &sheet);
    buf_init(&out, 1 << 20);
    sheet_json(&sheet, &out);
    json_t *got = parsed(out.data);
    CHECK_NEAR(cell(got, "policies", "opens", "careful"), 4, 0);
    CHECK_NEAR(cell(got, "policies", "opens", "none"), 0, 0);
    CHECK_NEAR(cell(got, "policies", "amplification", "none"), 1006.0 / 943, 1e-9);
    CHECK_NEAR(cell(got, "users", "before", "careful"), 1, 0);
    CHECK(isnan(cell(got, "users", "before", "none")));
    json_decref(got);
    buf_release(&out);
    sheet_release(&sheet);
    release(&a);
    release(&b);
    json_decref(manifest);
    json_decref(none);
}

int main(void)
{
    RUN(every_number_has_its_place);
    RUN(an_older_run_has_no_prices_by_part);
    RUN(a_breaker_blind_to_the_rate_is_noted);
    RUN(a_run_without_a_policy_has_no_part);
    RUN(side_by_side);
    return check_report();
}
