/* Runs and what they cost, as a sheet and a picture; see cost_run.h. */
#include "command/cost_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400.0
#define POINTS 400

static double units_of(int64_t amount)
{
    return (double)amount / (double)MONEY_UNIT;
}

static void begin_table(const struct cost_runs *x, struct sheet *s, const char *key,
                        const char *heading)
{
    sheet_table(s, key, heading);
    for (size_t i = 0; i < x->count; i++)
        (void)sheet_column(s, x->columns[i].name);
}

/* --- the whole run ----------------------------------------------------------------- */

struct amount_row {
    const char *key, *label;
    int64_t (*amount)(const struct run_cost *c);
    bool is_total;
};

static int64_t prompt_amount(const struct run_cost *c)
{
    return c->columns[BILL_PROMPT];
}
static int64_t cached_amount(const struct run_cost *c)
{
    return c->columns[BILL_CACHED];
}
static int64_t output_amount(const struct run_cost *c)
{
    return c->columns[BILL_OUTPUT];
}
static int64_t reasoning_amount(const struct run_cost *c)
{
    return c->columns[BILL_REASONING];
}
static int64_t preflight_amount(const struct run_cost *c)
{
    return c->preflight;
}
static int64_t total_amount(const struct run_cost *c)
{
    return c->total;
}
static int64_t most_amount(const struct run_cost *c)
{
    return c->at_most;
}
static int64_t served_amount(const struct run_cost *c)
{
    return c->parts[BILL_SERVED];
}
static int64_t extra_amount(const struct run_cost *c)
{
    return c->parts[BILL_EXTRA];
}
static int64_t failed_amount(const struct run_cost *c)
{
    return c->parts[BILL_FAILED];
}
static int64_t censored_amount(const struct run_cost *c)
{
    return c->parts[BILL_CENSORED];
}

static const struct amount_row whole_rows[] = {
    {"prompt", "prompt", prompt_amount, false},
    {"cached", "cached prompt", cached_amount, false},
    {"output", "output", output_amount, false},
    {"reasoning", "  of it reasoning", reasoning_amount, false},
    {"preflight", "preflight", preflight_amount, false},
    {"total", "total", total_amount, true},
    {"at_most", "at most", most_amount, false},
};

static const struct amount_row part_rows[] = {
    {"served", "requests that succeeded", served_amount, false},
    {"extra", "their other attempts", extra_amount, false},
    {"failed", "failed requests", failed_amount, false},
    {"censored", "cancelled at the end", censored_amount, false},
};

static void put_amounts(const struct cost_runs *x, struct sheet *s,
                        const struct amount_row *rows, size_t n)
{
    for (size_t r = 0; r < n; r++) {
        sheet_row(s, rows[r].key, rows[r].label);
        for (size_t i = 0; i < x->count; i++)
            if (x->columns[i].cost->is_priced)
                sheet_put_money(s, i, rows[r].amount(x->columns[i].cost));
        if (rows[r].is_total)
            sheet_total(s);
    }
}

/* What served nobody, of all that the requests were charged. */
static double waste_of(const struct run_cost *c)
{
    return c->requests > 0 ? 1 - units_of(c->parts[BILL_SERVED]) / units_of(c->requests)
                           : (double)NAN;
}

static void put_whole(const struct cost_runs *x, struct sheet *s)
{
    begin_table(x, s, "run", "The whole run");
    sheet_row(s, "model", "priced as");
    for (size_t i = 0; i < x->count; i++)
        sheet_put_text(s, i,
                       x->columns[i].cost->models ? x->columns[i].cost->models : "");
    put_amounts(x, s, whole_rows, sizeof whole_rows / sizeof whole_rows[0]);
    begin_table(x, s, "parts", "Whom it served");
    put_amounts(x, s, part_rows, sizeof part_rows / sizeof part_rows[0]);
    sheet_row(s, "waste", "waste");
    for (size_t i = 0; i < x->count; i++)
        if (x->columns[i].cost->is_priced)
            sheet_put_share(s, i, waste_of(x->columns[i].cost));
}

