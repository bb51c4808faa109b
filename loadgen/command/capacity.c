/*
 * gust capacity: how much load a deployment takes within its objectives.
 *
 * The search decides (judge/search.h), a trial is a run (capacity_trial.h), the journal
 * remembers (judge/journal.h). Everything is in one directory:
 *
 *   capacity.json    the result, whole and valid after every trial
 *   capacity.jsonl   the journal: what was asked for, a line per finished trial
 *   trials/007       the run directory of a trial
 *
 * The journal is replayed through the search when it goes on: the same answers give the
 * same orders, so no trial is lost or repeated.
 */
#include "base/clock.h"
#include "base/terminal.h"
#include "base/units.h"
#include "command/capacity_money.h"
#include "command/capacity_plan.h"
#include "command/capacity_report.h"
#include "command/capacity_trial.h"
#include "command/commands.h"
#include "engine/expense.h"
#include "engine/preflight.h"
#include "engine/run.h"
#include "judge/journal.h"
#include "judge/scaling.h"
#include "measure/rundir.h"
#include "render/capacity_text.h"
#include "render/file.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIRMS 3
#define FACTOR 2.0
#define FACTOR_PAID 1.5 /* who pays per request looks more closely */
#define STEP 0.03
#define ALPHA 0.05
#define FACTS 15
#define TEXT_BYTES_MAX (64u << 20)

struct hunt {
    struct conductor conductor;
    struct search search;
    struct capacity found;
    struct journal *journal;
    char *dir;
    int64_t begin_ns;   /* of this process' part */
    double before_s;    /* what the trials before it took */
    int64_t budget;     /* pico; 0: none */
    enum exit_code cut; /* EXIT_GO: not cut */
};

/* --- what is asked for ----------------------------------------------------------------- */

static int check_settings(const struct capacity_settings *s, struct err *e)
{
    const struct run_settings *run = &s->run;
    if (run->rate_per_s > 0 && run->users > 0)
        return err_set(e,
                       "--rate and --users exclude each other: one axis is searched");
    if (s->resume != NULL && run->out_dir != NULL)
        return err_set(e, "--resume and --out exclude each other: a search goes on in "
                          "its own directory");
    if (s->overload > 0 && s->overload <= 1)
        return err_set(e, "--overload: %g is no overload: it must be above 1",
                       s->overload);
    if (s->max_load > 0 && s->max_load < 1 && run->users > 0)
        return err_set(e, "--max-load: %g is less than one user", s->max_load);
    if (run->out_dir != NULL && access(run->out_dir, F_OK) == 0)
        return err_set(e, "--out: %s exists already; results are never overwritten",
                       run->out_dir);
    return 0;
}

static int make_plan(struct hunt *h, const struct invocation *in, struct err *e)
{
    struct capacity_settings *s = in->settings;
    struct conductor *c = &h->conductor;
    double asked = s->run.rate_per_s;
    if (check_settings(s, e) < 0)
        return -1;
    *c = (struct conductor){.in = in, .settings = s};
    c->axis = s->run.users > 0 ? CAPACITY_USERS : CAPACITY_RATE;
    if (c->axis == CAPACITY_RATE && !(asked > 0))
        s->run.rate_per_s = 1; /* the plan wants one; trials have their own */
    int rc = run_plan_make(&c->plan, in, e);
    s->run.rate_per_s = asked;
    if (rc < 0 ||
        run_plan_target(&c->plan, 0, "target", "target", &s->run.target, e) < 0)
        return -1;
    enum arrival_kind kind = c->plan.profile->arrival.kind;
    c->open_kind = kind == ARRIVAL_CLOSED ? ARRIVAL_POISSON : kind;
    c->ask = (struct trial_ask){.slos = c->plan.slos,
                                .slo_count = c->plan.plan.slo_count,
                                .is_closed = c->axis == CAPACITY_USERS};
    h->budget = c->plan.plan.pricing.budget;
    if (c->ask.slo_count == 0)
        return err_set(e,
                       "the profile %s has no objective: give --slo 'ttft p95 <= 2s'",
                       c->plan.profile->name);
    host_read(&c->host);
    return run_plan_fit(&c->plan, in, &c->host, e);
}

