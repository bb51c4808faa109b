/* One trial; see capacity_trial.h. */
#include "command/capacity_trial.h"

#include "base/clock.h"
#include "engine/preflight.h"
#include "engine/run.h"
#include "measure/runread.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 1024
#define ALPHA_LOOK 0.01 /* of a live look: there are many */
#define ALPHA 0.05
#define UNLOADED_REQUESTS 20
#define FAIL_LEAST_S 3
#define OVERLOAD_REST 0.8 /* of what was found, after the overload */
#define COOL_TRIES 60

/* --- how long -------------------------------------------------------------------------- */

static double clamp(double x, double least, double most)
{
    return fmin(fmax(x, least), most);
}

/* Of the trials that held, the last; NULL: none yet. */
static const struct capacity_point *last_good(const struct capacity_point *points,
                                              size_t n)
{
    for (size_t i = n; i > 0; i--)
        if (points[i - 1].state == CAPACITY_PASS ||
            points[i - 1].phase == CAPACITY_UNLOADED)
            return &points[i - 1];
    return NULL;
}

/* Requests that the objectives need for a pass, with half as many again to miss. */
static double requests_needed(const struct trial_ask *ask)
{
    double needed = 0;
    for (size_t i = 0; i < ask->slo_count; i++)
        needed =
            fmax(needed, attainment_needed(attainment_target(&ask->slos[i]), ALPHA));
    return 1.5 * needed;
}

/* Of a wait from the due time, s; 0: none is bounded. A load that is a little too much
 * lets waits grow by a few percent of the trial: it must show within it. */
static double greatest_limit_s(const struct trial_ask *ask)
{
    double most = 0;
    for (size_t i = 0; i < ask->slo_count; i++) {
        const struct slo *slo = &ask->slos[i];
        bool is_wait = slo->kind == SLO_LATENCY &&
                       (slo->metric == METRIC_TTFT || slo->metric == METRIC_E2E);
        most = is_wait ? fmax(most, (double)slo->limit_ns / 1e9) : most;
    }
    return most;
}

/* Finite and above 0, else fallback. */
static double known(double x, double fallback)
{
    return isfinite(x) && x > 0 ? x : fallback;
}

/* How long a request takes: the median, or where there were too few for one the mean by
 * Little's law. */
static double typical_s(const struct capacity_point *p)
{
    double mean = p->in_flight_mean / p->rate;
    return known(p->e2e_s.p50, known(mean, 0.5));
}

/* A search has some twenty trials, which should fit into its time. */
static double longest_s(const struct capacity_settings *s)
{
    return clamp((double)s->max_time_ns / 1e9 / 20, 30, 300);
}

static double measured_s(const struct capacity_settings *s, const struct trial_ask *ask,
                         const struct capacity_point *good,
                         const struct search_order *order)
{
    bool is_closed = ask->is_closed && order->phase != CAPACITY_UNLOADED;
    double median = good != NULL ? typical_s(good) : 0.5;
    double rate = is_closed ? order->load / median : order->load;
    double own = clamp(fmax(60 * median, 20 * greatest_limit_s(ask)), 30, longest_s(s));
    double wanted = fmax(own, clamp(requests_needed(ask) / rate, 0, 600));
    if (s->trial_ns > 0)
        wanted = (double)s->trial_ns / 1e9;
    return order->phase == CAPACITY_SOAK ? fmax((double)s->soak_ns / 1e9, 1) : wanted;
}

struct trial_length trial_length_of(const struct capacity_settings *s,
                                    const struct trial_ask *ask,
                                    const struct capacity_point *points, size_t n,
                                    const struct search_order *order)
{
    const struct capacity_point *good = last_good(points, n);
    double measured = ceil(measured_s(s, ask, good, order));
    double tail = good != NULL ? known(good->e2e_s.p95, 1.5 * typical_s(good)) : 1;
    double warmup = clamp(ceil(2 * tail), 2, fmax(2, floor(measured / 2)));
    if (s->run.warmup_ns > 0)
        warmup = ceil((double)s->run.warmup_ns / 1e9);
    if (order->phase == CAPACITY_OVERLOAD)
        warmup = fmax(2, floor(measured / 2)); /* the overload itself */
    return (struct trial_length){(int64_t)warmup * NS_PER_S,
                                 (int64_t)measured * NS_PER_S};
}

/* --- the plan of a trial ----------------------------------------------------------------- */

/* One unmeasured phase and one that counts; an overload stands in place of a warm-up. */
static void set_phases(struct run_plan *p, const struct search_order *order,
                       const struct trial_length *length, double overload)
{
    bool is_over = order->phase == CAPACITY_OVERLOAD;
    p->phases[0] = (struct phase){.kind = is_over ? PHASE_SPIKE : PHASE_WARMUP,
                                  .duration_ns = length->warmup_ns,
                                  .from = 1,
                                  .to = 1,
                                  .factor = is_over ? overload / OVERLOAD_REST : 1};
    p->phases[1] = (struct phase){.kind = PHASE_STEADY,
                                  .duration_ns = length->measured_ns,
                                  .from = 1,
                                  .to = 1,
                                  .factor = 1,
                                  .is_measured = true};
    p->plan.schedule.phases = p->phases;
    p->plan.schedule.phase_count = 2;
    p->plan.duration_ns = length->warmup_ns + length->measured_ns;
}

