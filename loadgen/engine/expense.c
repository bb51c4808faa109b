/* What a run has spent; see expense.h. */
#include "engine/expense.h"

#include "engine/charge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t expense_preflight(const struct plan *plan)
{
    int64_t sum = 0;
    for (uint32_t t = 0; t < plan_targets(plan); t++)
        for (uint16_t c = 0; c < plan->profile->class_count; c++)
            sum = money_add(sum, charge_price(plan, (uint16_t)t, c,
                                              &plan->targets[t].calibration[c]));
    return sum;
}

struct expense expense_of(const struct plan *plan, const struct fold *fold)
{
    struct expense x = {.preflight = expense_preflight(plan)};
    for (uint32_t arm = 0; fold != NULL && arm < plan->arms; arm++) {
        for (uint32_t c = 0; c < plan->profile->class_count; c++) {
            const struct totals *t = fold_totals(fold, arm, c);
            x.requests = money_add(x.requests, (int64_t)t->cost_pico);
            if (plan->pricing.list != NULL)
                x.doubt =
                    money_add(x.doubt, price_of_sums(&plan->pricing.prices[arm][c],
                                                     t->billed[BILL_DOUBT]));
        }
    }
    return x;
}

int64_t expense_spent(const struct expense *x)
{
    return money_add(x->preflight, x->requests);
}

/* --- limits ------------------------------------------------------------------------ */

bool expense_is_over(const struct expense_watch *w, const struct plan *plan,
                     struct purse *purse, char text[EXPENSE_TEXT])
{
    const struct pricing *p = &plan->pricing;
    char a[MONEY_TEXT], b[MONEY_TEXT], c[MONEY_TEXT];
    int64_t refused = atomic_load(&purse->refused);
    if (refused > 0) {
        (void)snprintf(
            text, EXPENSE_TEXT,
            "stopped: the next request could cost %s, and %s of the --budget "
            "of %s are spent or set aside for what is in flight",
            money_format(a, refused, p->list->currency),
            money_format(b, atomic_load(&purse->committed), p->list->currency),
            money_format(c, p->budget, p->list->currency));
        return true;
    }
    if (!w->guard.is_firing)
        return false;
    (void)snprintf(text, EXPENSE_TEXT,
                   "stopped: the last minute was spent at %s an hour, --budget-rate "
                   "allows %s",
                   money_format(a, w->rate.per_h, p->list->currency),
                   money_format(b, p->budget_per_h, p->list->currency));
    return true;
}

/* The words of an alert that fires or ends; "" else. */
static void watch_rate(struct expense_watch *w, const struct pricing *p,
                       char text[EXPENSE_TEXT])
{
    const struct alert_row *row = &alert_rows[ALERT_SPEND];
    char rate[MONEY_TEXT], limit[MONEY_TEXT];
    text[0] = '\0';
    if (!w->rate.is_known)
        return;
    if (p->budget_per_h > 0)
        (void)alert_note(&w->guard, w->rate.per_h, p->budget_per_h, SPENDING_BREACHES);
    enum alert_change change =
        alert_note(&w->alert, w->rate.per_h, row->limit, row->looks);
    (void)money_format(rate, w->rate.per_h, p->list->currency);
    (void)money_format(limit, row->limit, p->list->currency);
    if (change == ALERT_FIRES)
        (void)snprintf(text, EXPENSE_TEXT,
                       "%s %s: the last minute was spent at %s an hour, above %s",
                       row->name, row->priority, rate, limit);
    if (change == ALERT_ENDS)
        (void)snprintf(text, EXPENSE_TEXT,
                       "%s %s is over: the last minute was spent at %s an hour",
                       row->name, row->priority, rate);
}

/* --- the run directory ------------------------------------------------------------- */

static void put_money(struct jout *j, const char *key, int64_t amount)
{
    char text[MONEY_TEXT];
    (void)money_exact(text, amount);
    jout_raw(j, key, text, strlen(text));
}