static void make_rules(struct hunt *h)
{
    const struct conductor *c = &h->conductor;
    const struct capacity_settings *s = c->settings;
    bool is_users = c->axis == CAPACITY_USERS;
    bool is_paid = c->plan.plan.pricing.list != NULL;
    struct search_rules r = {
        .start = is_users ? (double)s->run.users : s->run.rate_per_s,
        .most = s->max_load > 0 ? s->max_load : 1e6,
        .factor = is_paid ? FACTOR_PAID : FACTOR,
        .width = s->width,
        .step = STEP,
        .alpha = ALPHA,
        .confirms = CONFIRMS,
        .repeats = (unsigned)s->repeats,
        .is_whole = is_users,
        .has_soak = s->soak_ns > 0,
        .has_overload = s->overload > 0,
        .seed = s->run.seed,
        .slo_count = c->ask.slo_count,
    };
    if (is_users)
        r.most = floor(r.most);
    for (size_t i = 0; i < r.slo_count; i++)
        r.targets[i] = attainment_target(&c->ask.slos[i]);
    search_init(&h->search, &r);
}

/* --- the journal -------------------------------------------------------------------------- */

static void fact(struct journal_fact *f, size_t *n, const char *name,
                 const char *format, ...) PRINTF_LIKE(4, 5);

static void fact(struct journal_fact *f, size_t *n, const char *name,
                 const char *format, ...)
{
    va_list args;
    assert(*n < FACTS);
    f[*n].name = name;
    va_start(args, format);
    (void)vsnprintf(f[*n].value, sizeof f[*n].value, format, args); /* cut alike */
    va_end(args);
    (*n)++;
}

/* All that an answer or an order depends on. */
static size_t list_facts(const struct hunt *h, struct journal_fact f[FACTS])
{
    const struct conductor *c = &h->conductor;
    const struct capacity_settings *s = c->settings;
    const struct search_rules *r = &h->search.rules;
    struct buf slos;
    size_t n = 0;
    buf_init(&slos, 4096);
    for (size_t i = 0; i < c->ask.slo_count; i++) {
        buf_puts(&slos, i > 0 ? ", " : "");
        slo_format(&c->ask.slos[i], &slos);
    }
    fact(f, &n, "profile", "%s", c->plan.profile->name);
    fact(f, &n, "profile_digest", "%016" PRIx64, c->plan.profile->digest);
    fact(f, &n, "target", "%s", s->run.target.url);
    fact(f, &n, "model", "%s", c->plan.plan.targets[0].model);
    fact(f, &n, "axis", "%s", capacity_axes[c->axis]);
    fact(f, &n, "slo", "%s", slos.data);
    fact(f, &n, "start", "%.12g",
         c->axis == CAPACITY_USERS ? (double)s->run.users : s->run.rate_per_s);
    fact(f, &n, "max_load", "%.12g", s->max_load);
    fact(f, &n, "width", "%.12g", r->width);
    fact(f, &n, "seed", "%" PRIu64, r->seed);
    fact(f, &n, "trial_ns", "%" PRId64, s->trial_ns);
    fact(f, &n, "warmup_ns", "%" PRId64, s->run.warmup_ns);
    fact(f, &n, "soak_ns", "%" PRId64, s->soak_ns);
    fact(f, &n, "overload", "%.12g", s->overload);
    fact(f, &n, "repeats", "%u", r->repeats);
    buf_release(&slos);
    return n;
}