static int set_plan(struct conductor *c, const struct search_order *order,
                    const struct trial_length *length, size_t number, struct err *e)
{
    struct plan *plan = &c->plan.plan;
    bool is_alone = order->phase == CAPACITY_UNLOADED;
    bool is_closed = is_alone || c->axis == CAPACITY_USERS;
    bool is_over = order->phase == CAPACITY_OVERLOAD;
    double load = order->load * (is_over ? OVERLOAD_REST : 1);
    c->plan.profile->arrival.kind = is_closed ? ARRIVAL_CLOSED : c->open_kind;
    plan->schedule.rate_per_s = is_closed ? 0 : load;
    plan->schedule.users = !is_closed ? 0
                           : is_alone ? 1
                                      : (uint32_t)llround(fmax(load, 1));
    plan->schedule.seed = order->seed;
    /* the same lengths in all trials of a seed, but no text twice: a server's prefix
     * cache must not know it from the trial before */
    plan->targets[0].prompt.seed = order->seed;
    plan->targets[0].prompt.salt = rng_hash(order->seed, RNG_ARM, number + 1);
    plan->pricing.budget = c->budget_left;
    uint64_t unique = (uint64_t)clock_wall_ns() ^ number << 40;
    (void)snprintf(plan->run_id, sizeof plan->run_id, "%012" PRIx64,
                   rng_hash(unique, RNG_TEXT, number) >> 16);
    set_phases(&c->plan, order, length, c->settings->overload);
    if (run_plan_fit(&c->plan, c->in, &c->host, e) < 0)
        return -1;
    plan->warm_connections =
        run_plan_warm_connections(plan, c->settings->run.warm_connections);
    return 0;
}

/* --- looking at it while it runs ----------------------------------------------------------- */

struct watch {
    const struct conductor *c;
    enum capacity_phase phase;
    struct trial_length length;
    struct hearing *hearing;
    int64_t next_look_ns;
    struct err error; /* of a look that could not be taken: the trial runs its time */
};

static bool hear(struct watch *w, const char *run_path)
{
    if (w->hearing == NULL)
        w->hearing = hearing_open(run_path, NULL, trial_metrics(&w->c->ask), &w->error);
    else
        (void)!hearing_continue(w->hearing, &w->error);
    return !w->error.is_set && hearing_arms(w->hearing) == 1;
}

static bool is_unloaded_done(const struct trial_view *v)
{
    return v->counts[v->slo].n >= UNLOADED_REQUESTS;
}

/* Does what is seen after measured_s seconds decide the trial? Confirmations and soaks
 * run their time unless they fail. */
static bool decides(const struct watch *w, const struct trial_view *v,
                    double measured_s, double settled_s)
{
    double whole_s = (double)w->length.measured_ns / 1e9;
    if (w->phase == CAPACITY_OVERLOAD)
        return false;
    if (v->state == CAPACITY_FAIL)
        return measured_s >= fmax(FAIL_LEAST_S, whole_s / 6);
    if (w->phase == CAPACITY_UNLOADED && is_unloaded_done(v))
        return true;
    return v->state == CAPACITY_PASS && w->phase <= CAPACITY_RECHECK &&
           settled_s >= whole_s / 3;
}

static bool look(struct watch *w, const char *run_path, double elapsed_s,
                 double settled_s)
{
    double warmup_s = (double)w->length.warmup_ns / 1e9;
    size_t from = (size_t)warmup_s, until = (size_t)fmax(settled_s, warmup_s);
    struct trial_view v;
    double *in_flight = NULL;
    size_t n = 0;
    if (!hear(w, run_path) || trial_in_flight(run_path, from, (size_t)elapsed_s,
                                              &in_flight, &n, &w->error) < 0)
        return false;
    trial_judge(&w->c->ask, hearing_witness(w->hearing, 0), from, until, in_flight, n,
                ALPHA_LOOK, &v);
    free(in_flight);
    return decides(w, &v, elapsed_s - warmup_s, settled_s - warmup_s);
}

/* Looks are a second apart at first, a twentieth of the time later: each reads more. */
static bool is_decided(void *context, const char *run_path, int64_t elapsed_ns,
                       int64_t settled_ns)
{
    struct watch *w = context;
    bool is_early = elapsed_ns < w->length.warmup_ns + FAIL_LEAST_S * NS_PER_S;
    if (is_early || elapsed_ns < w->next_look_ns || w->error.is_set)
        return false;
    w->next_look_ns = elapsed_ns + elapsed_ns / 20;
    return look(w, run_path, (double)elapsed_ns / 1e9, floor((double)settled_ns / 1e9));
}

