/*
 * What a report says about spending, of directories written by hand: the rate and its
 * peak, the currency, the pictures, and the alerts.
 */
#include "check.h"
#include "judge/summary.h"
#include "render/openmetrics.h"
#include "render/quantity.h"
#include "render/summary_json.h"
#include "render/summary_plots.h"
#include "scratch.h"

#include <math.h>

#define MANIFEST(cost)                                                                 \
    "{\"schema\":1,\"status\":\"complete\",\"arms\":[\"target\"],\"classes\":["        \
    "\"chat\"],\"slos\":[],\"target\":{\"name\":\"target\",\"model\":\"m\"},"          \
    "\"window\":{\"start_s\":0,\"end_s\":4,\"duration_s\":4},\"progress\":{"           \
    "\"elapsed_s\":4,\"planned_s\":4}," cost                                           \
    "\"profile\":{\"name\":\"p\"},\"totals\":{\"target\":{\"chat\":{}}}}"
#define COST(currency, limits)                                                         \
    "\"cost\":{\"currency\":\"" currency                                               \
    "\",\"list\":\"mine\",\"date\":\"2026-08-21\"" limits "},"

static const char spending[] =
    "{\"kind\":\"spending\",\"t\":1,\"spent\":0.5,\"at_most\":0.5,\"per_h\":null}\n"
    "{\"kind\":\"spending\",\"t\":2,\"spent\":1.5,\"at_most\":1.5,\"per_h\":12.5}\n"
    "{\"kind\":\"spending\",\"t\":3,\"spent\":2,\"at_most\":3,\"per_h\":31.25}\n"
    "{\"kind\":\"spending\",\"t\":3.2,\"spent\":2.25,\"at_most\":3,\"per_h\":20}\n";

#define ALERT(t, text) "{\"t\":" t ",\"kind\":\"alert\",\"text\":\"" text "\"}\n"

static struct summary *read_run(const char *manifest, const char *intervals,
                                const char *events)
{
    static const char log[] = "#[Histogram log format version 1.3]\n";
    struct scratch s = scratch_new();
    struct err e = {0};
    scratch_write(scratch_path(&s, "run.json"), manifest, strlen(manifest));
    scratch_write(scratch_path(&s, "intervals.jsonl"), intervals, strlen(intervals));
    scratch_write(scratch_path(&s, "latency.hlog"), log, strlen(log));
    scratch_write(scratch_path(&s, "events.jsonl"), events, strlen(events));
    scratch_write(scratch_path(&s, "failures.jsonl"), "", 0);
    struct summary *out = summary_read(s.path, NULL, &e);
    CHECK_STR(e.text, "");
    scratch_remove(&s);
    return out;
}

static double number_of(const struct summary *s, const char *key)
{
    for (size_t i = 0; i < quantity_count; i++)
        if (strcmp(quantities[i].key, key) == 0)
            return quantity_value(&quantities[i], s);
    CHECK(!"no such number");
    return 0;
}

/* Of NULL: what there is not. */
static void check_text(const struct summary *s,
                       void (*put)(const struct summary *s, struct buf *out),
                       const char *wanted, const char *unwanted)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    put(s, &out);
    CHECK(wanted == NULL || strstr(out.data, wanted) != NULL);
    CHECK(unwanted == NULL || strstr(out.data, unwanted) == NULL);
    buf_release(&out);
}

static const struct plot *plot_of(const struct plots *plots, const char *name)
{
    for (size_t i = 0; i < plots->count; i++)
        if (strcmp(plots->items[i].words.name, name) == 0)
            return &plots->items[i];
    return NULL;
}

