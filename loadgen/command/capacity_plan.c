/*
 * gust capacity --plan RATE DIR: how many replicas a rate needs.
 *
 * The curve is DIR/capacity.json. Lengths are drawn from the profile that a trial's
 * manifest holds, as its schedule would, and scaled to the means that were measured.
 * From those the paper server is fitted (judge/fleet_fit.h), and asked about fleets
 * (judge/fleet_plan.h).
 */
#include "command/capacity_plan.h"

#include "base/clock.h"
#include "base/terminal.h"
#include "base/units.h"
#include "command/capacity_plan_sheet.h"
#include "command/house.h"
#include "command/prices.h"
#include "measure/runread.h"
#include "render/file.h"
#include "render/page.h"
#include "workload/schedule.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTHS 2000
#define WALK_NS (INT64_MAX / 8)
#define WALK_RATE 1000.0       /* any: lengths do not depend on it */
#define REQUESTS_TRUSTED 200.0 /* of a trial: fewer weigh less in the fit */
#define OUTPUT_BYTES (16u << 20)

/* --- the curve ---------------------------------------------------------------------------- */

static int read_curve(struct capacity_plan *x, const char *directory, struct err *e)
{
    struct buf path;
    buf_init(&path, 65536);
    buf_printf(&path, "%s/%s", directory, CAPACITY_FILE);
    int rc = capacity_read(path.data, &x->found, e);
    buf_release(&path);
    if (rc < 0)
        return -1;
    if (x->found.axis == CAPACITY_USERS)
        return err_set(e,
                       "--plan: %s was searched with users, and a plan needs arrivals "
                       "per second: search again without --users",
                       directory);
    if (!(x->found.feasible_max > 0))
        return err_set(e,
                       "--plan: no load is known to hold in %s: nothing can be planned "
                       "from it",
                       directory);
    x->replicas = x->found.replicas >= 1 ? x->found.replicas : 1;
    return 0;
}

static struct fleet_quantiles quantiles_of(const struct capacity_latency *l)
{
    return (struct fleet_quantiles){l->p50, l->p95, l->p99};
}

/* What came in the window, which of a short trial is not what was asked for. In a
 * failed one the queue may grow, and latency with the time of the trial. */
static struct fleet_point point_of(const struct capacity_point *p)
{
    bool is_alone = p->phase == CAPACITY_UNLOADED, is_pass = p->state == CAPACITY_PASS;
    bool is_timed = p->seconds > 0 && p->requests > 0;
    return (struct fleet_point){
        .rate_per_s = is_alone   ? 0
                      : is_timed ? (double)p->requests / p->seconds
                                 : p->load,
        .completed_per_s = p->rate,
        .is_steady = is_alone || p->state != CAPACITY_FAIL,
        .weight = (is_pass ? 1 : 0.5) *
                  fmin(fmax((double)p->requests, 1) / REQUESTS_TRUSTED, 1),
        .metric = {[FLEET_TTFT] = quantiles_of(&p->ttft_s),
                   [FLEET_TPOT] = quantiles_of(&p->tpot_s),
                   [FLEET_E2E] = quantiles_of(&p->e2e_s)}};
}

static bool is_usable(const struct capacity_point *p)
{
    return p->state != CAPACITY_INVALID && p->phase != CAPACITY_OVERLOAD;
}

/* Of many, as many as fit, evenly over the search. */
static void take_points(struct capacity_plan *x)
{
    const struct capacity *c = &x->found;
    size_t usable = 0, seen = 0;
    for (size_t i = 0; i < c->point_count; i++)
        usable += is_usable(&c->points[i]);
    for (size_t i = 0; i < c->point_count && usable > 0; i++) {
        if (!is_usable(&c->points[i]))
            continue;
        size_t most = usable < FLEET_POINTS_MAX ? usable : FLEET_POINTS_MAX;
        if (seen++ * most / usable < x->point_count)
            continue;
        x->measured[x->point_count] = &c->points[i];
        x->points[x->point_count++] = point_of(&c->points[i]);
    }
}

/* Objectives that the paper knows. */
static void take_goals(struct capacity_plan *x)
{
    static const int metrics[METRIC_COUNT] = {[METRIC_TTFT] = 1 + FLEET_TTFT,
                                              [METRIC_TPOT] = 1 + FLEET_TPOT,
                                              [METRIC_E2E] = 1 + FLEET_E2E};
    for (size_t i = 0; i < x->found.slo_count; i++) {
        struct slo slo;
        struct err ignored = {0}; /* what cannot be read is not on paper */
        if (slo_parse(x->found.slos[i], &slo, &ignored) < 0 ||
            (slo.kind == SLO_LATENCY && metrics[slo.metric] == 0)) {
            x->not_on_paper = x->found.slos[i];
            continue;
        }
        if (slo.kind == SLO_SUCCESS)
            continue;
        struct plan_goal *g = &x->goals[x->goal_count++];
        *g = (struct plan_goal){.is_goodput = slo.kind == SLO_GOODPUT,
                                .share = slo.share};
        if (g->is_goodput)
            continue;
        g->metric = (enum fleet_metric)(metrics[slo.metric] - 1);
        g->limit_s = (double)slo.limit_ns / 1e9;
        g->share = slo.percentile / 100;
    }
}

