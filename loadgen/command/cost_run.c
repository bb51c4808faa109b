/*
 * gust cost RUN...: what runs cost, side by side; own hardware; and, of two, whether
 * the cheaper one may be taken.
 *
 * The whole run is exact and counts failures, extra attempts and what was cancelled.
 * What 1,000 requests cost is of the measured window, with the interval that the
 * seconds of the run themselves give (long-run variance of its slices).
 */
#include "command/cost_run.h"

#include "base/clock.h"
#include "base/units.h"
#include "command/commands.h"
#include "command/compare.h"
#include "command/house.h"
#include "judge/hearing.h"
#include "judge/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OVERHEAD_MAX 100.0

#define FIELD(name) offsetof(struct cost_run_settings, name)
/* clang-format off */
static const struct opt options[] = {
    {.name = "model", .letter = 'm', .type = OPT_STRING, .offset = FIELD(model), .arg = "NAME", .group = "Prices",
     .help = "price all runs as this model, instead of the one they asked for"},
#define PRICE_FIELD(name) FIELD(cost.prices.name)
#include "command/price_rows.inc"
#undef PRICE_FIELD

    {.name = "gpu-hour", .type = OPT_DOUBLE, .offset = FIELD(gpu_hour), .max = 1e6, .arg = "2.50", .group = "Own hardware",
     .help = "price of a GPU for an hour, in the currency of the prices"},
    {.name = "gpus", .type = OPT_DOUBLE, .offset = FIELD(house.gpus), .fallback = "1", .min = 1, .max = 1e6, .arg = "8", .group = "Own hardware",
     .help = "GPUs of a replica"},
    {.name = "replicas", .type = OPT_DOUBLE, .offset = FIELD(house.replicas), .fallback = "1", .min = 1, .max = 1e6, .arg = "2", .group = "Own hardware",
     .help = "replicas that served the run"},
    {.name = "overhead", .type = OPT_STRING, .offset = FIELD(overhead), .arg = "15%|$3/h", .group = "Own hardware",
     .help = "node, storage, power, people: a share of the GPUs' price, or an amount an hour and replica"},
    {.name = "split", .type = OPT_DOUBLE, .offset = FIELD(house.split), .fallback = "4", .min = 0.01, .max = 1000, .arg = "4", .group = "Own hardware",
     .help = "an output token is taken to cost as much as so many prompt tokens"},
    {.name = "utilisation", .type = OPT_SHARE, .offset = FIELD(house.utilisation), .fallback = "100%", .min = 0.001, .max = 1, .arg = "40%", .group = "Own hardware",
     .help = "mean use in production of what the run showed to be served within the SLOs"},
    {.name = "spare", .type = OPT_DOUBLE, .offset = FIELD(house.spare), .fallback = "1", .max = 1e6, .arg = "1", .group = "Own hardware",
     .help = "replicas kept for a failure, in the break-even"},
    {.name = "against", .type = OPT_STRING, .offset = FIELD(against), .arg = "MODEL", .group = "Own hardware",
     .help = "break-even against this model of an API, by --prices"},

    {.name = "saving", .type = OPT_SHARE, .offset = FIELD(saving), .fallback = "0%", .max = 0.9999, .arg = "40%", .group = "Comparing",
     .help = "of two runs, the second must cost so much less a request"},
    {.name = "slo", .type = OPT_LIST, .offset = FIELD(slos), .arg = "'ttft p95 <= 2s'", .group = "Comparing",
     .help = "budget that the second must keep, besides its own SLOs; may be repeated"},
    {.name = "policy", .type = OPT_STRING, .offset = FIELD(policy), .arg = "FILE", .group = "Comparing",
     .help = "gates that the cheaper of two runs must pass; default: those of gust compare"},

#define COST_FIELD(name) FIELD(cost.name)
#include "command/cost_rows.inc"
#undef COST_FIELD
    {0},
};
/* clang-format on */

/* --- reading --------------------------------------------------------------------- */