/* --- running it ----------------------------------------------------------------------------- */

static enum trial_ending ending_of(const struct run_result *result, struct err *e)
{
    switch (result->code) {
    case EXIT_GO:
    case EXIT_NO_GO:
    case EXIT_INCONCLUSIVE:
        return TRIAL_DONE;
    case EXIT_INTERRUPTED:
        return TRIAL_INTERRUPTED;
    case EXIT_GUARD:
        (void)err_set(e, "%s", result->text);
        return TRIAL_BUDGET;
    case EXIT_USAGE:
    case EXIT_CANNOT_RUN:
    case EXIT_NOT_UNDONE:
        (void)err_set(e, "%s", result->text);
        return TRIAL_BROKEN;
    }
    bug("exit code");
}

static enum trial_ending run_it(struct conductor *c, const struct search_order *order,
                                const struct trial_length *length, const char *path,
                                struct err *e)
{
    struct watch w = {.c = c, .phase = order->phase, .length = *length};
    struct run_result result;
    struct run_setup setup = {.plan = &c->plan.plan,
                              .invocation = c->in,
                              .host = &c->host,
                              .out_dir = path,
                              .is_decided = is_decided,
                              .context = &w};
    int rc = run_execute(&setup, &result, e);
    hearing_close(w.hearing);
    if (rc < 0)
        return TRIAL_BROKEN;
    return ending_of(&result, e);
}

/* --- a directory that is there already ------------------------------------------------------- */

static bool is_finished(const char *path)
{
    struct err ignored = {0};
    struct runread *r = runread_open(path, &ignored);
    bool is_complete = r != NULL && r->status == RUN_COMPLETE;
    runread_close(r);
    return is_complete;
}

/* trials/007 -> trials/007-cut, or -cut2 ... */
static int set_aside(const char *path, struct err *e)
{
    char to[PATH_BYTES + 16];
    for (unsigned i = 1; i < 1000; i++) {
        (void)snprintf(to, sizeof to, "%.*s-cut%u", PATH_BYTES, path, i);
        if (access(to, F_OK) == 0)
            continue;
        if (rename(path, to) == 0)
            return 0;
        return err_set_errno(e, errno, "cannot rename %s", path);
    }
    return err_set(e, "%s was cut too often", path);
}

enum trial_ending trial_conduct(struct conductor *c, const struct search_order *order,
                                const struct trial_length *length, size_t number,
                                struct capacity_point *out, struct err *e)
{
    char name[32], path[PATH_BYTES];
    enum trial_ending ending = TRIAL_DONE;
    struct trial_ask ask = c->ask;
    int64_t begin_ns = clock_now_ns();
    (void)snprintf(name, sizeof name, "trials/%03zu", number);
    if (snprintf(path, sizeof path, "%s/%s", c->out_dir, name) >= (int)sizeof path) {
        (void)err_set(e, "--out: %s is too long", c->out_dir);
        return TRIAL_BROKEN;
    }
    bool is_there = access(path, F_OK) == 0;
    bool is_done = is_there && is_finished(path);
    if (is_there && !is_done && set_aside(path, e) < 0)
        return TRIAL_BROKEN;
    if (set_plan(c, order, length, number, e) < 0)
        return TRIAL_BROKEN;
    if (!is_done)
        ending = run_it(c, order, length, path, e);
    if (ending != TRIAL_DONE)
        return ending;
    ask.is_closed = ask.is_closed || order->phase == CAPACITY_UNLOADED;
    if (trial_read(&ask, path, out, e) < 0)
        return TRIAL_BROKEN;
    out->phase = order->phase;
    out->load = order->load;
    out->seed = order->seed;
    (void)snprintf(out->trial, sizeof out->trial, "%s", name);
    out->took_s = (double)(clock_now_ns() - begin_ns) / 1e9;
    return TRIAL_DONE;
}

/* --- cooling down ------------------------------------------------------------------------------ */

static bool is_cool(struct conductor *c)
{
    struct err ignored = {0};
    enum exit_code code;
    struct buf notes;
    struct plan *plan = &c->plan.plan;
    buf_init(&notes, 1u << 16);
    bool answers = preflight_calibrate(plan, &notes, &code, &ignored) == 0;
    buf_release(&notes);
    double idle = (double)c->calibration_ns;
    double limit = fmax(1.2 * idle, idle + 20e6);
    return answers && (double)plan->targets[0].calibration_ns <= limit;
}

double trial_cool_down(struct conductor *c)
{
    int64_t begin_ns = clock_now_ns();
    for (unsigned i = 0; i < COOL_TRIES && !is_cool(c); i++)
        (void)poll(NULL, 0, 1000); /* a signal may end it early: no harm */
    return (double)(clock_now_ns() - begin_ns) / 1e9;
}
