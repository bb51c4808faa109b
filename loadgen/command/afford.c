/* Can a run be afforded? See afford.h. */
#include "command/afford.h"

#include "base/clock.h"
#include "command/key.h"
#include "command/prices.h"
#include "engine/preflight.h"
#include "workload/demand.h"
#include "workload/lengths.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define WALK_MAX UINT64_C(1000000)

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
    return key_is_mistral_api(t->base_url) ||
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
            if (price_list_find(list, model, &out->terms, api_generates(rc->api),
                                &out->prices[arm][c], &out->models[arm][c], e) < 0)
                return -1;
        }
    }
    return 0;
}

/* How much of the load an arm gets. */
static double share_of(const struct plan *plan, uint32_t arm)
{
    if (plan->split != SPLIT_SHARE)
        return 1;
    return arm == 0 ? 1 - plan->canary_share : plan->canary_share;
}

static void class_prices(const struct plan *plan, uint32_t target,
                         struct demand_price out[PROFILE_CLASSES_MAX])
{
    for (size_t c = 0; c < plan->profile->class_count; c++)
        out[c] = demand_price_of(&plan->pricing.prices[target][c]);
}

/* Every attempt that the policy allows, at the dearest endpoint. */
static double worst_of(const struct plan *plan, const struct demand *d, uint32_t arm)
{
    struct demand_price prices[PROFILE_CLASSES_MAX] = {{{0}}};
    class_prices(plan, arm, prices);
    double most = demand_worst(d, prices);
    for (uint32_t t = plan->arms; t < plan_targets(plan); t++) {
        class_prices(plan, t, prices);
        most = fmax(most, demand_worst(d, prices));
    }
    unsigned attempts = plan->policy != NULL ? plan->policy->retry.attempts : 1;
    return most * (attempts > 1 ? attempts : 1);
}

/* The load of an open loop is known before it is sent; of a closed loop it depends
 * on the server. What is longer than WALK_MAX requests is projected. */
static int estimate(struct plan *plan, struct err *e)
{
    struct pricing *out = &plan->pricing;
    struct demand d;
    const struct demand_options o = {.duration_ns = plan->duration_ns,
                                     .requests_max = WALK_MAX};
    if (plan->profile->arrival.kind == ARRIVAL_CLOSED)
        return 0;
    if (demand_walk(&plan->schedule, &o, &d, e) < 0)
        return -1;
    double scale = 1;
    if (!d.is_whole && plan->is_open_ended)
        return 0;
    if (!d.is_whole)
        scale = (double)plan->duration_ns / (double)(d.last_due_ns + 1);
    out->expected = out->worst = 0;
    for (uint32_t arm = 0; arm < plan->arms; arm++) {
        struct demand_price prices[PROFILE_CLASSES_MAX] = {{{0}}};
        class_prices(plan, arm, prices);
        out->expected += demand_expected(&d, prices) * scale * share_of(plan, arm);
        out->worst += worst_of(plan, &d, arm) * scale * share_of(plan, arm);
    }
    return 0;
}

static void say_estimate(const struct pricing *p, struct buf *notes)
{
    char expected[MONEY_TEXT], worst[MONEY_TEXT];
    if (isfinite(p->worst))
        buf_printf(notes, "cost: %s expected, at most %s",
                   money_format_units(expected, p->expected, p->list->currency),
                   money_format_units(worst, p->worst, p->list->currency));
    else
        buf_puts(notes, "cost: depends on how much the server answers");
    if (p->budget > 0)
        buf_printf(notes, ", --budget %s",
                   money_format(worst, p->budget, p->list->currency));
    buf_puts(notes, "; ");
    prices_words(p->list, clock_wall_ns(), notes);
    buf_putc(notes, '\n');
}

int afford_price(struct run_plan *p, const struct run_settings *s, struct buf *notes,
                 struct err *e)
{
    struct plan *plan = &p->plan;
    bool has_limit = plan->pricing.budget > 0 || plan->pricing.budget_per_h > 0;
    bool is_asked = s->prices.list != NULL || has_limit;
    struct err why = {0};
    if (p->prices == NULL && any_mistral(plan))
        p->prices = prices_load(PRICES_SHIPPED, &why);
    else if (p->prices == NULL && has_limit)
        return err_set(e,
                       "%s needs prices: give --prices FILE with the price of model %s",
                       plan->pricing.budget > 0 ? "--budget" : "--budget-rate",
                       plan->targets[0].model);
    else if (p->prices == NULL)
        return 0;
    if (p->prices == NULL || price_arms(plan, p->prices, &why) < 0) {
        if (is_asked)
            return err_set(e, "%s", why.text);
        buf_printf(notes, "cost: not counted: %s\n", why.text);
        return 0;
    }
    plan->pricing.list = p->prices;
    if (estimate(plan, e) < 0)
        return -1;
    say_estimate(&plan->pricing, notes);
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
    struct buf notes;
    buf_init(&notes, 1u << 16);
    run_plan_prompts_notes(p, "prompts: ", &notes);
    int rc = preflight_identify(&p->plan, &notes, code, e);
    if (rc == 0) {
        *code = EXIT_USAGE;
        rc = afford_price(p, s, &notes, e);
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
