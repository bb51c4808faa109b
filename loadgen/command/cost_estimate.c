/*
 * gust cost estimate: what a workload would cost. Nothing is sent.
 *
 * The workload is walked once, as the schedule would draw it, and priced with each
 * model: what to expect, how far a load of that size strays from it, and the worst
 * case (nothing cached, every reply as long as it may be).
 */
#include "command/cost_estimate.h"

#include "command/commands.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WALK_REQUESTS ((uint64_t)200000)
#define WALK_NS (INT64_MAX / 8)
#define WALK_RATE 1000.0 /* any: lengths do not depend on it */
#define Z95 1.959964

#define FIELD(name) offsetof(struct estimate_settings, name)
/* clang-format off */
static const struct opt options[] = {
    {.name = "requests", .type = OPT_U64, .offset = FIELD(requests), .min = 1, .max = 1e15, .arg = "N", .group = "Load",
     .help = "so many requests"},
    {.name = "rate", .letter = 'r', .type = OPT_RATE, .offset = FIELD(rate_per_s), .min = 1e-6, .max = 1e9, .arg = "20/s", .group = "Load",
     .help = "arrivals per second (of conversations, where the profile has them), for --duration; also projected to a month"},
    {.name = "duration", .type = OPT_DURATION, .offset = FIELD(duration_ns), .fallback = "1h", .min = 1e9, .max = 3.2e16, .arg = "1h", .group = "Load",
     .help = "length of the load at --rate"},
    {.name = "model", .letter = 'm', .type = OPT_STRING, .offset = FIELD(model), .arg = "M[,M2...]", .group = "Load",
     .help = "models to price the load with, side by side"},
    {.name = "max-tokens", .type = OPT_U64, .offset = FIELD(max_tokens), .min = 1, .max = 10000000, .arg = "N", .group = "Load",
     .help = "limit of a reply in the worst case; default: the length that each request asks for"},
    {.name = "reasoning", .type = OPT_U64, .offset = FIELD(reasoning), .max = 10000000, .arg = "TOKENS", .group = "Load",
     .help = "mean reasoning tokens of a reply on top of the profile's, charged as output"},
    {.name = "cached", .type = OPT_SHARE, .offset = FIELD(cached), .arg = "30%", .group = "Load",
     .help = "share of the prompt tokens expected from the cache; default: what the profile's shared prefixes and histories allow"},
    {.name = "hours", .type = OPT_STRING, .offset = FIELD(hours), .arg = "W0,...,W23", .group = "Load",
     .help = "weights of the 24 hours of a day, --rate being the busiest; default: all alike"},
    {.name = "peak-to-mean", .type = OPT_DOUBLE, .offset = FIELD(peak_to_mean), .fallback = "1", .min = 1, .max = 2, .arg = "2", .group = "Load",
     .help = "instead of --hours: a day like a sine, whose busiest hour, at --rate, has so many times the mean"},
    {.name = "seed", .type = OPT_U64, .offset = FIELD(seed), .fallback = "1", .arg = "N", .group = "Load",
     .help = "of the lengths that are drawn"},

#define PRICE_FIELD(name) FIELD(cost.prices.name)
#include "command/price_rows.inc"
#undef PRICE_FIELD
#define COST_FIELD(name) FIELD(cost.name)
#include "command/cost_rows.inc"
#undef COST_FIELD
    {0},
};
/* clang-format on */

/* --- the load -------------------------------------------------------------------- */

static int read_hours(const char *text, double day[ESTIMATE_HOURS], struct err *e)
{
    double most = 0;
    const char *at = text;
    size_t n = 0;
    for (; n < ESTIMATE_HOURS; n++) {
        char *end = NULL;
        day[n] = strtod(at, &end);
        if (end == at || !(day[n] >= 0) || day[n] > 1e9)
            break;
        most = day[n] > most ? day[n] : most;
        at = end + (*end == ',' && n + 1 < ESTIMATE_HOURS);
    }
    if (n < ESTIMATE_HOURS || *at != '\0' || !(most > 0))
        return err_set(e, "--hours: \"%s\" is no list of 24 weights from 0 up", text);
    for (size_t h = 0; h < ESTIMATE_HOURS; h++)
        day[h] /= most;
    return 0;
}

/* A sine whose largest value is 1 and whose mean is 1 / peak_to_mean. */
static void sine_day(double peak_to_mean, double day[ESTIMATE_HOURS])
{
    double mean = 1 / peak_to_mean;
    for (size_t h = 0; h < ESTIMATE_HOURS; h++)
        day[h] = mean + (1 - mean) * cos(2 * M_PI * ((double)h - 14) / ESTIMATE_HOURS);
}