/* Replays what was journaled. */
static int replay(struct hunt *h, struct err *e)
{
    for (size_t i = 0; i < h->found.point_count; i++) {
        const struct capacity_point *p = &h->found.points[i];
        struct search_answer a = {.state = p->state, .rate = p->rate};
        struct search_order o;
        bool is_next = search_next(&h->search, &o) && o.phase == p->phase &&
                       o.seed == p->seed && fabs(o.load - p->load) <= 1e-9 * o.load;
        if (!is_next)
            return err_set(e,
                           "--resume: %s/%s: trial %zu is none that this search asks "
                           "for",
                           h->dir, JOURNAL_FILE, i + 1);
        memcpy(a.counts, p->slos, sizeof a.counts);
        search_take(&h->search, &a);
        h->before_s += p->took_s > 0 ? p->took_s : 0;
    }
    return 0;
}

static int make_folder(struct hunt *h, struct err *e)
{
    const struct capacity_settings *s = h->conductor.settings;
    char name[128];
    struct buf trials;
    (void)snprintf(name, sizeof name, "capacity-%.100s",
                   h->conductor.plan.profile->name);
    h->dir = rundir_make(s->run.out_dir, name, clock_wall_ns(), e);
    if (h->dir == NULL)
        return -1;
    buf_init(&trials, 4096);
    buf_printf(&trials, "%s/trials", h->dir);
    int rc = mkdir(trials.data, 0777);
    if (rc != 0)
        (void)err_set_errno(e, errno, "cannot make directory %s", trials.data);
    buf_release(&trials);
    return rc == 0 ? 0 : -1;
}

static int open_journal(struct hunt *h, struct err *e)
{
    const struct capacity_settings *s = h->conductor.settings;
    struct journal_fact facts[FACTS];
    char now[UNITS_TEXT];
    size_t n = list_facts(h, facts);
    if (s->resume != NULL) {
        h->dir = xstrdup(s->resume);
        h->journal = journal_resume(h->dir, facts, n, &h->found, e);
        return h->journal == NULL ? err_in(e, "--resume") : replay(h, e);
    }
    if (make_folder(h, e) < 0)
        return -1;
    units_format_utc(now, clock_wall_ns());
    h->found.started = xstrdup(now);
    h->journal = journal_begin(h->dir, now, facts, n, e);
    return h->journal == NULL ? -1 : 0;
}

/* --- the result ------------------------------------------------------------------------------ */

/* Of the trials above what holds the one with the least load in that state. */
static const struct capacity_point *least_above(const struct capacity *f,
                                                enum capacity_state state)
{
    const struct capacity_point *at = NULL;
    for (size_t i = 0; i < f->point_count; i++) {
        const struct capacity_point *p = &f->points[i];
        bool is_above = !(p->load <= f->feasible_max) || f->point_count == 1;
        if (p->state == state && is_above && (at == NULL || p->load < at->load))
            at = p;
    }
    return at;
}

/* What is missed first: the worst objective of the least load that failed, or where
 * none did, of the least that was too close to say. */
static void name_binding(struct hunt *h)
{
    struct capacity *f = &h->found;
    const struct capacity_point *at = least_above(f, CAPACITY_FAIL);
    at = at != NULL ? at : least_above(f, CAPACITY_UNSURE);
    memset(f->is_binding, 0, sizeof f->is_binding);
    if (at != NULL)
        f->is_binding[trial_worst(&h->conductor.ask, at->slos)] = true;
}

static void take_result(struct hunt *h)
{
    struct capacity *f = &h->found;
    const struct search *s = &h->search;
    double unknown = (double)NAN, replicas = (double)h->conductor.settings->replicas;
    f->verdict = s->verdict;
    f->feasible_max = s->lo;
    f->confidence = s->is_confirmed ? 1 - s->rules.alpha : unknown;
    f->infeasible_min = unknown;
    (void)snprintf(f->end, sizeof f->end, "%s",
                   s->end != NULL ? s->end : "the search goes on");
    const struct capacity_point *failed = least_above(f, CAPACITY_FAIL);
    if (failed != NULL && failed->phase != CAPACITY_UNLOADED)
        f->infeasible_min = failed->load;
    f->replicas = replicas > 0 ? replicas : unknown;
    f->headroom = replicas > 0 ? f->feasible_max * (replicas - 1) / replicas : unknown;
    f->knee = scaling_knee(f->points, f->point_count, f->feasible_max);
    f->usl = scaling_usl(f->points, f->point_count);
    f->elapsed_s = h->before_s + (double)(clock_now_ns() - h->begin_ns) / 1e9;
    name_binding(h);
}

