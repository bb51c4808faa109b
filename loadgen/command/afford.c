/* Can a run be afforded? See afford.h. */
#include "command/afford.h"

#include "base/clock.h"
#include "command/key.h"
#include "command/outlook.h"
#include "command/prices.h"
#include "engine/preflight.h"
#include "workload/lengths.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* --- limits ---------------------------------------------------------------------- */

int afford_limits(struct run_plan *p, const struct run_settings *s, struct err *e)
{
    struct pricing *out = &p->plan.pricing;
    out->terms = (struct price_terms){.tier = (enum price_tier)s->prices.tier,
                                      .is_regional = s->prices.is_regional};
    out->expected = out->worst = (double)NAN;
    if (s->budget != NULL && money_parse(s->budget, &out->budget, e) < 0)
        return err_in(e, "--budget");
    if (s->budget_rate != NULL &&
        money_rate_parse(s->budget_rate, &out->budget_per_h, e) < 0)
        return err_in(e, "--budget-rate");
    if ((s->budget != NULL && out->budget == 0) ||
        (s->budget_rate != NULL && out->budget_per_h == 0))
        return err_set(e, "%s: it must be above 0: nothing could be sent",
                       s->budget != NULL && out->budget == 0 ? "--budget"
                                                             : "--budget-rate");
    if (s->prices.list == NULL)
        return 0;
    p->prices = prices_load(s->prices.list, e);
    return p->prices == NULL ? err_in(e, "--prices") : 0;
}

/* --- prices ---------------------------------------------------------------------- */

static bool is_mistral(const struct target *t)
{
    return (t->base_url != NULL && key_is_mistral_api(t->base_url)) ||
           (t->dialect != NULL && strcmp(t->dialect->name, "mistral") == 0);
}

static bool any_mistral(const struct plan *plan)
{
    for (uint32_t arm = 0; arm < plan_targets(plan); arm++)
        if (is_mistral(&plan->targets[arm]))
            return true;
    return false;
}

/* By the canonical id where the server's list of models told it: an alias moves. */
static const char *model_of(const struct target *t, const struct request_class *c,
                            const struct price_list *list)
{
    if (c->model != NULL)
        return c->model;
    return price_list_has(list, t->resolved) ? t->resolved : t->model;
}

static int price_arms(struct plan *plan, const struct price_list *list, struct err *e)
{
    struct pricing *out = &plan->pricing;
    for (uint32_t arm = 0; arm < plan_targets(plan); arm++) {
        for (size_t c = 0; c < plan->profile->class_count; c++) {
            const struct request_class *rc = &plan->profile->classes[c];
            const char *model = model_of(&plan->targets[arm], rc, list);
            if (model[0] == '\0')
                return err_set(e, "the price is that of a model: give --model NAME");
            if (price_list_find(list, model, &out->terms, api_generates(rc->api),
                                &out->prices[arm][c], &out->models[arm][c], e) < 0)
                return -1;
        }
    }
    return 0;
}

static bool has_limit(const struct pricing *p)
{
    return p->budget > 0 || p->budget_per_h > 0;
}

static int load_prices(struct run_plan *p, struct err *e)
{
    const struct pricing *pricing = &p->plan.pricing;
    const char *model = p->plan.targets[0].model;
    if (p->prices == NULL && any_mistral(&p->plan))
        p->prices = prices_load(PRICES_SHIPPED, e);
    else if (p->prices == NULL && has_limit(pricing))
        return err_set(e, "%s needs prices: give --prices FILE with the price of %s%s",
                       pricing->budget > 0 ? "--budget" : "--budget-rate",
                       model[0] != '\0' ? "model " : "the model", model);
    return e->is_set ? -1 : 0;
}

static void put_limits(const struct pricing *p, const struct outlook *o,
                       const char *label, struct buf *out)
{
    const double unit = (double)MONEY_UNIT;
    if (p->budget > 0) {
        buf_puts(out, label);
        outlook_budget(o, (double)p->budget / unit, p->list->currency, out);
        buf_putc(out, '\n');
    }
    if (p->budget_per_h > 0) {
        buf_puts(out, label);
        outlook_rate(o, (double)p->budget_per_h / unit, p->list->currency, out);
        buf_putc(out, '\n');
    }
}