/* --- lengths ------------------------------------------------------------------------------ */

/* The profile of the first trial that can be read; NULL: none. */
static struct profile *profile_of(const struct capacity *c, const char *directory)
{
    struct profile *profile = NULL;
    for (size_t i = 0; i < c->point_count && profile == NULL; i++) {
        struct err ignored = {0}; /* means do as well, and the sheet says so */
        struct buf path;
        buf_init(&path, 65536);
        buf_printf(&path, "%s/%s", directory, c->points[i].trial);
        struct runread *run = runread_open(path.data, &ignored);
        buf_release(&path);
        if (run == NULL)
            continue;
        const json_t *own = json_object_get(run->manifest, "profile");
        char *text = json_dumps(json_object_get(own, "document"), JSON_COMPACT);
        if (text != NULL)
            profile = profile_parse(text, strlen(text), &ignored);
        free(text);
        runread_close(run);
    }
    return profile;
}

static size_t draw_lengths(struct profile *p, struct fleet_length *out)
{
    const struct phase phase = {
        .kind = PHASE_STEADY, .duration_ns = WALK_NS, .from = 1, .to = 1, .factor = 1};
    struct err ignored = {0};
    p->arrival.kind = ARRIVAL_CONSTANT;
    const struct schedule_spec spec = {.profile = p,
                                       .phases = &phase,
                                       .phase_count = 1,
                                       .seed = 1,
                                       .rate_per_s = WALK_RATE,
                                       .owners = 1};
    struct schedule *s = schedule_new(&spec, &ignored);
    struct arrival a;
    size_t n = 0;
    while (s != NULL && n < LENGTHS && schedule_next(s, &a, &ignored) == 1)
        out[n++] = (struct fleet_length){a.prompt_tokens + a.history_tokens,
                                         fmax(a.output_tokens, 1)};
    schedule_free(s);
    return n;
}

/* Means of the trials, by their requests; 0: nobody reported tokens. */
static struct fleet_length measured_means(const struct capacity *c)
{
    struct fleet_length sum = {0};
    double n = 0;
    for (size_t i = 0; i < c->point_count; i++) {
        const struct capacity_point *p = &c->points[i];
        if (!is_usable(p) || !(p->output_tokens_mean > 0) ||
            !(p->prompt_tokens_mean > 0))
            continue;
        n += (double)p->requests;
        sum.prompt += (double)p->requests * p->prompt_tokens_mean;
        sum.output += (double)p->requests * p->output_tokens_mean;
    }
    return n > 0 ? (struct fleet_length){sum.prompt / n, sum.output / n} : sum;
}

static void take_lengths(struct capacity_plan *x, const char *directory)
{
    struct profile *p = profile_of(&x->found, directory);
    struct fleet_length mean = measured_means(&x->found), drawn = {0};
    x->lengths = xcalloc(LENGTHS, sizeof *x->lengths);
    if (p != NULL)
        x->length_count = draw_lengths(p, x->lengths);
    profile_free(p);
    x->has_profile = x->length_count > 0;
    if (!x->has_profile)
        x->lengths[x->length_count++] =
            (struct fleet_length){fmax(mean.prompt, 1), fmax(mean.output, 1)};
    for (size_t i = 0; i < x->length_count; i++) {
        drawn.prompt += x->lengths[i].prompt / (double)x->length_count;
        drawn.output += x->lengths[i].output / (double)x->length_count;
    }
    for (size_t i = 0; i < x->length_count && mean.output > 0; i++) {
        x->lengths[i].prompt *= mean.prompt / fmax(drawn.prompt, 1);
        x->lengths[i].output =
            fmax(x->lengths[i].output * mean.output / drawn.output, 1);
    }
}

/* --- money --------------------------------------------------------------------------------- */

static int read_money(struct capacity_plan *x, const struct opts *opts,
                      const struct price_settings *prices, struct err *e)
{
    const struct plan_settings *s = x->settings;
    struct selfhost house = s->house;
    x->has_house = opts_origin(opts, "gpu-hour") != OPT_FROM_DEFAULT;
    x->api_request = (double)NAN;
    if (!x->has_house &&
        (s->overhead != NULL || opts_origin(opts, "gpus") != OPT_FROM_DEFAULT))
        return err_set(e, "--%s is about own hardware: give --gpu-hour, too",
                       s->overhead != NULL ? "overhead" : "gpus");
    if (house_overhead(s->overhead, &house, e) < 0)
        return -1;
    x->hour_replica =
        house.gpus * house.gpu_hour * (1 + house.overhead_share) + house.overhead_hour;
    if (s->against == NULL)
        return 0;
    x->list = prices_load(prices->list ? prices->list : PRICES_SHIPPED, e);
    struct price price;
    const struct price_terms terms = {.tier = (enum price_tier)prices->tier,
                                      .is_regional = prices->is_regional};
    if (x->list == NULL ||
        price_list_find(x->list, s->against, &terms, true, &price, NULL, e) < 0)
        return err_in(e, "--against");
    struct fleet_length mean = measured_means(&x->found);
    uint64_t tokens[BILL_COLUMNS] = {
        [BILL_PROMPT] = (uint64_t)(mean.prompt * 1000 + 0.5),
        [BILL_OUTPUT] = (uint64_t)(mean.output * 1000 + 0.5)};
    x->api_request = (double)price_of_sums(&price, tokens) / 1000 / (double)MONEY_UNIT;
    return 0;
}