static void put_limit(struct jout *j, const char *key, int64_t amount)
{
    if (amount > 0)
        put_money(j, key, amount);
    else
        jout_null(j, key);
}

static void put_line(const struct expense_watch *w, const struct plan *plan,
                     struct purse *purse, int64_t now_ns, struct buf *out)
{
    struct jout j;
    int64_t spent = expense_spent(&w->now);
    jout_init(&j, out, false);
    jout_object(&j, NULL);
    jout_str(&j, "kind", "spending");
    int64_t now_ms = now_ns / NS_PER_MS;
    jout_num(&j, "t", (double)now_ms / 1e3);
    put_money(&j, "spent", spent);
    put_money(&j, "at_most", money_add(spent, w->now.doubt));
    if (w->rate.is_known)
        put_money(&j, "per_h", w->rate.per_h);
    else
        jout_null(&j, "per_h");
    put_limit(&j, "committed",
              plan->pricing.budget > 0 ? atomic_load(&purse->committed) : 0);
    put_limit(&j, "budget", plan->pricing.budget);
    jout_end_object(&j);
    buf_putc(out, '\n');
}

int expense_look(struct expense_watch *w, const struct plan *plan, struct purse *purse,
                 int64_t now_ns, const struct fold *fold, struct rundir *dir,
                 char text[EXPENSE_TEXT], struct err *e)
{
    struct buf line;
    text[0] = '\0';
    if (plan->pricing.list == NULL)
        return 0;
    w->now = expense_of(plan, fold);
    spending_note(&w->rate, now_ns, w->now.requests);
    watch_rate(w, &plan->pricing, text);
    buf_init(&line, 4096);
    put_line(w, plan, purse, now_ns, &line);
    int rc = rundir_append(dir, RUNDIR_INTERVALS, line.data, line.len, e);
    buf_release(&line);
    return rc < 0 || text[0] == '\0' ? rc : rundir_event(dir, now_ns, "alert", text, e);
}

static void put_prices(struct jout *j, const struct plan *plan)
{
    jout_array(j, "prices");
    for (uint32_t arm = 0; arm < plan_targets(plan); arm++) {
        for (size_t c = 0; c < plan->profile->class_count; c++) {
            const struct price *p = &plan->pricing.prices[arm][c];
            jout_object(j, NULL);
            jout_str(j, "arm", plan->targets[arm].name);
            jout_str(j, "class", plan->profile->classes[c].name);
            jout_str(j, "model", plan->pricing.models[arm][c]->id);
            jout_i64(j, "prompt_pico", p->prompt);
            jout_i64(j, "cached_pico", p->cached);
            jout_i64(j, "output_pico", p->output);
            jout_end_object(j);
        }
    }
    jout_end_array(j);
}

void expense_manifest(struct jout *j, const struct plan *plan, const struct fold *fold)
{
    const struct pricing *p = &plan->pricing;
    char digest[24];
    if (p->list == NULL) {
        jout_null(j, "cost");
        return;
    }
    struct expense x = expense_of(plan, fold);
    (void)snprintf(digest, sizeof digest, "%016" PRIx64, p->list->digest);
    jout_object(j, "cost");
    jout_str(j, "currency", p->list->currency);
    jout_str(j, "list", p->list->name);
    jout_str(j, "date", p->list->date);
    jout_str(j, "source", p->list->source);
    jout_str(j, "digest", digest);
    jout_str(j, "tier", price_tier_names[p->terms.tier]);
    jout_bool(j, "regional", p->terms.is_regional);
    put_prices(j, plan);
    jout_num(j, "expected", p->expected);
    jout_num(j, "worst", p->worst);
    put_limit(j, "budget", p->budget);
    put_limit(j, "budget_per_h", p->budget_per_h);
    put_money(j, "preflight", x.preflight);
    put_money(j, "requests", x.requests);
    put_money(j, "spent", expense_spent(&x));
    put_money(j, "at_most", money_add(expense_spent(&x), x.doubt));
    jout_end_object(j);
}