int afford_price(struct run_plan *p, const struct run_settings *s,
                 const struct afford_labels *labels, struct buf *notes, struct err *e)
{
    struct pricing *pricing = &p->plan.pricing;
    struct outlook o;
    struct err why = {0};
    if (load_prices(p, &why) == 0 && p->prices == NULL)
        return 0; /* nobody asked */
    if (why.is_set || price_arms(&p->plan, p->prices, &why) < 0) {
        if (s->prices.list != NULL || has_limit(pricing))
            return err_set(e, "%s", why.text);
        buf_printf(notes, "%snot counted: %s\n", labels->cost, why.text);
        return 0;
    }
    pricing->list = p->prices;
    if (outlook_of(&p->plan, &o, e) < 0)
        return -1;
    pricing->expected = o.expected;
    pricing->worst = o.worst;
    buf_puts(notes, labels->cost);
    outlook_cost(&o, pricing->list->currency, notes);
    buf_printf(notes, "\n%s", labels->prices);
    prices_words(pricing->list, clock_wall_ns(), notes);
    buf_putc(notes, '\n');
    put_limits(pricing, &o, labels->budget, notes);
    return 0;
}

/* --- the question ------------------------------------------------------------------ */

bool afford_is_local(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    const char *end = host + strcspn(host, "/?#\\");
    for (const char *at = host; at < end; at++)
        if (*at == '@')
            host = at + 1;
    size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#\\");
    static const char *const names[] = {"localhost", "[::1]"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (length == strlen(names[i]) && strncasecmp(host, names[i], length) == 0)
            return true;
    return strncmp(host, "127.", 4) == 0 &&
           strspn(host, "0123456789.") == length; /* no name such as 127.evil.org */
}

enum afford_question afford_question(double worst, double budget, bool is_local,
                                     bool is_paid, bool is_confirmed)
{
    if (is_local || !is_paid || is_confirmed)
        return AFFORD_GO;
    double most = isfinite(worst) ? worst : HUGE_VAL;
    if (budget > 0 && budget < most)
        most = budget;
    return most > AFFORD_FREE ? AFFORD_ASK : AFFORD_GO;
}

static bool is_answer_yes(const char *question)
{
    char line[16] = "";
    fputs(question, stderr);
    (void)fflush(stderr); /* the question itself shows whether it came through */
    if (fgets(line, sizeof line, stdin) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

/* The target that is not this machine, or NULL. */
static const struct target *remote_of(const struct plan *plan)
{
    if (plan->net.unix_socket != NULL)
        return NULL;
    for (uint32_t arm = 0; arm < plan_targets(plan); arm++)
        if (!afford_is_local(plan->targets[arm].base_url) || plan->net.proxy != NULL)
            return &plan->targets[arm];
    return NULL;
}

/* "up to $12.30", or that nobody knows. */
static void say_most(const struct pricing *p, char *text, size_t size)
{
    char money[MONEY_TEXT];
    double budget = (double)p->budget / (double)MONEY_UNIT;
    const char *currency = p->list ? p->list->currency : "USD";
    if (p->list != NULL && p->budget > 0 && !(p->worst <= budget))
        (void)snprintf(text, size, "may cost up to its --budget of %s",
                       money_format(money, p->budget, currency));
    else if (p->list != NULL && isfinite(p->worst))
        (void)snprintf(text, size, "may cost up to %s",
                       money_format_units(money, p->worst, currency));
    else
        (void)snprintf(text, size, "has no known limit of its cost");
}

static int ask(const struct plan *plan, const struct run_settings *s, struct err *e)
{
    const struct pricing *p = &plan->pricing;
    const struct target *remote = remote_of(plan);
    bool is_paid = p->list != NULL || any_mistral(plan);
    char most[128], question[256];
    if (afford_question(p->worst, (double)p->budget / (double)MONEY_UNIT,
                        remote == NULL, is_paid, s->is_confirmed) == AFFORD_GO)
        return 0;
    say_most(p, most, sizeof most);
    if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
        return err_set(e,
                       "nothing was sent: the run %s; confirm it with --yes, or limit "
                       "it with --budget",
                       most);
    (void)snprintf(question, sizeof question, "The run %s. Send it? [y/N] ", most);
    return is_answer_yes(question) ? 0 : err_set(e, "nothing was sent: not confirmed");
}

int afford_preflight(struct run_plan *p, const struct run_settings *s,
                     enum exit_code *code, struct err *e)
{
    static const struct afford_labels labels = {"cost: ", "budget: ", "prices: "};
    struct buf notes;
    buf_init(&notes, 1u << 16);
    run_plan_prompts_notes(p, "prompts: ", &notes);
    int rc = preflight_identify(&p->plan, &notes, code, e);
    if (rc == 0) {
        *code = EXIT_USAGE;
        rc = afford_price(p, s, &labels, &notes, e);
    }
    if (rc == 0 && !s->is_quiet)
        fputs(notes.data, stderr);
    if (rc == 0)
        rc = ask(&p->plan, s, e);
    buf_reset(&notes);
    if (rc == 0)
        rc = preflight_calibrate(&p->plan, &notes, code, e);
    if (rc == 0 && !s->is_quiet)
        fputs(notes.data, stderr);
    buf_release(&notes);
    return rc;
}
