/* What a plan says; see capacity_plan_sheet.h. */
#include "command/capacity_plan_sheet.h"

#include "command/prices.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define HOURS_A_MONTH 730.0

/* --- cells -------------------------------------------------------------------------------- */

static void put_number(struct sheet *s, const char *key, const char *label,
                       double value, const char *unit)
{
    if (isnan(value))
        return;
    sheet_row(s, key, label);
    sheet_put_number(s, 0, value, unit);
}

static void put_count(struct sheet *s, const char *key, const char *label, double value)
{
    if (isnan(value))
        return;
    sheet_row(s, key, label);
    sheet_put_count(s, 0, value);
}

static void put_share(struct sheet *s, const char *key, const char *label, double value)
{
    sheet_row(s, key, label);
    sheet_put_share(s, 0, value);
}

static void put_seconds(struct sheet *s, size_t column, double value)
{
    if (isinf(value))
        sheet_put_text(s, column, "failed");
    else
        sheet_put_seconds(s, column, value);
}

/* How far the paper is off, as a share of what was measured. */
static void put_off(struct sheet *s, size_t column, double paper, double measured)
{
    char text[32] = "n/a";
    if (isfinite(paper) && isfinite(measured) && measured > 0)
        (void)snprintf(text, sizeof text, "%+.1f %%", 100 * (paper / measured - 1));
    sheet_put_text(s, column, text);
}

/* --- tables ---------------------------------------------------------------------------------- */

static void put_plan(const struct capacity_plan *x, struct sheet *s)
{
    static const struct {
        const char *key, *label;
    } routes[FLEET_ROUTES] = {
        [FLEET_ROUND_ROBIN] = {"paper_round_robin", "replicas on paper, round robin"},
        [FLEET_LEAST_LOADED] = {"paper_least_loaded",
                                "replicas on paper, least loaded"},
        [FLEET_RANDOM] = {"paper_random", "replicas on paper, at random"},
    };
    const struct plan *p = &x->plan;
    double rate = x->ask.rate_per_s, one = x->ask.per_replica;
    sheet_table(s, "plan", "Plan");
    (void)sheet_column(s, "value");
    put_number(s, "rate", "requests per second", rate, "/s");
    put_number(s, "per_replica", "a replica serves, measured", one, "/s");
    put_count(s, "measured", "replicas by what was measured", p->measured);
    for (int route = 0; route < FLEET_ROUTES; route++)
        put_count(s, routes[route].key, routes[route].label, p->paper[route]);
    put_count(s, "needed", "needed: the measured, or more behind round robin",
              p->needed);
    put_count(s, "spare", "spare", x->ask.spare);
    put_count(s, "total", "replicas", p->total);
    sheet_total(s);
    put_share(s, "use", "used of what they serve", rate / (p->total * one));
    put_share(s, "use_without_spare", "used when the spare ones are gone",
              rate / (p->needed * one));
    put_number(s, "headroom", "served with one replica gone", (p->total - 1) * one,
               "/s");
}

/* The steady point nearest in load to what a replica gets. */
static const struct capacity_point *nearest(const struct capacity_plan *x)
{
    const struct capacity_point *best = NULL;
    double wanted = x->ask.rate_per_s / x->plan.total * x->replicas;
    for (size_t i = 0; i < x->point_count; i++) {
        const struct capacity_point *p = x->measured[i];
        bool is_one = p->state == CAPACITY_PASS && p->phase != CAPACITY_UNLOADED;
        if (is_one && (best == NULL ||
                       fabs(log(p->load / wanted)) < fabs(log(best->load / wanted))))
            best = p;
    }
    return best;
}

static void put_latency_rows(struct sheet *s, const char *name,
                             const struct fleet_quantiles *const columns[3])
{
    static const char *const percentiles[] = {"p50", "p95", "p99"};
    for (size_t i = 0; i < ARRAY_LEN(percentiles); i++) {
        char label[32];
        (void)snprintf(label, sizeof label, "%s %s", name, percentiles[i]);
        sheet_row(s, NULL, label);
        for (size_t c = 0; c < 3; c++) {
            const struct fleet_quantiles *q = columns[c];
            if (q != NULL)
                put_seconds(s, c, i == 0 ? q->p50 : i == 1 ? q->p95 : q->p99);
        }
    }
}