static int read_house(struct cost_run_settings *s, const struct opts *opts,
                      struct err *e)
{
    static const char *const needing[] = {
        "gpus", "replicas", "overhead", "split", "utilisation", "spare", "against"};
    s->has_house = opts_origin(opts, "gpu-hour") != OPT_FROM_DEFAULT;
    for (size_t i = 0; i < ARRAY_LEN(needing); i++)
        if (!s->has_house && opts_origin(opts, needing[i]) != OPT_FROM_DEFAULT)
            return err_set(e, "--%s is about own hardware: give --gpu-hour, too",
                           needing[i]);
    if (s->gpu_hour < 0)
        return err_set(e, "--gpu-hour: %g is out of range: it is not below 0",
                       s->gpu_hour);
    s->house.gpu_hour = s->gpu_hour;
    return house_overhead(s->overhead, &s->house, e);
}

/* A list is loaded when one is named, or a model is. */
static int read_prices(struct cost_runs *x, struct err *e)
{
    const struct cost_run_settings *s = x->settings;
    bool is_wanted =
        s->cost.prices.list != NULL || s->model != NULL || s->against != NULL;
    if (!is_wanted)
        return 0;
    x->list =
        prices_load(s->cost.prices.list ? s->cost.prices.list : PRICES_SHIPPED, e);
    return x->list == NULL ? err_in(e, "--prices") : 0;
}

static int add_run(struct cost_runs *x, const char *path, const char *arm,
                   struct err *e)
{
    const struct cost_run_settings *s = x->settings;
    bool is_repriced = s->cost.prices.list != NULL || s->model != NULL;
    struct cost_pricing p = {.list = is_repriced ? x->list : NULL,
                             .terms = cost_terms(&s->cost.prices),
                             .model = s->model};
    if (x->count == COST_RUNS_MAX)
        return err_set(e, "at most %d runs (and arms of runs) are shown side by side",
                       COST_RUNS_MAX);
    struct run_cost *c = run_cost_read(path, arm, &p, !s->has_house, e);
    if (c == NULL)
        return -1;
    struct cost_column *out = &x->columns[x->count++];
    out->cost = c;
    if (x->count > 1 && c->is_priced && x->columns[0].cost->is_priced &&
        strcmp(c->currency, x->columns[0].cost->currency) != 0)
        return err_set(e, "%s is priced in %s, %s in %s: price both with one --prices",
                       x->columns[0].cost->summary->path, x->columns[0].cost->currency,
                       path, c->currency);
    bool has_arms = c->summary->arm_count > 1;
    (void)snprintf(out->name, sizeof out->name, "%.40s%s%.20s", c->summary->name,
                   has_arms ? " " : "", has_arms ? c->summary->arm : "");
    for (int per = 0; per < COST_PERS; per++) {
        struct ratio_slice *slices = run_cost_slices(c, (enum cost_per)per);
        ratio_interval(slices, c->second_count, 0.95, &out->per[per]);
        free(slices);
    }
    return 0;
}

/* All arms of a run, each a column. */
static int add_runs(struct cost_runs *x, const struct opt_list *args, struct err *e)
{
    for (size_t i = 0; i < args->count; i++) {
        if (add_run(x, args->items[i], NULL, e) < 0)
            return -1;
        const struct summary *s = x->columns[x->count - 1].cost->summary;
        const json_t *arms = json_object_get(s->run->manifest, "arms");
        for (size_t a = 1; a < s->arm_count; a++)
            if (add_run(x, args->items[i], json_string_value(json_array_get(arms, a)),
                        e) < 0)
                return -1;
    }
    return 0;
}

/* --- own hardware ------------------------------------------------------------------ */

static struct selfhost_load load_of(const struct run_cost *c)
{
    const struct summary *s = c->summary;
    double window = s->window_s > 0 ? s->window_s : (double)NAN;
    return (struct selfhost_load){
        .requests = (double)s->window.succeeded / window,
        .good = (double)s->window.good / window,
        .prompt_tokens = (double)s->window.prompt_tokens / window,
        .output_tokens = (double)s->window.output_tokens / window,
    };
}

