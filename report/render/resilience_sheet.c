/* "Client policy" as a sheet; see resilience_sheet.h. */
#include "render/resilience_sheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- requests and attempts --------------------------------------------------------- */

static void put_pair(struct sheet *out, const char *label, uint64_t requests,
                     uint64_t attempts, const struct totals *t)
{
    sheet_row(out, NULL, label);
    if (requests > 0) {
        sheet_put_count(out, 0, (double)requests);
        sheet_put_share(out, 1, (double)requests / (double)t->scheduled);
    }
    if (attempts > 0) {
        sheet_put_count(out, 2, (double)attempts);
        sheet_put_share(out, 3, (double)attempts / (double)t->attempts);
    }
}

static void put_attempts(const struct summary *s, struct sheet *out)
{
    const struct totals *t = &s->whole;
    sheet_table(out, "attempts", "Requests and attempts");
    (void)sheet_column(out, "requests");
    (void)sheet_column(out, "of scheduled");
    (void)sheet_column(out, "attempts");
    (void)sheet_column(out, "of attempts");
    for (size_t o = 0; o < OUTCOME_COUNT; o++)
        if (t->outcomes[o] > 0 || t->lost[o] > 0)
            put_pair(out, outcome_rows[o].name, t->outcomes[o],
                     resilience_attempts(s, o), t);
    if (t->hidden > 0)
        put_pair(out, "re-sent by the HTTP library", 0, t->hidden, t);
    put_pair(out, "all", t->scheduled, t->attempts, t);
    sheet_total(out);
}

/* --- what the policy did ------------------------------------------------------------ */

/* One row each; rows whose value is 0 or not defined are left out. */
struct deed {
    const char *key, *label;
    double (*value)(const struct summary *s);
    const char *unit; /* NULL: a count; "%": a share; "money" */
};

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

static double amplification(const struct summary *s)
{
    return ratio((double)s->whole.attempts, (double)s->whole.sent);
}

static double request_success(const struct summary *s)
{
    return ratio((double)s->whole.succeeded, (double)s->whole.scheduled);
}

static double attempt_success(const struct summary *s)
{
    return ratio((double)s->whole.succeeded, (double)s->whole.attempts);
}

static double mean_detect_s(const struct summary *s)
{
    return ratio(s->resilience.detect_s, (double)s->resilience.opens);
}

static double mean_open_s(const struct summary *s)
{
    return ratio(s->resilience.open_s, (double)s->resilience.closes);
}

/* --- what was charged, and answered nobody ---------------------------------------------- */

static double tokens_of(const struct summary *s, enum bill_part part)
{
    const uint64_t *t = s->whole.billed[part];
    return (double)(t[BILL_PROMPT] + t[BILL_CACHED] + t[BILL_OUTPUT]);
}

static double wasted_tokens(const struct summary *s)
{
    return tokens_of(s, BILL_EXTRA) + tokens_of(s, BILL_FAILED) +
           tokens_of(s, BILL_CENSORED);
}

static uint64_t wasted_pico(const struct summary *s)
{
    const uint64_t *priced = s->whole.priced;
    return priced[BILL_EXTRA] + priced[BILL_FAILED] + priced[BILL_CENSORED];
}

/* Runs of an older program know what they cost, but not by whom it served. */
static bool is_priced(const struct summary *s)
{
    uint64_t charged = s->whole.priced[BILL_SERVED] + wasted_pico(s);
    return charged == s->whole.cost_pico && charged + s->whole.priced[BILL_DOUBT] > 0;
}

static double wasted_money(const struct summary *s)
{
    return is_priced(s) ? (double)wasted_pico(s) / (double)MONEY_UNIT : (double)NAN;
}

static double doubt_tokens(const struct summary *s)
{
    return tokens_of(s, BILL_DOUBT);
}

static double doubt_money(const struct summary *s)
{
    return is_priced(s) ? (double)s->whole.priced[BILL_DOUBT] / (double)MONEY_UNIT
                        : (double)NAN;
}

/* Of the money, or where there are no prices of the tokens. */
static double wasted_share(const struct summary *s)
{
    if (is_priced(s))
        return ratio((double)wasted_pico(s), (double)s->whole.cost_pico);
    return ratio(wasted_tokens(s), wasted_tokens(s) + tokens_of(s, BILL_SERVED));
}

