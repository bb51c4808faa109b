/* An estimate as a sheet; see cost_estimate.h. */
#include "command/cost_estimate.h"

#include "base/clock.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>

#define FLAT 1e-9 /* a day whose hours are alike, but for rounding */
#define MONTH_DAYS 30.0

/* --- the sheet --------------------------------------------------------------------- */

static void begin_table(const struct estimate *x, struct sheet *s, const char *key,
                        const char *heading)
{
    sheet_table(s, key, heading);
    for (size_t i = 0; i < x->offer_count; i++)
        (void)sheet_column(s, x->offers[i].name);
}

/* A row of one amount per model; value: of an offer. */
static void put_row(const struct estimate *x, struct sheet *s, const char *key,
                    const char *label,
                    double (*value)(const struct estimate *x, const struct offer *o))
{
    sheet_row(s, key, label);
    for (size_t i = 0; i < x->offer_count; i++)
        sheet_put_units(s, i, value(x, &x->offers[i]));
}

static double prompt_value(const struct estimate *x, const struct offer *o)
{
    (void)x;
    return o->parts[BILL_PROMPT];
}
static double cached_value(const struct estimate *x, const struct offer *o)
{
    (void)x;
    return o->parts[BILL_CACHED];
}
static double output_value(const struct estimate *x, const struct offer *o)
{
    (void)x;
    return o->parts[BILL_OUTPUT];
}
static double reasoning_value(const struct estimate *x, const struct offer *o)
{
    (void)x;
    return o->parts[BILL_REASONING];
}
static double expected_value(const struct estimate *x, const struct offer *o)
{
    (void)x;
    return o->expected;
}
static double low_value(const struct estimate *x, const struct offer *o)
{
    (void)x;
    return fmax(o->expected - o->spread, 0);
}
static double high_value(const struct estimate *x, const struct offer *o)
{
    (void)x;
    return o->expected + o->spread;
}
static double worst_value(const struct estimate *x, const struct offer *o)
{
    (void)x;
    return o->worst;
}
static double thousand_value(const struct estimate *x, const struct offer *o)
{
    return o->expected / x->requests * 1000;
}
static double worst_thousand_value(const struct estimate *x, const struct offer *o)
{
    return o->worst / x->requests * 1000;
}
/* From the load's duration to an hour. */
static double to_hour(const struct estimate *x)
{
    return 3.6e12 / (double)x->settings->duration_ns;
}
static double hour_value(const struct estimate *x, const struct offer *o)
{
    return o->expected * to_hour(x);
}
static double quiet_value(const struct estimate *x, const struct offer *o)
{
    double least = 1;
    for (size_t h = 0; h < ESTIMATE_HOURS; h++)
        least = fmin(least, x->day[h]);
    return hour_value(x, o) * least;
}
static double day_value(const struct estimate *x, const struct offer *o)
{
    return hour_value(x, o) * ESTIMATE_HOURS * x->day_mean;
}
static double month_value(const struct estimate *x, const struct offer *o)
{
    return day_value(x, o) * MONTH_DAYS;
}
static double worst_month_value(const struct estimate *x, const struct offer *o)
{
    return o->worst * to_hour(x) * ESTIMATE_HOURS * x->day_mean * MONTH_DAYS;
}

struct value_row {
    const char *key, *label;
    double (*value)(const struct estimate *x, const struct offer *o);
};

static const struct value_row load_rows[] = {
    {"prompt", "prompt", prompt_value},
    {"cached", "cached prompt", cached_value},
    {"output", "output", output_value},
    {"reasoning", "reasoning", reasoning_value},
    {"expected", "expected", expected_value},
    {"low", "95 % of such loads: from", low_value},
    {"high", "to", high_value},
    {"worst", "worst case", worst_value},
    {"per_1000", "1,000 requests", thousand_value},
    {"per_1000_worst", "1,000 requests, worst case", worst_thousand_value},
};

static const struct value_row month_rows[] = {
    {"busiest_hour", "busiest hour", hour_value},
    {"quietest_hour", "quietest hour", quiet_value},
    {"day", "day", day_value},
    {"month", "month of 30 days", month_value},
    {"month_worst", "month, worst case", worst_month_value},
};

static void put_rows(const struct estimate *x, struct sheet *s,
                     const struct value_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_row(x, s, rows[i].key, rows[i].label, rows[i].value);
        if (rows[i].value == expected_value || rows[i].value == worst_value ||
            rows[i].value == month_value)
            sheet_total(s);
    }
}