/* --- the verb -------------------------------------------------------------------------------- */

const char *capacity_plan_option(const struct opts *opts)
{
    static const char *const names[] = {"plan", "spare",    "gpu-hour",
                                        "gpus", "overhead", "against"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (opts_origin(opts, names[i]) != OPT_FROM_DEFAULT)
            return names[i];
    return NULL;
}

static int make(struct capacity_plan *x, const struct invocation *in,
                const struct price_settings *prices, struct err *e)
{
    if (!(x->settings->rate_per_s > 0))
        return err_set(e, "--%s is about a plan: give --plan RATE, too",
                       capacity_plan_option(in->opts));
    if (in->args.count != 1)
        return err_set(e, "--plan: the directory of a search is wanted, as in "
                          "gust capacity --plan 250/s runs/DIR");
    const char *directory = in->args.items[0];
    if (read_curve(x, directory, e) < 0 || read_money(x, in->opts, prices, e) < 0)
        return -1;
    take_points(x);
    take_goals(x);
    take_lengths(x, directory);
    x->has_fit = fleet_fit(x->points, x->point_count, (uint64_t)x->replicas, x->lengths,
                           x->length_count, &x->fit);
    x->ask = (struct plan_ask){
        .rate_per_s = x->settings->rate_per_s,
        .per_replica = x->found.feasible_max / x->replicas,
        .spare = (double)x->settings->spare,
        .fit = x->has_fit && x->not_on_paper == NULL ? &x->fit : NULL,
        .lengths = x->lengths,
        .length_count = x->length_count,
        .goals = x->goals,
        .goal_count = x->goal_count,
        .seed = 1,
    };
    if (x->ask.rate_per_s / x->ask.per_replica > PLAN_REPLICAS_MAX)
        return err_set(e, "--plan: %g/s needs more than %.0f replicas",
                       x->ask.rate_per_s, PLAN_REPLICAS_MAX);
    plan_make(&x->ask, &x->plan);
    return 0;
}

static void put_page(const struct sheet *sheet, struct buf *out)
{
    static const struct page_link links[] = {{NULL, NULL}};
    static const char *const files[] = {"plan.json", "plan.md", NULL};
    page_begin(sheet->title, out);
    page_top("gust capacity --plan", sheet->title, links, out);
    page_banner("neutral", "Plan", sheet->finding, out);
    page_end_banner(out);
    sheet_html_tables(sheet, out);
    page_end("gust", files, out);
}

static int write_files(const struct sheet *sheet, const char *folder, struct buf *out,
                       struct err *e)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return err_set_errno(e, errno, "--out: cannot make %s", folder);
    buf_reset(out);
    sheet_json(sheet, out);
    if (file_write(folder, "plan.json", out, e) < 0)
        return -1;
    buf_reset(out);
    sheet_markdown(sheet, out);
    if (file_write(folder, "plan.md", out, e) < 0)
        return -1;
    buf_reset(out);
    put_page(sheet, out);
    return file_write(folder, "index.html", out, e);
}

static int put(const struct capacity_plan *x, const char *folder, bool is_json,
               struct err *e)
{
    struct sheet sheet = {0};
    struct buf out;
    int rc = 0;
    capacity_plan_sheet(x, clock_wall_ns(), &sheet);
    buf_init(&out, OUTPUT_BYTES);
    if (is_json)
        sheet_json(&sheet, &out);
    else
        sheet_text(&sheet, terminal_text_columns(STDOUT_FILENO),
                   terminal_has_colour(STDOUT_FILENO), &out);
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    if (folder != NULL)
        rc = write_files(&sheet, folder, &out, e);
    buf_release(&out);
    sheet_release(&sheet);
    return rc;
}

int capacity_plan(const struct invocation *in, const struct plan_settings *s,
                  const struct price_settings *prices, const char *out, bool is_json)
{
    struct capacity_plan *x = xcalloc(1, sizeof *x);
    struct err e = {0};
    enum exit_code code = EXIT_USAGE;
    x->settings = s;
    capacity_init(&x->found);
    if (make(x, in, prices, &e) == 0)
        code = put(x, out, is_json, &e) < 0 ? EXIT_CANNOT_RUN : EXIT_GO;
    capacity_release(&x->found);
    price_list_free(x->list);
    free(x->lengths);
    free(x);
    return e.is_set ? command_fail(&e, code) : (int)code;
}