static int read_day(const struct estimate_settings *s, const struct opts *opts,
                    struct estimate *out, struct err *e)
{
    bool has_sine = opts_origin(opts, "peak-to-mean") != OPT_FROM_DEFAULT;
    if (s->hours != NULL && has_sine)
        return err_set(e, "--hours and --peak-to-mean exclude each other");
    if ((s->hours != NULL || has_sine) && !(s->rate_per_s > 0))
        return err_set(e, "%s is a day of --rate, which is not given",
                       s->hours != NULL ? "--hours" : "--peak-to-mean");
    sine_day(s->peak_to_mean, out->day);
    if (s->hours != NULL && read_hours(s->hours, out->day, e) < 0)
        return -1;
    for (size_t h = 0; h < ESTIMATE_HOURS; h++)
        out->day_mean += out->day[h] / ESTIMATE_HOURS;
    return 0;
}

static int check_load(const struct estimate_settings *s, const struct opts *opts,
                      struct err *e)
{
    bool has_duration = opts_origin(opts, "duration") != OPT_FROM_DEFAULT;
    if (s->requests > 0 && s->rate_per_s > 0)
        return err_set(e,
                       "--requests and --rate exclude each other: so many requests, or "
                       "a rate for a duration");
    if (s->requests == 0 && !(s->rate_per_s > 0))
        return err_set(e, "how much? give --requests N, or --rate R with --duration D");
    if (s->requests > 0 && has_duration)
        return err_set(e,
                       "--duration is the length of --rate, and --requests is given");
    return 0;
}

/* Lengths do not depend on when a request comes, so any open arrivals will do. */
static int walk(struct estimate *x, struct profile *p, struct err *e)
{
    const struct estimate_settings *s = x->settings;
    const struct phase phase = {
        .kind = PHASE_STEADY, .duration_ns = WALK_NS, .from = 1, .to = 1, .factor = 1};
    p->arrival.kind = ARRIVAL_CONSTANT;
    const struct schedule_spec spec = {.profile = p,
                                       .phases = &phase,
                                       .phase_count = 1,
                                       .seed = s->seed,
                                       .rate_per_s = WALK_RATE,
                                       .owners = 1};
    const struct demand_options o = {.duration_ns = WALK_NS,
                                     .requests_max = WALK_REQUESTS,
                                     .max_tokens = (uint32_t)s->max_tokens};
    if (demand_walk(&spec, &o, &x->demand, e) < 0)
        return -1;
    double walked = (double)x->demand.requests;
    if (s->requests > 0)
        x->requests = (double)s->requests;
    else
        x->requests = s->rate_per_s * (double)s->duration_ns / 1e9 * walked /
                      (double)x->demand.sessions;
    x->scale = x->requests / walked;
    return 0;
}

/* Prompt and cached prompt of a session become shares of their sum: a linear map of
 * its tokens, and of their products. */
static void share_cached(struct demand_class *d, double share)
{
    const double map[DEMAND_COLUMNS][DEMAND_COLUMNS] = {
        {1 - share, 1 - share, 0}, {share, share, 0}, {0, 0, 1}};
    struct demand_class old = *d;
    for (size_t i = 0; i < DEMAND_COLUMNS; i++) {
        d->tokens[i] = 0;
        for (size_t k = 0; k < DEMAND_COLUMNS; k++) {
            d->tokens[i] += map[i][k] * old.tokens[k];
            d->cross[i][k] = 0;
            for (size_t a = 0; a < DEMAND_COLUMNS; a++)
                for (size_t b = 0; b < DEMAND_COLUMNS; b++)
                    d->cross[i][k] += map[i][a] * old.cross[a][b] * map[k][b];
        }
    }
}

/* --cached changes what is expected; --reasoning is kept apart from what was drawn,
 * and makes the worst case longer, unless --max-tokens limits it. */
static void adjust(struct estimate *x)
{
    const struct estimate_settings *s = x->settings;
    for (size_t c = 0; c < x->demand.class_count; c++) {
        struct demand_class *d = &x->demand.classes[c];
        if (s->cached >= 0)
            share_cached(d, s->cached);
        if (s->max_tokens == 0)
            d->worst_output += (double)s->reasoning * (double)d->generating;
    }
}

/* --- the prices -------------------------------------------------------------------- */

static int price_classes(const struct estimate *x, struct offer *o,
                         struct demand_price prices[PROFILE_CLASSES_MAX], struct err *e)
{
    const struct price_terms terms = cost_terms(&x->settings->cost.prices);
    for (size_t c = 0; c < x->profile->class_count; c++) {
        const struct request_class *rc = &x->profile->classes[c];
        const char *model = rc->model != NULL ? rc->model : o->name;
        struct price price;
        if (price_list_find(x->list, model, &terms, x->demand.classes[c].generating > 0,
                            &price, rc->model == NULL ? &o->row : NULL, e) < 0)
            return err_in(e, "class %s", rc->name);
        prices[c] = demand_price_of(&price);
        if (rc->model == NULL || c == 0)
            o->price = price;
    }
    return 0;
}

static double part_of(const struct estimate *x, const struct demand_price *prices,
                      enum bill_column column)
{
    double sum = 0;
    for (size_t c = 0; c < x->demand.class_count; c++)
        sum += x->demand.classes[c].tokens[column] * prices[c].per_token[column];
    return sum * x->scale;
}