static void put_prices(const struct estimate *x, struct sheet *s)
{
    static const struct {
        const char *key, *label;
        size_t offset;
    } rows[] = {{"prompt", "prompt", offsetof(struct price, prompt)},
                {"cached", "cached prompt", offsetof(struct price, cached)},
                {"output", "output", offsetof(struct price, output)}};
    begin_table(x, s, "prices_per_million", "Prices of a million tokens");
    sheet_row(s, "model", "priced as");
    for (size_t i = 0; i < x->offer_count; i++)
        sheet_put_text(s, i, x->offers[i].row ? x->offers[i].row->id : "by class");
    for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
        sheet_row(s, rows[r].key, rows[r].label);
        for (size_t i = 0; i < x->offer_count; i++) {
            const char *price = (const char *)&x->offers[i].price + rows[r].offset;
            sheet_put_money(
                s, i, money_times(*(const int64_t *)(const void *)price, 1000000));
        }
    }
}

static void put_demand(const struct estimate *x, struct sheet *s)
{
    static const char *const labels[] = {"prompt, not cached", "prompt, cached",
                                         "output", "reasoning"};
    double sum[BILL_COLUMNS] = {0}, worst[BILL_COLUMNS] = {0};
    for (size_t c = 0; c < x->demand.class_count; c++) {
        const struct demand_class *d = &x->demand.classes[c];
        for (size_t i = 0; i < DEMAND_COLUMNS; i++)
            sum[i] += d->tokens[i];
        sum[BILL_REASONING] += (double)x->settings->reasoning * (double)d->generating;
        worst[BILL_PROMPT] += d->worst_prompt;
        worst[BILL_OUTPUT] += d->worst_output;
    }
    sheet_table(s, "tokens_per_request", "Tokens of a request");
    (void)sheet_column(s, "expected");
    (void)sheet_column(s, "worst case");
    for (size_t i = 0; i < BILL_COLUMNS; i++) {
        sheet_row(s, bill_column_names[i], labels[i]);
        sheet_put_number(s, 0, sum[i] / (double)x->demand.requests, "");
        if (i == BILL_PROMPT || i == BILL_OUTPUT)
            sheet_put_number(s, 1, worst[i] / (double)x->demand.requests, "");
    }
}

static void put_hours(const struct estimate *x, struct sheet *s)
{
    begin_table(x, s, "hours", "Spending by the hour of a day");
    for (size_t h = 0; h < ESTIMATE_HOURS; h++) {
        char label[16];
        (void)snprintf(label, sizeof label, "%02zu:00", h);
        sheet_row(s, NULL, label);
        for (size_t i = 0; i < x->offer_count; i++)
            sheet_put_units(s, i, hour_value(x, &x->offers[i]) * x->day[h]);
    }
}

static void put_notes(const struct estimate *x, struct sheet *s)
{
    const struct estimate_settings *set = x->settings;
    struct buf words;
    buf_init(&words, 4096);
    prices_words(x->list, clock_wall_ns(), &words);
    sheet_note(s, "prices: %s", words.data);
    buf_release(&words);
    sheet_note(s, "worst case: no prompt is cached, every reply is %s",
               set->max_tokens > 0 ? "as long as --max-tokens allows"
                                   : "as long as the request asks for");
    sheet_note(s, "failed requests and retries are not in it: gust cost RUN says what "
                  "they cost in a run");
    if (set->rate_per_s > 0 && set->hours == NULL && !(set->peak_to_mean > 1))
        sheet_note(s, "the month has --rate at every hour: --hours and --peak-to-mean "
                      "give it days and nights");
}

void estimate_sheet(const struct estimate *x, struct sheet *s)
{
    char title[256], count[UNITS_TEXT], money[MONEY_TEXT], worst[MONEY_TEXT];
    const struct offer *best = &x->offers[0];
    (void)snprintf(title, sizeof title, "%.60s: %s requests, nothing is sent",
                   x->profile->name,
                   units_format_count(count, (uint64_t)llround(x->requests)));
    sheet_title(s, title, x->list->currency);
    for (size_t i = 1; i < x->offer_count; i++)
        best = x->offers[i].expected < best->expected ? &x->offers[i] : best;
    sheet_finding(
        s, "%s%s expected with %s, at most %s", x->offer_count > 1 ? "cheapest: " : "",
        money_format_units(money, best->expected, x->list->currency), best->name,
        money_format_units(worst, best->worst, x->list->currency));
    begin_table(x, s, "load", "The load");
    put_rows(x, s, load_rows, ARRAY_LEN(load_rows));
    if (x->settings->rate_per_s > 0) {
        begin_table(x, s, "month", "A month");
        put_rows(x, s, month_rows, ARRAY_LEN(month_rows));
        if (x->day_mean < 1 - FLAT)
            put_hours(x, s);
    }
    put_demand(x, s);
    put_prices(x, s);
    put_notes(x, s);
}