static void put_latency(const struct capacity_plan *x, struct sheet *s)
{
    static const char *const names[FLEET_METRICS] = {
        [FLEET_TTFT] = "ttft", [FLEET_TPOT] = "tpot", [FLEET_E2E] = "e2e"};
    const struct capacity_point *p = nearest(x);
    char column[64] = "measured";
    if (!x->plan.is_trusted && p == NULL)
        return;
    if (p != NULL)
        (void)snprintf(column, sizeof column, "measured at %.4g/s",
                       p->load / x->replicas);
    sheet_table(s, "latency", "What users would see");
    (void)sheet_column(s, "all up");
    (void)sheet_column(s, "spare gone");
    (void)sheet_column(s, column);
    for (int m = 0; m < FLEET_METRICS; m++) {
        struct fleet_quantiles seen;
        const struct fleet_quantiles *columns[3] = {NULL, NULL, NULL};
        if (p != NULL) {
            const struct capacity_latency *l = m == FLEET_TTFT   ? &p->ttft_s
                                               : m == FLEET_TPOT ? &p->tpot_s
                                                                 : &p->e2e_s;
            seen = (struct fleet_quantiles){l->p50, l->p95, l->p99};
            columns[2] = &seen;
        }
        if (x->plan.is_trusted) {
            columns[0] = &x->plan.at_total.metric[m];
            columns[1] = &x->plan.at_needed.metric[m];
        }
        put_latency_rows(s, names[m], columns);
    }
}

static void put_money(struct sheet *s, const char *key, const char *label,
                      double amount)
{
    sheet_row(s, key, label);
    sheet_put_units(s, 0, amount);
}

static void put_cost(const struct capacity_plan *x, struct sheet *s)
{
    double rate = x->ask.rate_per_s;
    double hour = x->plan.total * x->hour_replica;
    double api_hour = x->api_request * rate * 3600;
    if (!x->has_house && isnan(x->api_request))
        return;
    sheet_table(s, "cost", "Cost at this rate");
    (void)sheet_column(s, "value");
    if (x->has_house) {
        put_money(s, "hour", "an hour, spare ones included", hour);
        put_money(s, "month", "a month", hour * HOURS_A_MONTH);
        put_money(s, "request_1000", "1,000 requests", hour / (rate * 3.6));
        put_money(s, "spare_hour", "an hour of the spare ones",
                  x->ask.spare * x->hour_replica);
    }
    if (isnan(x->api_request))
        return;
    put_money(s, "api_hour", "the API, an hour", api_hour);
    put_money(s, "api_1000", "the API, 1,000 requests", x->api_request * 1000);
}

static void put_fit(const struct capacity_plan *x, struct sheet *s)
{
    static const char *const columns[] = {"ttft p50",  "p50 off", "ttft p95",
                                          "p95 off",   "e2e p95", "e2e off",
                                          "completed", "rate off"};
    if (!x->has_fit)
        return;
    sheet_table(s, "fit", "The paper against what was measured");
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        (void)sheet_column(s, columns[i]);
    for (size_t i = 0; i < x->point_count; i++) {
        const struct capacity_point *p = x->measured[i];
        const struct fleet_check *c = &x->fit.checks[i];
        const struct fleet_point *m = &x->points[i];
        char label[48];
        (void)snprintf(label, sizeof label, "%.4g/s, %s", p->load,
                       capacity_states[p->state]);
        sheet_row(s, p->trial, p->phase == CAPACITY_UNLOADED ? "unloaded" : label);
        if (m->is_steady) {
            put_seconds(s, 0, p->ttft_s.p50);
            put_off(s, 1, c->metric[FLEET_TTFT].p50, p->ttft_s.p50);
            put_seconds(s, 2, p->ttft_s.p95);
            put_off(s, 3, c->metric[FLEET_TTFT].p95, p->ttft_s.p95);
            put_seconds(s, 4, p->e2e_s.p95);
            put_off(s, 5, c->metric[FLEET_E2E].p95, p->e2e_s.p95);
        }
        if (p->phase == CAPACITY_UNLOADED)
            continue;
        sheet_put_number(s, 6, p->rate, "/s");
        put_off(s, 7, c->completed_per_s, p->rate);
    }
}

static void put_server(const struct capacity_plan *x, struct sheet *s)
{
    const struct fleet_server *f = &x->fit.server;
    if (!x->has_fit)
        return;
    sheet_table(s, "server", "A replica on paper");
    (void)sheet_column(s, "value");
    put_count(s, "slots",
              x->fit.is_full_seen ? "sequences at once" : "sequences at once, at least",
              f->slots);
    sheet_row(s, "ttft_s", "fixed time to the first token");
    sheet_put_seconds(s, 0, f->ttft_s);
    sheet_row(s, "prefill_s", "and per 1,000 prompt tokens, one prompt at a time");
    sheet_put_seconds(s, 0, f->prefill_s * 1000);
    sheet_row(s, "tpot_s", "per token of one sequence alone");
    sheet_put_seconds(s, 0, f->tpot_s);
    sheet_row(s, "slope_s", "and per other sequence");
    sheet_put_seconds(s, 0, f->slope_s);
}