static void spending_is_reported(void)
{
    struct summary *s = read_run(
        MANIFEST(COST("USD", ",\"budget\":5,\"budget_per_h\":500")), spending, "");
    struct plots plots = {0};
    CHECK_NEAR(number_of(s, "spend_per_hour_max"), 31.25, 0);
    CHECK_NEAR(s->budget, 5, 0);
    check_text(s, summary_openmetrics, "gust_spend_per_hour_max 31.25\n", NULL);
    check_text(s, summary_openmetrics, "gust_prices_info{currency=\"USD\"} 1\n", NULL);
    check_text(s, summary_json, "\"spend_per_hour_max\": 31.25", NULL);
    check_text(s, summary_json, "\"currency\": \"USD\"", NULL);
    summary_plots(s, &plots);
    const struct plot *spent = plot_of(&plots, "spent");
    const struct plot *rate = plot_of(&plots, "spend_rate");
    CHECK(spent != NULL && rate != NULL);
    if (spent != NULL && rate != NULL) {
        CHECK(strstr(spent->data.data, "1 0.5\n2 1.5\n3 2.25\n") != NULL);
        CHECK(strstr(rate->data.data, "1 nan\n2 12.5\n3 31.25\n") != NULL);
        CHECK(strstr(spent->draw.data, "set format y \"$%g\"") != NULL);
        CHECK(strstr(spent->draw.data, ", 5 with lines") != NULL);
        CHECK(strstr(rate->draw.data, "set format y \"$%g/h\"") != NULL);
        CHECK(strstr(rate->draw.data, "500 with lines") == NULL); /* far above */
    }
    plots_release(&plots);
    summary_free(s);
}

static void other_currencies_have_their_code(void)
{
    struct summary *s = read_run(MANIFEST(COST("EUR", "")), spending, "");
    struct plots plots = {0};
    summary_plots(s, &plots);
    const struct plot *rate = plot_of(&plots, "spend_rate");
    CHECK(rate != NULL && strstr(rate->draw.data, "\"%g EUR/h\"") != NULL);
    plots_release(&plots);
    summary_free(s);
}

/* Without prices, and where a manifest says what no price list can. */
static void nothing_is_made_up(void)
{
    static const struct {
        const char *name, *manifest;
    } rows[] = {
        {"no prices", MANIFEST("\"cost\":null,")},
        {"no member", MANIFEST("")},
        {"an odd currency", MANIFEST(COST("\\\"} evil\\n", ""))},
        {"a lower-case one", MANIFEST(COST("usd", ""))},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct summary *s = read_run(rows[i].manifest, "", "");
        struct plots plots = {0};
        check_row = rows[i].name;
        CHECK(isnan(number_of(s, "spend_per_hour_max")));
        check_text(s, summary_openmetrics, NULL, "gust_prices");
        check_text(s, summary_openmetrics, NULL, "gust_spend");
        check_text(s, summary_json, "\"currency\": null", NULL);
        summary_plots(s, &plots);
        CHECK(plot_of(&plots, "spent") == NULL);
        CHECK(plot_of(&plots, "spend_rate") == NULL);
        plots_release(&plots);
        summary_free(s);
    }
}

static size_t alert_notes(const struct summary *s, const char *last)
{
    size_t n = 0;
    const char *text = "";
    for (size_t i = 0; i < s->notes.count; i++) {
        if (strcmp(s->notes.items[i].code, "alert") != 0)
            continue;
        text = s->notes.items[i].text;
        n++;
    }
    CHECK_STR(text, last);
    return n;
}

static void alerts_are_notes(void)
{
    static const struct {
        const char *name, *events;
        size_t notes;
        const char *last;
    } rows[] = {
        {"none", "{\"t\":0,\"kind\":\"start\",\"text\":\"alert\"}\n", 0, ""},
        {"one", ALERT("14", "spend P3: much"), 1, "alert at 14 s: spend P3: much"},
        {"five",
         ALERT("1", "a") ALERT("2", "b") ALERT("3", "c") ALERT("4", "d")
             ALERT("5", "e"),
         5, "1 more alerts are among the events"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct summary *s = read_run(MANIFEST(""), "", rows[i].events);
        check_row = rows[i].name;
        CHECK_INT(alert_notes(s, rows[i].last), rows[i].notes);
        summary_free(s);
    }
}

int main(void)
{
    RUN(spending_is_reported);
    RUN(other_currencies_have_their_code);
    RUN(nothing_is_made_up);
    RUN(alerts_are_notes);
    return check_report();
}