static void put_charge(const struct summary *s, struct sheet *out, enum bill_part part,
                       const char *label)
{
    const uint64_t *t = s->whole.billed[part];
    if (tokens_of(s, part) <= 0 && s->whole.priced[part] == 0)
        return;
    sheet_row(out, bill_part_names[part], label);
    sheet_put_count(out, 0, (double)(t[BILL_PROMPT] + t[BILL_CACHED]));
    sheet_put_count(out, 1, (double)t[BILL_OUTPUT]);
    if (is_priced(s))
        sheet_put_money(out, 2, (int64_t)s->whole.priced[part]);
}

/* Nothing where all that was charged answered somebody. */
static void put_waste(const struct summary *s, struct sheet *out)
{
    if (wasted_tokens(s) + tokens_of(s, BILL_DOUBT) <= 0)
        return;
    sheet_table(out, "charged", "What the attempts were charged, in tokens");
    (void)sheet_column(out, "prompt");
    (void)sheet_column(out, "output");
    if (is_priced(s))
        (void)sheet_column(out, "money");
    put_charge(s, out, BILL_SERVED, "answered");
    put_charge(s, out, BILL_EXTRA, "wasted: other attempts");
    put_charge(s, out, BILL_FAILED, "wasted: failed requests");
    put_charge(s, out, BILL_CENSORED, "wasted: cut off by the end");
    put_charge(s, out, BILL_DOUBT, "perhaps on top");
}

#define COUNT_OF(name, field)                                                          \
    static double name(const struct summary *s)                                        \
    {                                                                                  \
        return (double)s->field;                                                       \
    }

COUNT_OF(rescued, whole.rescued)
COUNT_OF(retries, whole.retries)
COUNT_OF(hedges, whole.hedges)
COUNT_OF(hedges_won, resilience.hedges_won)
COUNT_OF(hedges_denied, resilience.hedges_denied)
COUNT_OF(unsent, resilience.unsent)
COUNT_OF(hidden, whole.hidden)
COUNT_OF(opens, resilience.opens)
COUNT_OF(false_opens, resilience.false_opens)
COUNT_OF(flaps, resilience.flaps)
COUNT_OF(closes, resilience.closes)
COUNT_OF(refused, resilience.refused)
COUNT_OF(leaked, resilience.leaked)
COUNT_OF(failovers, resilience.failovers)
COUNT_OF(failbacks, resilience.failbacks)
COUNT_OF(refused_budget, resilience.refused_budget)

static const struct deed deeds[] = {
    {"request_success", "requests that succeeded, of all scheduled", request_success,
     "%"},
    {"attempt_success", "attempts that succeeded", attempt_success, "%"},
    {"amplification", "attempts per request sent", amplification, ""},
    {"rescued", "requests rescued by a retry or a hedge", rescued, NULL},
    {"retries", "retries", retries, NULL},
    {"hedges", "hedges", hedges, NULL},
    {"hedges_won", "of these faster than the attempt beside", hedges_won, NULL},
    {"hedges_denied", "hedges kept back: no room in budget, breaker, flight",
     hedges_denied, NULL},
    {"hidden", "attempts hidden in the HTTP library", hidden, NULL},
    {"unsent", "attempts that ended before they had a connection", unsent, NULL},
    {"opens", "breaker opened", opens, NULL},
    {"false_opens", "of these falsely: 90 % or more succeeded", false_opens, NULL},
    {"mean_detect_s", "from its first failure until it opened, mean", mean_detect_s,
     "s"},
    {"leaked", "attempts that failed before it opened, or were under way", leaked,
     NULL},
    {"refused", "attempts it refused", refused, NULL},
    {"closes", "breaker closed again", closes, NULL},
    {"mean_open_s", "from open until closed, mean", mean_open_s, "s"},
    {"flaps", "flaps: opened again from half-open or at once", flaps, NULL},
    {"refused_budget", "requests the budget refused", refused_budget, NULL},
    {"failovers", "failovers", failovers, NULL},
    {"failbacks", "failbacks", failbacks, NULL},
    {"wasted_tokens", "wasted tokens: charged, but not of an answer", wasted_tokens,
     NULL},
    {"wasted_money", "wasted money", wasted_money, "money"},
    {"wasted_share", "wasted, of all that was charged", wasted_share, "%"},
    {"doubt_tokens", "tokens perhaps charged on top", doubt_tokens, NULL},
    {"doubt_money", "money perhaps charged on top", doubt_money, "money"},
};