/* What the API would charge for the run's load, per request that was scheduled. */
static int price_against(struct cost_runs *x, struct cost_column *out, struct err *e)
{
    const struct cost_run_settings *s = x->settings;
    const struct cost_pricing p = {
        .list = x->list, .terms = cost_terms(&s->cost.prices), .model = s->against};
    if (s->against == NULL)
        return 0;
    struct run_cost *api =
        run_cost_read(out->cost->summary->path, out->cost->summary->arm, &p, true, e);
    if (api == NULL)
        return err_in(e, "--against");
    out->api_request = api->window_cost / (double)api->summary->window.scheduled;
    run_cost_free(api);
    return 0;
}

static int house_runs(struct cost_runs *x, struct err *e)
{
    for (size_t i = 0; i < x->count; i++) {
        struct cost_column *c = &x->columns[i];
        struct selfhost_load load = load_of(c->cost);
        selfhost_cost(&x->settings->house, &load, &c->house);
        c->api_request = (double)NAN;
        if (price_against(x, c, e) < 0)
            return -1;
        c->break_even =
            selfhost_break_even(&x->settings->house, &c->house, c->api_request);
    }
    return 0;
}

/* --- two runs ---------------------------------------------------------------------- */

static const char *currency_of(const struct cost_runs *x)
{
    for (size_t i = 0; i < x->count; i++)
        if (x->columns[i].cost->is_priced)
            return x->columns[i].cost->currency;
    return x->list != NULL ? x->list->currency : "USD";
}

/* The judge on the two columns: the first is the baseline. */
static struct verdict *judge_two(struct cost_runs *x, const struct policy *policy,
                                 struct err *e)
{
    struct testimony sides[SIDES] = {{0}};
    struct verdict_options how = {.mode = PAIRING_STORED, .planned_ratio = 1};
    struct verdict *v = NULL;
    for (size_t i = 0; i < SIDES; i++) {
        const struct summary *s = x->columns[i].cost->summary;
        struct hearing *h = hearing_open(s->path, s->arm, policy_metrics(policy), e);
        if (h == NULL)
            goto out;
        for (size_t arm = 0; arm < hearing_arms(h); arm++)
            if (hearing_witness(h, arm) != NULL) /* the one that was asked for */
                testimony_add(&sides[i], hearing_take(h, arm));
        hearing_close(h);
        assert(sides[i].count == 1 && sides[i].runs != NULL);
    }
    if (testimony_distinct(&sides[0], &sides[1], e) < 0)
        goto out;
    if (x->columns[0].cost->summary->arm_count > 1)
        how.mode = split_mode(sides[0].runs[0]->facts.split, &how.planned_ratio);
    v = verdict_of(&sides[SIDE_BASELINE], &sides[SIDE_CANARY], policy, &how);
out:
    testimony_release(&sides[0]);
    testimony_release(&sides[1]);
    return v;
}

/* The gates, and the SLOs of --slo with those that the policy adds. */
static struct policy *gates_of(const struct cost_run_settings *s, struct err *e)
{
    struct policy *policy = s->policy ? policy_load(s->policy, e) : policy_default();
    if (policy == NULL) {
        (void)err_in(e, "--policy");
        return NULL;
    }
    for (size_t i = 0; i < s->slos.count && !e->is_set; i++) {
        if (policy->slo_count == POLICY_SLOS_MAX)
            (void)err_set(e, "--slo: at most %d", POLICY_SLOS_MAX);
        else if (slo_parse(s->slos.items[i], &policy->slos[policy->slo_count++], e) < 0)
            (void)err_in(e, "--slo");
    }
    if (!e->is_set)
        return policy;
    policy_free(policy);
    return NULL;
}