/* What fleets of other sizes would serve, of which nobody has measured one. */
static void put_fleets(const struct capacity_plan *x, struct sheet *s)
{
    static const double sizes[] = {1, 10, 100, 10000};
    if (!x->plan.is_trusted || x->goal_count == 0)
        return;
    sheet_table(s, "fleets", "Fleets on paper: served within the objectives");
    (void)sheet_column(s, "all, round robin");
    (void)sheet_column(s, "a replica, round robin");
    (void)sheet_column(s, "a replica, least loaded");
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        double even = plan_rate_of(&x->ask, sizes[i], FLEET_ROUND_ROBIN);
        double least = plan_rate_of(&x->ask, sizes[i], FLEET_LEAST_LOADED);
        char label[48];
        (void)snprintf(label, sizeof label, "%.0f replicas", sizes[i]);
        sheet_row(s, NULL, sizes[i] > 1 ? label : "1 replica");
        sheet_put_number(s, 0, even * sizes[i], "/s");
        sheet_put_number(s, 1, even, "/s");
        sheet_put_number(s, 2, least, "/s");
    }
}

/* --- words -------------------------------------------------------------------------------------- */

static void put_finding(const struct capacity_plan *x, struct sheet *s)
{
    const struct plan *p = &x->plan;
    char money[64] = "";
    if (x->has_house) {
        char hour[MONEY_TEXT], thousand[MONEY_TEXT];
        double an_hour = p->total * x->hour_replica;
        (void)snprintf(money, sizeof money, "; %s an hour, %s per 1,000 requests",
                       money_format_units(hour, an_hour, s->currency),
                       money_format_units(thousand, an_hour / (x->ask.rate_per_s * 3.6),
                                          s->currency));
    }
    sheet_finding(s, "%.0f replicas for %.6g/s: %.0f, and %.0f spare%s", p->total,
                  x->ask.rate_per_s, p->needed, x->ask.spare, money);
}

static void put_notes(const struct capacity_plan *x, int64_t wall_ns, struct sheet *s)
{
    char where[32] = "unloaded";
    if (x->fit.worst_rate > 0)
        (void)snprintf(where, sizeof where, "at %.4g/s", x->fit.worst_rate);
    sheet_note(s, "measured: %.4g/s with %.0f replica%s, %s", x->found.feasible_max,
               x->replicas, x->replicas > 1 ? "s" : "",
               isnan(x->found.replicas) ? "which was assumed: the search was not told "
                                          "--replicas"
                                        : "as the search was told");
    if (x->found.verdict != CAPACITY_FOUND)
        sheet_note(s, "the search is not complete (%s): a replica may serve more",
                   capacity_verdicts[x->found.verdict]);
    if (!x->has_fit)
        sheet_note(s,
                   "the paper says nothing: it needs %d loads that hold, with TTFT "
                   "and TPOT",
                   FLEET_POINTS_LEAST);
    else
        sheet_note(
            s,
            "the paper (a discrete-event simulation of the replica below, its "
            "numbers fitted to %zu trials) is %.1f %% off in the median, %.1f %% "
            "at worst, %s; beyond the measured loads it is extrapolation",
            x->point_count, 100 * x->fit.typical, 100 * x->fit.worst, where);
    if (x->has_fit && !x->plan.is_trusted)
        sheet_note(s, "it had no say: %s%s",
                   x->not_on_paper != NULL ? "it does not know the objective "
                                           : "it is too far off",
                   x->not_on_paper != NULL ? x->not_on_paper : "");
    if (x->has_fit && !x->fit.is_full_seen)
        sheet_note(s,
                   "no trial filled the server, so where its slots end is not known");
    if (x->plan.is_trusted)
        sheet_note(s,
                   "no more than %d replicas are simulated: of a larger fleet as many, "
                   "each with its share",
                   FLEET_SAMPLE);
    sheet_note(
        s, x->has_profile
               ? "lengths are drawn from the profile, scaled to the measured means"
               : "lengths are the measured means: no trial's profile could be read");
    sheet_note(s,
               "on paper there are no failures, no shared prefixes in a cache and no "
               "preemption");
    if (x->list == NULL)
        return;
    struct buf words;
    buf_init(&words, 4096);
    prices_words(x->list, wall_ns, &words);
    sheet_note(s, "prices: %s", words.data);
    buf_release(&words);
}

void capacity_plan_sheet(const struct capacity_plan *x, int64_t wall_ns,
                         struct sheet *s)
{
    char title[128];
    (void)snprintf(title, sizeof title, "plan for %.6g/s of %.80s", x->ask.rate_per_s,
                   x->found.profile);
    sheet_title(s, title, x->list != NULL ? x->list->currency : "USD");
    put_finding(x, s);
    put_plan(x, s);
    put_latency(x, s);
    put_cost(x, s);
    put_fleets(x, s);
    put_fit(x, s);
    put_server(x, s);
    put_notes(x, wall_ns, s);
}