static void put_value(struct sheet *out, size_t column, const struct deed *d,
                      double value)
{
    if (!isfinite(value))
        return;
    if (d->unit == NULL)
        sheet_put_count(out, column, value);
    else if (d->unit[0] == '%')
        sheet_put_share(out, column, value);
    else if (strcmp(d->unit, "money") == 0)
        sheet_put_units(out, column, value);
    else
        sheet_put_number(out, column, value, d->unit);
}

static void put_deeds(const struct summary *s, struct sheet *out)
{
    sheet_table(out, "policy", "What the policy did");
    (void)sheet_column(out, "value");
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        double value = deeds[i].value(s);
        if (!isfinite(value) || (deeds[i].unit == NULL && value <= 0))
            continue;
        sheet_row(out, deeds[i].key, deeds[i].label);
        put_value(out, 0, &deeds[i], value);
    }
}

/* Why failed attempts were followed by another, or not. */
static const struct {
    const char *key, *label;
} decisions[] = {
    {"yes", "tried again"},
    {"not_retryable", "not a class that is tried again"},
    {"content", "content was delivered"},
    {"attempts", "no attempts left"},
    {"told_not", "the server asks for more patience than the policy has"},
    {"deadline", "the deadline would have passed"},
    {"budget", "the retry budget was used up"},
    {"breaker", "no breaker let it through"},
};

/* Nothing where no attempt failed. */
static void put_decisions(const struct summary *s, struct sheet *out)
{
    bool is_open = false;
    for (size_t i = 0; i < ARRAY_LEN(decisions); i++) {
        double n = json_number_value(
            json_object_get(s->resilience.decisions, decisions[i].key));
        if (n <= 0)
            continue;
        if (!is_open) {
            sheet_table(out, "decisions", "After a failed attempt");
            (void)sheet_column(out, "attempts");
        }
        is_open = true;
        sheet_row(out, decisions[i].key, decisions[i].label);
        sheet_put_count(out, 0, n);
    }
}

/* --- recovery ------------------------------------------------------------------------ */

static void put_span(struct sheet *out, const char *key, const char *label,
                     double from_s, double to_s, double good)
{
    char text[64];
    sheet_row(out, key, label);
    (void)snprintf(text, sizeof text, "%.4g to %.4g s", from_s, to_s);
    sheet_put_text(out, 0, text);
    if (isfinite(good))
        sheet_put_share(out, 1, good);
}

static void put_recovery(const struct summary *s, struct sheet *out)
{
    const struct recovery *r = &s->resilience.recovery;
    if (r->state == RECOVERY_NOT_ASKED)
        return;
    sheet_table(out, "recovery", "Recovery after the outage");
    (void)sheet_column(out, "time");
    (void)sheet_column(out, "good");
    (void)sheet_column(out, "attempts per request");
    put_span(out, "before", "before", s->window_start_s, r->start_s, r->before);
    sheet_put_number(out, 2, r->before_attempts, "");
    put_span(out, "during", "outage", r->start_s, r->end_s, r->during);
    put_span(out, "after", "at the end", r->after_from_s, s->elapsed_s, r->after);
    sheet_put_number(out, 2, r->after_attempts, "");
    sheet_row(out, "took_s", "good again after");
    if (isfinite(r->took_s))
        sheet_put_number(out, 0, r->took_s, "s");
    else
        sheet_put_text(out, 0, "not seen");
    sheet_row(out, "verdict", "verdict");
    sheet_put_text(out, 0, recovery_names[r->state]);
    sheet_total(out);
}