static int compare_two(struct cost_runs *x, struct err *e)
{
    const struct cost_run_settings *s = x->settings;
    const char *option = s->policy != NULL   ? "policy"
                         : s->slos.count > 0 ? "slo"
                         : s->saving > 0     ? "saving"
                                             : NULL;
    if (x->count != 2)
        return option == NULL ? 0 : err_set(e, "--%s is for two runs", option);
    struct policy *policy = gates_of(s, e);
    if (policy == NULL)
        return -1;
    x->verdict = judge_two(x, policy, e);
    if (x->verdict != NULL) {
        const struct run_cost *a = x->columns[0].cost, *b = x->columns[1].cost;
        const struct ratio_gate gate = {
            .scale = RATIO_LOG,
            .is_aligned = x->verdict->mode == PAIRING_MIRROR &&
                          a->second_count == b->second_count,
            .margin = 0.05,
            .kappa = 1,
        };
        struct ratio_slice *of_a = run_cost_slices(a, COST_SCHEDULED);
        struct ratio_slice *of_b = run_cost_slices(b, COST_SCHEDULED);
        ratio_compare(of_a, a->second_count, of_b, b->second_count, &gate, &x->change);
        free(of_a);
        free(of_b);
        tradeoff_judge(x->verdict, &x->change, s->saving, &x->tradeoff);
    }
    policy_free(policy); /* the verdict has copies of its gates */
    return x->verdict == NULL ? -1 : 0;
}

/* --- the verb ---------------------------------------------------------------------- */

static int make(struct cost_runs *x, struct cost_run_settings *s,
                const struct invocation *in, struct err *e)
{
    if (read_house(s, in->opts, e) < 0 || read_prices(x, e) < 0 ||
        add_runs(x, &in->args, e) < 0)
        return -1;
    x->currency = currency_of(x);
    if (s->has_house && house_runs(x, e) < 0)
        return -1;
    return compare_two(x, e);
}

static int run(const struct invocation *in)
{
    struct cost_run_settings *s = in->settings;
    struct err e = {0};
    struct sheet sheet = {0};
    struct plots plots = {0};
    struct cost_runs *x = xcalloc(1, sizeof *x);
    int code = EXIT_USAGE;
    x->settings = s;
    if (make(x, s, in, &e) == 0) {
        cost_run_sheet(x, clock_wall_ns(), &sheet);
        cost_run_plots(x, &plots);
        code = cost_put(&s->cost, &sheet, "gust cost", plots.count > 0 ? &plots : NULL,
                        &e) < 0
                   ? EXIT_CANNOT_RUN
                   : EXIT_GO;
    }
    plots_release(&plots);
    sheet_release(&sheet);
    verdict_free(x->verdict);
    for (size_t i = 0; i < x->count; i++)
        run_cost_free(x->columns[i].cost);
    price_list_free(x->list);
    free(x);
    return e.is_set ? command_fail(&e, (enum exit_code)code) : code;
}

const struct command command_cost = {
    .name = "cost",
    .summary = "say what runs cost, on an API or on own hardware",
    .usage = "RUN... [options]",
    .description =
        "What each RUN cost: all of it, exact, with what failed, was tried again or was "
        "cancelled; and what 1,000 requests cost, scheduled, successful and good (within "
        "every SLO), with 95 % intervals. Runs stand side by side. Two runs, or the arms "
        "of a canary, are also compared: is the second cheaper, by --saving at least, and "
        "within the budgets of its SLOs and --slo? Both are answered yes or no only where "
        "it is shown at 95 %, with the intervals beside; and what does the judge of gust "
        "compare say to it?\n\n"
        "A run is priced by the list that it was run with; --prices and --model price any "
        "run anew. --gpu-hour adds own hardware: per million tokens, per 1,000 requests "
        "within the SLOs, what idleness costs, and the rate from which on an API is "
        "dearer.",
    .examples =
        "gust cost runs/2026-11-21-assistant\n"
        "gust cost runs/large runs/small --saving 40% --slo 'ttft p95 <= 500ms'\n"
        "gust cost runs/vllm --gpu-hour 2.50 --gpus 8 --replicas 2 --against "
        "mistral-small-latest --out cost",
    .options = options,
    .settings_size = sizeof(struct cost_run_settings),
    .args_min = 1,
    .args_max = COST_RUNS_MAX,
    .run = run,
};