/* --- the measured window ------------------------------------------------------------- */

static void put_thousand(const struct cost_runs *x, struct sheet *s)
{
    begin_table(x, s, "per_1000", "1,000 requests");
    for (int per = 0; per < COST_PERS; per++) {
        char low[48], high[48], from[48];
        const char *name = cost_per_names[per];
        (void)snprintf(low, sizeof low, "%s_low", name);
        (void)snprintf(high, sizeof high, "%s_high", name);
        (void)snprintf(from, sizeof from, "  95 %% from");
        const char *keys[] = {name, low, high};
        const char *labels[] = {name, from, "  to"};
        for (size_t r = 0; r < 3; r++) {
            sheet_row(s, keys[r], labels[r]);
            for (size_t i = 0; i < x->count; i++) {
                const struct ratio_estimate *e = &x->columns[i].per[per];
                const double values[] = {e->value, e->low, e->high};
                if (x->columns[i].cost->is_priced)
                    sheet_put_units(s, i,
                                    e->is_defined ? 1000 * values[r] : (double)NAN);
            }
        }
    }
}

static double per_hour(const struct run_cost *c)
{
    return c->window_cost / c->summary->window_s * 3600;
}
static double per_output(const struct run_cost *c)
{
    return c->window_output > 0 ? c->window_cost / c->window_output * 1e6 : (double)NAN;
}
static double per_token(const struct run_cost *c)
{
    double tokens = c->window_prompt + c->window_output;
    return tokens > 0 ? c->window_cost / tokens * 1e6 : (double)NAN;
}

static const struct {
    const char *key, *label;
    double (*value)(const struct run_cost *c);
} rate_rows[] = {
    {"hour", "an hour at this load", per_hour},
    {"million_output_tokens", "1M output tokens", per_output},
    {"million_tokens", "1M tokens, prompt and output", per_token},
};

static void put_rates(const struct cost_runs *x, struct sheet *s)
{
    begin_table(x, s, "rates", "Rates");
    for (size_t r = 0; r < sizeof rate_rows / sizeof rate_rows[0]; r++) {
        sheet_row(s, rate_rows[r].key, rate_rows[r].label);
        for (size_t i = 0; i < x->count; i++)
            if (x->columns[i].cost->is_priced)
                sheet_put_units(s, i, rate_rows[r].value(x->columns[i].cost));
    }
}

/* --- own hardware -------------------------------------------------------------------- */

#define HOUSE(field) offsetof(struct selfhost_cost, field)
static const struct {
    const char *key, *label;
    size_t offset;
} house_rows[] = {
    {"hour", "an hour", HOUSE(hour)},
    {"million_output_tokens", "1M output tokens", HOUSE(output_million)},
    {"million_prompt_tokens", "1M prompt tokens", HOUSE(prompt_million)},
    {"million_output_tokens_alone", "1M output tokens, prompts free",
     HOUSE(output_alone_million)},
    {"successful_1000", "1,000 successful requests", HOUSE(request_1000)},
    {"good_1000", "1,000 within the SLOs", HOUSE(good_1000)},
    {"good_1000_used", "  at --utilisation", HOUSE(good_1000_used)},
    {"tax_1000", "  utilisation tax", HOUSE(tax_1000)},
};

static void put_break_even(const struct cost_runs *x, struct sheet *s)
{
    if (x->settings->against == NULL)
        return;
    sheet_row(s, "api_1000", "1,000 requests of the API");
    for (size_t i = 0; i < x->count; i++)
        sheet_put_units(s, i, 1000 * x->columns[i].api_request);
    sheet_row(s, "break_even_per_s", "break-even rate");
    for (size_t i = 0; i < x->count; i++) {
        const struct cost_column *c = &x->columns[i];
        if (isfinite(c->break_even))
            sheet_put_number(s, i, c->break_even, "/s");
        else
            sheet_put_text(s, i, "never");
    }
    sheet_row(s, "break_even_replicas", "  replicas then");
    for (size_t i = 0; i < x->count; i++) {
        const struct cost_column *c = &x->columns[i];
        if (isfinite(c->break_even))
            sheet_put_number(
                s, i, selfhost_replicas(&x->settings->house, &c->house, c->break_even),
                "");
    }
    sheet_row(s, "break_even_utilisation", "  their use");
    for (size_t i = 0; i < x->count; i++) {
        const struct cost_column *c = &x->columns[i];
        double n = selfhost_replicas(&x->settings->house, &c->house, c->break_even);
        if (isfinite(c->break_even))
            sheet_put_share(s, i, c->break_even / (n * c->house.good_per_replica));
    }
}