/* What the overload at the end showed. */
static int take_recovery(struct hunt *h, struct err *e)
{
    struct capacity *f = &h->found;
    const struct capacity_point *last =
        f->point_count > 0 ? &f->points[f->point_count - 1] : NULL;
    struct buf path;
    if (last == NULL || last->phase != CAPACITY_OVERLOAD ||
        last->state == CAPACITY_INVALID)
        return 0;
    buf_init(&path, 4096);
    buf_printf(&path, "%s/%s", h->dir, last->trial);
    int rc = trial_recovery(&h->conductor.ask, path.data, &f->recovery_s, e);
    buf_release(&path);
    return rc;
}

/* Of all runs in the directory, pico: what was cut was paid for, too. */
static int64_t spent_on_trials(const struct hunt *h)
{
    struct buf folder;
    buf_init(&folder, 4096);
    buf_printf(&folder, "%s/trials", h->dir);
    int64_t spent = money_spent(folder.data);
    buf_release(&folder);
    return spent;
}

static int write_result(struct hunt *h, struct err *e)
{
    const struct plan *plan = &h->conductor.plan.plan;
    struct buf text;
    take_result(h);
    if (take_recovery(h, e) < 0)
        return -1;
    if (plan->pricing.list != NULL)
        h->found.spent =
            (double)(spent_on_trials(h) + expense_preflight(plan)) / (double)MONEY_UNIT;
    buf_init(&text, TEXT_BYTES_MAX);
    capacity_write(&h->found, &text);
    int rc = file_write(h->dir, CAPACITY_FILE, &text, e);
    buf_release(&text);
    return rc;
}

/* --- the search ------------------------------------------------------------------------------- */

static void say(const struct hunt *h, const struct capacity_point *p)
{
    struct buf line;
    if (h->conductor.settings->run.is_quiet)
        return;
    buf_init(&line, 4096);
    capacity_line(p, h->found.point_count, h->conductor.axis, &line);
    fprintf(stderr, "%s\n", line.data);
    buf_release(&line);
}

/* May another trial begin? Else the search is over, and says why. */
static bool may_go_on(struct hunt *h, const struct trial_length *length)
{
    const struct capacity_settings *s = h->conductor.settings;
    double left = (double)s->max_time_ns / 1e9 - h->before_s -
                  (double)(clock_now_ns() - h->begin_ns) / 1e9;
    double least = (double)length->warmup_ns / 1e9 + (double)length->measured_ns / 3e9;
    if (h->found.point_count >= s->max_trials)
        search_stop(&h->search, "the trials of --max-trials are used up");
    else if (left < least)
        search_stop(&h->search, "the time of --max-time is used up");
    return h->search.stage != SEARCH_OVER;
}

/* What the next trial may spend; false: nothing is left. */
static bool set_budget(struct hunt *h)
{
    if (h->budget == 0)
        return true;
    h->conductor.budget_left = h->budget - spent_on_trials(h);
    return h->conductor.budget_left > 0;
}

static void cut(struct hunt *h, enum exit_code code, const char *why)
{
    search_stop(&h->search, why);
    h->cut = h->search.verdict == CAPACITY_INCOMPLETE ? code : EXIT_GO;
}