static double reasoning_of(const struct estimate *x, const struct demand_price *prices)
{
    double sum = 0;
    for (size_t c = 0; c < x->demand.class_count; c++)
        sum +=
            (double)x->demand.classes[c].generating * prices[c].per_token[BILL_OUTPUT];
    return sum * (double)x->settings->reasoning * x->scale;
}

/* Half of the interval. Of a number of sessions, or of a rate: then their number
 * varies, too (Poisson). LIMIT: --reasoning is taken as the same for each reply. */
static double spread_of(const struct estimate *x, const struct demand_price *prices,
                        const struct offer *o)
{
    double sessions = (double)x->demand.sessions * x->scale;
    double mean = o->expected / sessions;
    double drawn = (o->expected - o->parts[BILL_REASONING]) / sessions;
    double variance = demand_session_square(&x->demand, prices) - drawn * drawn;
    double each = fmax(variance, 0) + (x->settings->requests > 0 ? 0 : mean * mean);
    return Z95 * sqrt(sessions * each);
}

static int make_offer(const struct estimate *x, struct offer *o, struct err *e)
{
    struct demand_price prices[PROFILE_CLASSES_MAX] = {{{0}}};
    if (price_classes(x, o, prices, e) < 0)
        return -1;
    for (int c = BILL_PROMPT; c <= BILL_OUTPUT; c++)
        o->parts[c] = part_of(x, prices, (enum bill_column)c);
    o->parts[BILL_REASONING] = reasoning_of(x, prices);
    o->expected =
        demand_expected(&x->demand, prices) * x->scale + o->parts[BILL_REASONING];
    o->worst = demand_worst(&x->demand, prices) * x->scale;
    o->spread = spread_of(x, prices, o);
    return 0;
}

static int make_offers(struct estimate *x, struct err *e)
{
    const char *at = x->settings->model;
    if (at == NULL)
        return err_set(e,
                       "--model is missing: the models to price the load with, such as "
                       "mistral-small-latest,mistral-large-latest");
    while (true) {
        size_t length = strcspn(at, ",");
        if (x->offer_count == ESTIMATE_MODELS_MAX)
            return err_set(e, "--model: at most %d models", ESTIMATE_MODELS_MAX);
        struct offer *o = &x->offers[x->offer_count++];
        if (length == 0 || length >= sizeof o->name)
            return err_set(e, "--model: \"%s\" is no list of models",
                           x->settings->model);
        (void)snprintf(o->name, sizeof o->name, "%.*s", (int)length, at);
        if (make_offer(x, o, e) < 0)
            return -1;
        if (at[length] == '\0')
            return 0;
        at += length + 1;
    }
}

/* --- the verb ---------------------------------------------------------------------- */

static int make(struct estimate *x, struct profile *p, const struct invocation *in,
                struct err *e)
{
    const struct estimate_settings *s = x->settings;
    if (check_load(s, in->opts, e) < 0 || read_day(s, in->opts, x, e) < 0)
        return -1;
    x->list =
        prices_load(s->cost.prices.list ? s->cost.prices.list : PRICES_SHIPPED, e);
    if (x->list == NULL)
        return err_in(e, "--prices");
    if (walk(x, p, e) < 0)
        return -1;
    adjust(x);
    return make_offers(x, e);
}

static int run(const struct invocation *in)
{
    struct estimate_settings *s = in->settings;
    struct err e = {0};
    struct sheet sheet = {0};
    struct estimate *x = xcalloc(1, sizeof *x);
    struct profile *p = profile_load(in->args.items[0], &e);
    int code = EXIT_USAGE;
    if (opts_origin(in->opts, "cached") == OPT_FROM_DEFAULT)
        s->cached = -1;
    x->settings = s;
    x->profile = p;
    if (p != NULL && make(x, p, in, &e) == 0) {
        estimate_sheet(x, &sheet);
        code = cost_put(&s->cost, &sheet, "gust cost estimate", NULL, &e) < 0
                   ? EXIT_CANNOT_RUN
                   : EXIT_GO;
    }
    sheet_release(&sheet);
    price_list_free(x->list);
    profile_free(p);
    free(x);
    return e.is_set ? command_fail(&e, (enum exit_code)code) : code;
}

const struct command command_cost_estimate = {
    .name = "cost estimate",
    .summary = "say what a workload would cost; nothing is sent",
    .usage = "PROFILE (--requests N | --rate R --duration D) --model M[,M2] [options]",
    .description =
        "Draws the lengths of PROFILE as a run would and prices them: what to expect by "
        "prompt, cached prompt, output and reasoning, how far 95 % of such loads stray "
        "from it, and the worst case. With --rate also a month.\n\n"
        "Prices come from a list with a source and a date; a model without a price is an "
        "error, never free.",
    .examples =
        "gust cost estimate assistant --requests 1000 --model mistral-small-latest\n"
        "gust cost estimate rag --rate 5/s --peak-to-mean 2 --model "
        "mistral-small-latest,mistral-large-latest\n"
        "gust cost estimate assistant --requests 10000 --model mine --prices "
        "./prices.json",
    .options = options,
    .settings_size = sizeof(struct estimate_settings),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