bool resilience_sheet(const struct summary *s, struct sheet *out)
{
    char title[160], sentence[512];
    const struct resilience *r = &s->resilience;
    *out = (struct sheet){0};
    if (!r->is_known && s->whole.hidden == 0 && !r->has_outage)
        return false;
    (void)snprintf(title, sizeof title, "Client policy: %.40s%s%.80s",
                   r->is_known ? r->policy : "none", r->title[0] ? ", " : "", r->title);
    sheet_title(out, title, s->currency ? s->currency : "");
    if (r->recovery.state != RECOVERY_NOT_ASKED)
        sheet_finding(out, "%s",
                      resilience_sentence(&r->recovery, sentence, sizeof sentence));
    put_attempts(s, out);
    put_deeds(s, out);
    if (r->is_known)
        put_decisions(s, out);
    put_waste(s, out);
    put_recovery(s, out);
    sheet_note(out,
               "Whole run, warm-up included. Latencies, SLOs and goodput are about "
               "requests, over all their attempts; a server's load is about "
               "attempts.");
    if (wasted_tokens(s) + tokens_of(s, BILL_DOUBT) > 0)
        sheet_note(out,
                   "An attempt that was cut off before the server told its usage "
                   "is charged what it delivered; what the server may have gone on "
                   "to make is \"perhaps on top\".");
    return true;
}

/* --- several runs ---------------------------------------------------------------------- */

#define QUANTILE_OF(function, of_metric, percentile)                                   \
    static double function(const struct summary *s)                                    \
    {                                                                                  \
        struct quantile q = latency_quantile(&s->latency[of_metric], percentile);      \
        return q.state == QUANTILE_VALUE ? (double)q.us / 1e3 : (double)NAN;           \
    }

QUANTILE_OF(ttft_p50_ms, METRIC_TTFT, 50)
QUANTILE_OF(ttft_p95_ms, METRIC_TTFT, 95)
QUANTILE_OF(ttft_p99_ms, METRIC_TTFT, 99)
QUANTILE_OF(e2e_p95_ms, METRIC_E2E, 95)

static double good_share(const struct summary *s)
{
    return summary_good_share(s);
}

static double before(const struct summary *s)
{
    return s->resilience.has_outage ? s->resilience.recovery.before : (double)NAN;
}

static double after(const struct summary *s)
{
    return s->resilience.has_outage ? s->resilience.recovery.after : (double)NAN;
}

static const struct deed users[] = {
    {"good_share", "good, of the measured window", good_share, "%"},
    {"ttft_p50_ms", "ttft p50", ttft_p50_ms, "ms"},
    {"ttft_p95_ms", "ttft p95", ttft_p95_ms, "ms"},
    {"ttft_p99_ms", "ttft p99", ttft_p99_ms, "ms"},
    {"e2e_p95_ms", "e2e p95", e2e_p95_ms, "ms"},
    {"before", "good before the outage", before, "%"},
    {"after", "good at the end", after, "%"},
};

/* A row of every run that has a value worth showing. */
static void put_across(const struct deed *d, const struct summary *const *runs,
                       size_t n, struct sheet *out)
{
    bool is_shown = false;
    for (size_t i = 0; i < n; i++) {
        double value = d->value(runs[i]);
        is_shown = is_shown || (isfinite(value) && (d->unit != NULL || value > 0));
    }
    if (!is_shown)
        return;
    sheet_row(out, d->key, d->label);
    for (size_t i = 0; i < n; i++)
        put_value(out, i, d, d->value(runs[i]));
}

static void begin_across(const struct summary *const *runs, size_t n, const char *key,
                         const char *heading, struct sheet *out)
{
    sheet_table(out, key, heading);
    for (size_t i = 0; i < n; i++)
        (void)sheet_column(
            out, runs[i]->resilience.is_known ? runs[i]->resilience.policy : "none");
}

void resilience_side_by_side(const struct summary *const *runs, size_t n,
                             struct sheet *out)
{
    assert(n >= 1 && n <= SHEET_COLUMNS_MAX);
    *out = (struct sheet){0};
    sheet_title(out, "Client policies side by side",
                runs[0]->currency ? runs[0]->currency : "");
    begin_across(runs, n, "users", "What users saw", out);
    for (size_t i = 0; i < ARRAY_LEN(users); i++)
        put_across(&users[i], runs, n, out);
    if (runs[0]->resilience.has_outage) {
        sheet_row(out, "verdict", "after the outage");
        for (size_t i = 0; i < n; i++)
            sheet_put_text(out, i, recovery_names[runs[i]->resilience.recovery.state]);
        sheet_total(out);
    }
    begin_across(runs, n, "policies", "What the policies did", out);
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
        put_across(&deeds[i], runs, n, out);
    sheet_note(
        out,
        "The same requests at the same due times (seed %s), one run after "
        "the other; a p95 is empty where 5 %% or more failed, or too few were measured.",
        runs[0]->seed);
}