static int take_trial(struct hunt *h, struct capacity_point *p, struct err *e)
{
    struct search_answer a = {.state = p->state, .rate = p->rate};
    memcpy(a.counts, p->slos, sizeof a.counts);
    bool must_cool = p->state != CAPACITY_PASS && p->phase != CAPACITY_UNLOADED;
    if (must_cool)
        p->took_s += trial_cool_down(&h->conductor);
    if (!capacity_add(&h->found, p))
        return err_set(e, "more than %d trials", CAPACITY_POINTS_MAX);
    if (journal_append(h->journal, p, h->found.slo_count, e) < 0)
        return err_in(e, "%s", h->dir);
    search_take(&h->search, &a);
    say(h, p);
    return write_result(h, e);
}

/* One trial; -1: it could not run. */
static int step(struct hunt *h, const struct search_order *o, struct err *e)
{
    struct conductor *c = &h->conductor;
    struct capacity_point p;
    struct trial_length length =
        trial_length_of(c->settings, &c->ask, h->found.points, h->found.point_count, o);
    if (!may_go_on(h, &length))
        return 0;
    if (!set_budget(h)) {
        cut(h, EXIT_GUARD, "the budget is spent");
        return 0;
    }
    struct err why = {0};
    switch (trial_conduct(c, o, &length, h->found.point_count + 1, &p, &why)) {
    case TRIAL_DONE:
        return take_trial(h, &p, e);
    case TRIAL_INTERRUPTED:
        cut(h, EXIT_INTERRUPTED, "interrupted by a signal");
        h->cut = EXIT_INTERRUPTED;
        return 0;
    case TRIAL_BUDGET:
        cut(h, EXIT_GUARD, "the budget is spent");
        return 0;
    case TRIAL_BROKEN:
        return err_set(e, "%s", why.text);
    }
    bug("trial ending");
}

static int search(struct hunt *h, struct err *e)
{
    struct search_order o;
    h->begin_ns = clock_now_ns();
    while (search_next(&h->search, &o))
        if (step(h, &o, e) < 0)
            return -1;
    return write_result(h, e);
}

/* --- the end ------------------------------------------------------------------------------------ */

static enum exit_code code_of(const struct hunt *h)
{
    if (h->cut != EXIT_GO)
        return h->cut;
    switch (h->search.verdict) {
    case CAPACITY_FOUND:
    case CAPACITY_AT_LEAST:
        return EXIT_GO;
    case CAPACITY_NEVER:
        return EXIT_NO_GO;
    case CAPACITY_GENERATOR:
    case CAPACITY_INCOMPLETE:
    case CAPACITY_VERDICTS:
        return EXIT_INCONCLUSIVE;
    }
    bug("verdict");
}

static void put_result(const struct hunt *h)
{
    const struct capacity_settings *s = h->conductor.settings;
    struct buf text;
    buf_init(&text, TEXT_BYTES_MAX);
    if (s->run.format == RUN_JSON)
        capacity_write(&h->found, &text);
    else
        capacity_text(&h->found, terminal_text_columns(STDOUT_FILENO),
                      terminal_has_colour(STDOUT_FILENO), &text);
    fputs(text.data, stdout);
    buf_release(&text);
    fprintf(stderr, "search: %s\n", h->dir);
    if (h->search.verdict == CAPACITY_INCOMPLETE)
        fprintf(stderr, "gust: the same command with --resume %s goes on\n", h->dir);
}

static void name_found(struct hunt *h)
{
    const struct conductor *c = &h->conductor;
    struct capacity *f = &h->found;
    struct buf text;
    f->axis = c->axis;
    f->profile = xstrdup(c->plan.profile->name);
    f->target = xstrdup(c->settings->run.target.url);
    f->model = xstrdup(c->plan.plan.targets[0].model);
    buf_init(&text, 256);
    for (size_t i = 0; i < c->ask.slo_count; i++) {
        buf_reset(&text);
        slo_format(&c->ask.slos[i], &text);
        f->slos[f->slo_count++] = xstrdup(text.data);
    }
    buf_release(&text);
}