static void put_house(const struct cost_runs *x, struct sheet *s)
{
    if (!x->settings->has_house)
        return;
    begin_table(x, s, "own_hardware", "Own hardware");
    for (size_t r = 0; r < sizeof house_rows / sizeof house_rows[0]; r++) {
        sheet_row(s, house_rows[r].key, house_rows[r].label);
        for (size_t i = 0; i < x->count; i++) {
            const char *field =
                (const char *)&x->columns[i].house + house_rows[r].offset;
            sheet_put_units(s, i, *(const double *)(const void *)field);
        }
    }
    put_break_even(x, s);
}

/* --- what it comes to ---------------------------------------------------------------- */

static void put_finding(const struct cost_runs *x, struct sheet *s)
{
    const struct cost_column *c = &x->columns[0];
    char total[MONEY_TEXT], each[MONEY_TEXT];
    if (x->verdict != NULL && c->cost->is_priced) {
        cost_run_answer(x, s);
        return;
    }
    if (c->cost->is_priced)
        sheet_finding(s, "%s in all; %s for 1,000 good requests",
                      money_format(total, c->cost->total, x->currency),
                      money_format_units(each,
                                         c->per[COST_GOOD].is_defined
                                             ? 1000 * c->per[COST_GOOD].value
                                             : (double)NAN,
                                         x->currency));
    else
        sheet_finding(s, "%s an hour; %s for 1,000 requests within the SLOs",
                      money_format_units(total, c->house.hour, x->currency),
                      money_format_units(each, c->house.good_1000, x->currency));
}

/* Is the list of this column that of one before? */
static bool is_said(const struct cost_runs *x, size_t column)
{
    for (size_t i = 0; i < column; i++)
        if (strcmp(x->columns[i].cost->list, x->columns[column].cost->list) == 0 &&
            strcmp(x->columns[i].cost->date, x->columns[column].cost->date) == 0)
            return true;
    return false;
}

static void put_price_note(const struct run_cost *c, int64_t wall_ns, struct sheet *s)
{
    int64_t day = 0;
    bool is_old = price_date_day(c->date, &day) &&
                  (double)wall_ns / 1e9 / DAY_S - (double)day > PRICE_STALE_DAYS + 1;
    sheet_note(s, "prices: %s of %s%s%s%s", c->list[0] != '\0' ? c->list : "list",
               c->date, c->source[0] != '\0' ? ", from " : "", c->source,
               is_old ? "; they are more than 90 days old: check them" : "");
}

static void put_notes(const struct cost_runs *x, int64_t wall_ns, struct sheet *s)
{
    for (size_t i = 0; i < x->count; i++) {
        const struct run_cost *c = x->columns[i].cost;
        const struct summary *r = c->summary;
        if (c->is_priced && !is_said(x, i))
            put_price_note(c, wall_ns, s);
        if (r->problems.count > 0)
            sheet_note(s, "%s: %s", r->name, r->sentence);
        if (!c->has_bills)
            sheet_note(s, "%s: recorded without bills: what failed is not in it",
                       r->name);
        if (r->whole.assumed_bills > 0)
            sheet_note(s,
                       "%s: %" PRIu64 " requests ended without telling their tokens: "
                       "charged are the prompt and what came; at most the rest, too",
                       r->name, r->whole.assumed_bills);
        if (r->arm_count > 1 && strcmp(r->arm, "canary") == 0)
            sheet_note(s, "%s: what preflight asked is not in it", r->name);
        if (r->slo_count == 0)
            sheet_note(s, "%s: has no SLO: good is what succeeded", r->name);
    }
    sheet_note(
        s, "1,000 requests, rates and own hardware are of the measured window; good "
           "is within every SLO");
}