static int run_hunt(struct hunt *h)
{
    struct conductor *c = &h->conductor;
    struct err e = {0};
    enum exit_code code = EXIT_CANNOT_RUN;
    if (money_preflight(&c->plan, &c->settings->run, &code, &e) < 0)
        return command_fail(&e, code);
    c->calibration_ns = c->plan.plan.targets[0].calibration_ns;
    make_rules(h);
    name_found(h);
    if (open_journal(h, &e) < 0)
        return command_fail(&e, EXIT_USAGE);
    c->out_dir = h->dir;
    if (search(h, &e) < 0)
        return command_fail(&e, EXIT_CANNOT_RUN);
    put_result(h);
    const struct report_options options = {.has_plots = true};
    if (!c->settings->run.is_without_report &&
        capacity_report_write(&h->found, h->dir, &options, &e) < 0)
        return command_fail(&e, EXIT_CANNOT_RUN);
    return (int)code_of(h);
}

static int capacity(const struct invocation *in)
{
    const struct capacity_settings *s = in->settings;
    struct hunt h = {.cut = EXIT_GO};
    struct err e = {0};
    if (capacity_plan_option(in->opts) != NULL)
        return capacity_plan(in, &s->fleet, &s->run.prices, s->run.out_dir,
                             s->run.format == RUN_JSON);
    capacity_init(&h.found);
    int rc = make_plan(&h, in, &e) < 0 ? command_fail(&e, EXIT_USAGE) : -1;
    if (rc < 0) {
        run_init();
        rc = run_hunt(&h);
        preflight_release(&h.conductor.plan.plan);
        run_cleanup();
    }
    journal_close(h.journal);
    capacity_release(&h.found);
    free(h.dir);
    run_plan_release(&h.conductor.plan);
    return rc;
}

static const char description[] =
    "Searches the greatest load that the server at URL takes while every objective of "
    "PROFILE (or of --slo) is met: one user at a time first, then up by a factor until "
    "a trial fails, then between the two. What is found is confirmed by three trials "
    "with other seeds, together at 95 % confidence, or stepped down from.\n\n"
    "A trial is a run of its own, ended as soon as it is decided. Failures count as "
    "infinitely slow, requests refused for a quota too; a backlog that grows fails, "
    "however good latencies still are. A trial whose generator was the bottleneck "
    "counts as nothing: it is repeated, then the search ends (exit 4).\n\n"
    "With --users it searches concurrent users instead of arrivals per second.\n\n"
    "--plan sends nothing: from the curve in DIR it says how many replicas a rate needs, "
    "spare ones included, what users would see and what it costs. A discrete-event "
    "simulation, fitted to the trials, tells what routing and size do, and how far it is "
    "off from what was measured.\n\n"
    "Everything is in one directory: capacity.json, the journal capacity.jsonl, and "
    "the run directory of every trial. A search that was cut goes on with --resume.\n\n"
    "The exit code: 0 found, 1 the objectives are missed at any load, 4 the generator "
    "was the limit or the search is incomplete, 5 the budget is spent.";

const struct command command_capacity = {
    .name = "capacity",
    .summary = "how much load a server takes within its objectives",
    .usage = "PROFILE --target URL | --plan RATE DIR [options]",
    .description = description,
    .examples = "gust capacity assistant --target http://127.0.0.1:8000\n"
                "gust capacity rag --target URL --slo 'ttft p95 <= 1s' --slo "
                "'success >= 99%' --max-time 1h\n"
                "gust capacity assistant --target URL --users 1 --replicas 4\n"
                "gust capacity assistant --target URL --resume "
                "runs/20260131-145959-capacity-assistant\n"
                "gust capacity --plan 250/s runs/20260131-145959-capacity-assistant "
                "--gpu-hour 2.50 --gpus 8",
    .options = capacity_options,
    .settings_size = sizeof(struct capacity_settings),
    .args_min = 0,
    .args_max = 1,
    .run = capacity,
};