void cost_run_sheet(const struct cost_runs *x, int64_t wall_ns, struct sheet *s)
{
    char title[256];
    bool is_priced = false;
    for (size_t i = 0; i < x->count; i++)
        is_priced = is_priced || x->columns[i].cost->is_priced;
    if (x->count == 1)
        (void)snprintf(title, sizeof title, "%s", x->columns[0].name);
    else
        (void)snprintf(title, sizeof title, "%zu runs", x->count);
    sheet_title(s, title, x->currency);
    put_finding(x, s);
    if (is_priced) {
        put_whole(x, s);
        put_thousand(x, s);
        put_rates(x, s);
    }
    put_house(x, s);
    if (x->verdict != NULL)
        cost_run_tradeoff(x, s);
    put_notes(x, wall_ns, s);
}

/* --- the picture --------------------------------------------------------------------- */

/* Rate up to which is drawn: past the break-even, or what was measured. */
static double drawn_to(const struct cost_column *c, const struct selfhost *h)
{
    double shown = 2 * c->house.good_per_replica * h->replicas;
    return isfinite(c->break_even) ? fmax(shown, 1.6 * c->break_even) : shown;
}

static void put_data(const struct cost_column *c, const struct selfhost *h,
                     struct buf *out)
{
    double to = drawn_to(c, h);
    buf_puts(out, "$even << EOD\n");
    for (int i = 0; i <= POINTS; i++) {
        double rate = to * i / POINTS;
        buf_printf(out, "%.9g %.9g %.9g\n", rate, selfhost_hour_at(h, &c->house, rate),
                   rate * 3600 * c->api_request);
    }
    buf_puts(out, "EOD\n");
}

static void put_drawing(const struct cost_column *c, const struct selfhost *h,
                        struct buf *out)
{
    buf_printf(
        out,
        "unset logscale\nset xrange [0:%.9g]\nset yrange [0:*]\nset xtics "
        "autofreq\nset ytics autofreq\nset xlabel \"requests per second\" textcolor rgb "
        "\"#%02x%02x%02x\"\n",
        drawn_to(c, h), INK_TEXT, INK_TEXT, INK_TEXT);
    if (isfinite(c->break_even))
        buf_printf(out,
                   "set arrow from %.9g, graph 0 to %.9g, graph 1 nohead dt 2 lc rgb "
                   "\"#%02x%02x%02x\"\n",
                   c->break_even, c->break_even, INK_BAD, INK_BAD, INK_BAD);
    buf_printf(out,
               "plot $even using 1:2 with steps lw 2 lc rgb \"#%02x%02x%02x\" title "
               "\"own hardware, an hour\", $even using 1:3 with lines lw 2 lc rgb "
               "\"#%02x%02x%02x\" title \"API, an hour\"\nunset arrow\nunset xlabel\n",
               INK_1, INK_1, INK_1, INK_2, INK_2, INK_2);
}

void cost_run_plots(const struct cost_runs *x, struct plots *plots)
{
    static const struct plot_words words = {
        .name = "break_even",
        .title = "Own hardware against the API",
        .caption =
            "what an hour costs, by rate; replicas are added as the rate needs "
            "them, spare ones included; the dashed line is the rate from which on "
            "the API is dearer",
        .empty = "needs --gpu-hour and --against, and requests within the SLOs",
    };
    const struct cost_column *c = &x->columns[0];
    if (!x->settings->has_house)
        return;
    struct plot *plot = plots_add(plots, &words);
    if (!isfinite(c->api_request) || !(c->house.good_per_replica > 0))
        return;
    put_data(c, &x->settings->house, &plot->data);
    put_drawing(c, &x->settings->house, &plot->draw);
}
