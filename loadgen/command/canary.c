/*
 * gust canary: baseline and canary in one run, and a verdict.
 *
 * Both arms get their requests from one seeded schedule in the same seconds; the
 * judge reads the run directory, as `gust compare` would. A verdict that is open at
 * --duration goes on for as long as it says it needs, up to --max-duration, and is
 * given a second time; the two share the error rates. --early-stop also looks before
 * --duration, with bounds that hold at every look.
 */
#include "base/terminal.h"
#include "base/units.h"
#include "command/afford.h"
#include "command/canary_options.h"
#include "command/commands.h"
#include "command/compare.h"
#include "command/rollout.h"
#include "command/run_plan.h"
#include "command/shard.h"
#include "command/start_at.h"
#include "command/store_settings.h"
#include "command/verdict_page.h"
#include "engine/preflight.h"
#include "engine/run.h"
#include "judge/hearing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DURATION_TEXT "5m"
#define LOOK_FIRST_NS (60 * NS_PER_S)
#define LOOK_EVERY_NS (30 * NS_PER_S)

/* One canary run and how it is judged. */
struct trial {
    const struct canary_settings *settings;
    const struct policy *policy;
    const struct calibration *calibration; /* NULL: none */
    struct hearing *hearing; /* of the live run; NULL before the first look */
    struct witness *runs[2]; /* the hearing's, lent to the sides */
    struct testimony sides[2];
    struct verdict_options options;
    int64_t duration_ns; /* asked for; the plan's may be longer */
    int64_t next_look_ns;
    int64_t last_ns; /* when a run that goes on is judged; 0: it has not come to that */
    struct looks looks;
    struct err error; /* a look that could not be taken */
};

/* --- looking at a live run ------------------------------------------------------ */

/* until_s and look_of_s of a look; 0 for the sealed run, which is judged whole unless
 * a look has ended it. */
static struct verdict *judge_hearing(struct trial *t, double until_s, double look_of_s)
{
    for (size_t i = 0; i < 2; i++) {
        /* verdict_of only reads; a testimony holds what it may own */
        t->runs[i] = (struct witness *)(uintptr_t)hearing_witness(t->hearing, i);
        t->sides[i] = (struct testimony){.runs = &t->runs[i], .count = 1};
    }
    t->options = (struct verdict_options){.calibration = t->calibration};
    verdict_options_looks(&t->options, &t->runs[0]->facts);
    if (until_s > 0) { /* live: its manifest may be a minute old */
        t->options.until_s = until_s;
        t->options.is_live = true;
        t->options.look_of_s = look_of_s;
        t->options.was_looked_at = t->looks.planned_s > 0;
        t->options.ends = t->looks.ends;
    }
    t->options.mode = split_mode(t->settings->split, &t->options.planned_ratio);
    return verdict_of(&t->sides[0], &t->sides[1], t->policy, &t->options);
}

/* Reads what was added to the run directory; false: it could not be read. */
static bool hear(struct trial *t, const char *run_path)
{
    if (t->error.is_set)
        return false;
    if (t->hearing == NULL)
        t->hearing = hearing_open(run_path, NULL, policy_metrics(t->policy), &t->error);
    else
        (void)!hearing_continue(t->hearing, &t->error);
    return !t->error.is_set && hearing_arms(t->hearing) == 2;
}

/* A look when planned_s is given, else the end. NULL: nothing could be read; free with
 * verdict_free. */
static struct verdict *judge_now(struct trial *t, const char *run_path,
                                 int64_t settled_ns, double planned_s)
{
    if (!hear(t, run_path))
        return NULL;
    int64_t until_s = settled_ns / NS_PER_S; /* whole seconds only */
    return judge_hearing(t, (double)until_s, planned_s);
}

/* Before the planned end: with bounds that hold at every look. */
static bool looks_decided(struct trial *t, const char *run_path, int64_t settled_ns)
{
    t->looks.planned_s = (double)t->duration_ns / 1e9;
    struct verdict *v = judge_now(t, run_path, settled_ns, t->looks.planned_s);
    bool is_open = v == NULL || v->call == CALL_INCONCLUSIVE;
    verdict_free(v);
    int64_t settled_s = settled_ns / NS_PER_S; /* whole seconds only */
    if (!is_open)
        t->looks.decided_s = (double)settled_s;
    return !is_open;
}

/* At the planned end. An open verdict goes on for as long as it says it needs, or,
 * where it cannot say, for as long as it may; then it is judged a last time. */
static bool is_decided_whole(struct trial *t, const char *run_path, int64_t elapsed_ns,
                             int64_t settled_ns)
{
    struct verdict *v = judge_now(t, run_path, settled_ns, 0);
    bool is_open = v == NULL || v->call == CALL_INCONCLUSIVE;
    bool has_advice = v != NULL && v->extra_s > 0 && isfinite(v->extra_s);
    t->last_ns = has_advice ? elapsed_ns + (int64_t)(v->extra_s * 1e9) : INT64_MAX;
    verdict_free(v);
    return !is_open;
}

static bool is_decided(void *context, const char *run_path, int64_t elapsed_ns,
                       int64_t settled_ns)
{
    struct trial *t = context;
    if (t->last_ns > 0)
        return elapsed_ns >= t->last_ns;
    if (elapsed_ns >= t->duration_ns)
        return is_decided_whole(t, run_path, elapsed_ns, settled_ns);
    if (!t->settings->is_early || elapsed_ns < t->next_look_ns)
        return false;
    t->next_look_ns = elapsed_ns + LOOK_EVERY_NS;
    return looks_decided(t, run_path, settled_ns);
}

/* --- the run ---------------------------------------------------------------------- */

static bool parse_split(const char *text, struct plan *plan)
{
    plan->split = SPLIT_MIRROR;
    if (strcmp(text, "mirror") == 0)
        return true;
    char *end = NULL;
    double baseline = strtod(text, &end);
    if (end == text || *end != '/' || !(baseline > 0))
        return false;
    const char *second = end + 1;
    double canary = strtod(second, &end);
    if (end == second || *end != '\0' || !(canary > 0))
        return false;
    plan->split = SPLIT_SHARE;
    plan->canary_share = canary / (baseline + canary);
    return true;
}

/* What the canary does not say for itself is as the baseline's. */
static struct target_settings canary_target(const struct canary_settings *s)
{
    struct target_settings t = s->canary;
    const struct target_settings *b = &s->run.target;
    t.model = t.model ? t.model : b->model;
    t.dialect = t.dialect ? t.dialect : b->dialect;
    t.key_env = t.key_env ? t.key_env : b->key_env;
    t.key_file = b->key_file;
    return t;
}

/* Headers of both arms, then the canary's own. */
static struct opt_list both_headers(const struct canary_settings *s)
{
    const struct opt_list *a = &s->run.target.headers, *b = &s->canary.headers;
    struct opt_list all = {.items = xcalloc(a->count + b->count + 1, sizeof(char *)),
                           .count = a->count + b->count};
    if (a->count > 0)
        memcpy(all.items, a->items, a->count * sizeof(char *));
    if (b->count > 0)
        memcpy(all.items + a->count, b->items, b->count * sizeof(char *));
    return all;
}

static int make_plan(struct run_plan *p, const struct invocation *in,
                     const struct target_settings *canary, struct err *e)
{
    const struct canary_settings *s = in->settings;
    if (run_plan_make(p, in, e) < 0)
        return -1;
    if (!parse_split(s->split, &p->plan))
        return err_set(e, "--split: \"%s\" is not mirror, 50/50 or 90/10", s->split);
    p->plan.arms = 2;
    if (run_plan_target(p, 0, "baseline", "baseline", &s->run.target, e) < 0)
        return -1;
    return run_plan_target(p, 1, "canary", "canary", canary, e);
}

static int send_load(struct run_plan *p, const struct invocation *in,
                     const struct host *host, const struct departure *departure,
                     struct trial *t, const char *out_dir, struct run_result *result,
                     struct err *e)
{
    const struct canary_settings *s = in->settings;
    struct run_setup setup = {.plan = &p->plan,
                              .invocation = in,
                              .host = host,
                              .out_dir = out_dir,
                              .stop_on = 0.0, /* a canary that fails is an answer */
                              .start_wall_ns = departure->wall_ns,
                              .clock = &departure->clock,
                              .has_view = !s->run.is_quiet,
                              .is_terminal = isatty(STDERR_FILENO) == 1,
                              .columns = terminal_columns(STDERR_FILENO),
                              .is_decided = p->plan.shards > 1 ? NULL : is_decided,
                              .context = t,
                              .looks = &t->looks};
    return run_execute(&setup, result, e);
}

static struct verdict *judge_run(struct trial *t, const char *run_path, struct err *e)
{
    hearing_close(t->hearing);
    t->hearing = hearing_open(run_path, NULL, policy_metrics(t->policy), e);
    return t->hearing == NULL ? NULL : judge_hearing(t, 0, 0);
}

static int write_files(const struct trial *t, const struct verdict *v,
                       const char *folder, struct err *e)
{
    if (verdict_write(v, folder, e) < 0)
        return -1;
    return verdict_page_write(v, &t->sides[0], &t->sides[1], t->policy, &t->options,
                              folder, e);
}

static void put_verdict(const struct trial *t, const struct verdict *v,
                        const char *run_path)
{
    const struct run_settings *s = &t->settings->run;
    struct err e = {0};
    struct buf folder;
    buf_init(&folder, 4096);
    buf_printf(&folder, "%s/report", run_path);
    verdict_put(v, s->format == RUN_JSON ? VERDICT_JSON : VERDICT_TEXT);
    if (s->is_without_report)
        fprintf(stderr, "run directory: %s\n", run_path);
    else if (write_files(t, v, folder.data, &e) < 0)
        fprintf(stderr, "gust: %s\n", e.text);
    else
        fprintf(stderr, "verdict: %s/index.html\n", folder.data);
    buf_release(&folder);
}

/* Looks and steps need all of the data, and a shard has a part. */
static int check_shard(const struct canary_settings *s, struct err *e)
{
    const char *option = s->is_early              ? "early-stop"
                         : s->max_duration_ns > 0 ? "max-duration"
                         : s->steps != NULL       ? "steps"
                                                  : NULL;
    if (option == NULL)
        return 0;
    return err_set(e,
                   "--%s: a shard cannot judge while it runs; the merge judges them "
                   "all at the end",
                   option);
}

/* A run that ended badly has its own code; else the verdict's. */
static int finish(struct trial *t, const struct run_result *result)
{
    const struct canary_settings *s = t->settings;
    struct err e = {0};
    bool is_advisory = s->gate_mode == GATE_ADVISORY;
    if (t->error.is_set)
        fprintf(stderr, "gust: no look at the live run: %s\n", t->error.text);
    if (result->text[0] != '\0')
        fprintf(stderr, "gust: %s\n", result->text);
    struct verdict *v = judge_run(t, result->path, &e);
    if (v == NULL)
        return command_fail(&e, EXIT_INCONCLUSIVE);
    put_verdict(t, v, result->path);
    enum exit_code code = verdict_exit_code(v, is_advisory);
    if (is_advisory)
        fprintf(stderr, "gust: advisory gate: exit code 0 whatever the verdict\n");
    bool is_cut = result->code != EXIT_GO && result->code != EXIT_INCONCLUSIVE;
    verdict_free(v);
    return is_cut ? (int)result->code : (int)code;
}

static int end_trial(struct trial *t, const struct plan *plan,
                     struct run_result *result)
{
    store_send(&t->settings->run, result);
    return plan->shards > 1 ? shard_ended(plan, result) : finish(t, result);
}

static int run_trial(struct run_plan *p, const struct invocation *in, struct trial *t,
                     const char *out_dir)
{
    const struct canary_settings *s = in->settings;
    struct err e = {0};
    struct host host;
    struct run_result result;
    enum exit_code code = EXIT_CANNOT_RUN;
    int rc = -1;
    char *folder = NULL;
    struct departure departure;
    host_read(&host);
    if (start_at_take(&s->run, &departure, &code, &e) < 0)
        return command_fail(&e, code);
    if (p->plan.shards > 1) {
        folder =
            check_shard(s, &e) < 0 ? NULL : shard_folder(out_dir, p->plan.shard, &e);
        if (folder == NULL)
            return command_fail(&e, EXIT_USAGE);
    }
    if (run_plan_fit(p, in, &host, &e) < 0 ||
        afford_preflight(p, &s->run, &code, &e) < 0) {
        rc = command_fail(&e, code);
        goto out;
    }
    p->plan.warm_connections =
        run_plan_warm_connections(&p->plan, s->run.warm_connections);
    if (send_load(p, in, &host, &departure, t, folder ? folder : out_dir, &result, &e) <
        0)
        rc = command_fail(&e, result.code);
    else
        rc = end_trial(t, &p->plan, &result);
out:
    preflight_release(&p->plan);
    free(folder);
    return rc;
}

int canary_trial(const struct invocation *in, const char *out_dir)
{
    const struct canary_settings *s = in->settings;
    struct err e = {0};
    struct target_settings canary = canary_target(s);
    struct run_plan p = {0};
    struct trial t = {.settings = s, .duration_ns = s->run.duration_ns};
    struct run_settings *run = in->settings;
    struct policy *policy = s->policy ? policy_load(s->policy, &e) : policy_default();
    struct calibration *calibration =
        policy && s->calibration ? calibration_load(s->calibration, &e) : NULL;
    canary.headers = both_headers(s);
    t.policy = policy;
    t.calibration = calibration;
    t.next_look_ns = LOOK_FIRST_NS;
    t.looks.ends = 1;
    if (s->max_duration_ns > t.duration_ns) {
        run->duration_ns = s->max_duration_ns;
        t.looks.ends = 2;
    }
    int rc = e.is_set || make_plan(&p, in, &canary, &e) < 0
                 ? command_fail(&e, EXIT_USAGE)
                 : run_trial(&p, in, &t, out_dir);
    run->duration_ns = t.duration_ns;
    hearing_close(t.hearing);
    policy_free(policy);
    calibration_free(calibration);
    free(canary.headers.items);
    run_plan_release(&p);
    return rc;
}

int canary_smoke(const struct invocation *in)
{
    const struct canary_settings *s = in->settings;
    struct target_settings canary = canary_target(s);
    struct run_plan p = {0};
    struct err e = {0};
    struct buf notes;
    enum exit_code code = EXIT_USAGE;
    buf_init(&notes, 1u << 16);
    canary.headers = both_headers(s);
    int rc = run_plan_make(&p, in, &e);
    if (rc == 0)
        rc = run_plan_target(&p, 0, "canary", "canary", &canary, &e);
    if (rc == 0)
        rc = preflight(&p.plan, &notes, &code, &e);
    if (rc == 0)
        fprintf(stderr, "gust: smoke: every class answers\n");
    else
        (void)err_in(&e, "smoke");
    preflight_release(&p.plan);
    run_plan_release(&p);
    free(canary.headers.items);
    buf_release(&notes);
    return rc == 0 ? EXIT_GO : command_fail(&e, code);
}

static int canary(const struct invocation *in)
{
    struct canary_settings *s = in->settings;
    struct err e = {0};
    if (s->run.shard == NULL && s->run.out_dir != NULL &&
        access(s->run.out_dir, F_OK) == 0) {
        (void)err_set(&e, "--out: %s exists already; results are never overwritten",
                      s->run.out_dir);
        return command_fail(&e, EXIT_USAGE);
    }
    if (s->run.duration_ns == 0 &&
        opts_set(in->opts, "duration", DURATION_TEXT, OPT_FROM_DEFAULT, &e) < 0)
        return command_fail(&e, EXIT_USAGE);
    run_init();
    int code = s->steps != NULL ? rollout(in) : canary_trial(in, s->run.out_dir);
    run_cleanup();
    return code;
}

static const char description[] =
    "Sends the workload of PROFILE to two servers at once, from one seeded schedule in "
    "the same seconds, and decides: GO, NO-GO or INCONCLUSIVE. Failures count as "
    "infinitely slow, the noise within the run is measured, and the verdict says how "
    "often it would be wrong.\n\n"
    "The exit code is the verdict: 0 GO, 1 NO-GO, 4 INCONCLUSIVE. A generator that was "
    "late, unequal load, a sick baseline or too little data never give GO.\n\n"
    "With --steps it drives a gradual rollout: a hook sets each weight, the judge "
    "decides before the next, a NO-GO rolls back. Hooks get GUST_WEIGHT, GUST_STEP, "
    "GUST_STEPS, GUST_BASELINE, GUST_CANARY and GUST_VERDICT in their environment.";

const struct command command_canary = {
    .name = "canary",
    .summary = "judge a canary against a baseline: GO, NO-GO or INCONCLUSIVE",
    .usage = "PROFILE --baseline URL --canary URL [options]",
    .description = description,
    .examples =
        "gust canary assistant --baseline http://old:8000 --canary http://new:8000 "
        "--rate 20/s\n"
        "gust canary rag --baseline URL --canary URL --max-duration 20m "
        "--early-stop\n"
        "gust canary assistant --baseline URL --canary URL --steps 5,25,100 "
        "--bake 10m --on-step ./weight --on-nogo ./rollback",
    .options = canary_options,
    .settings_size = sizeof(struct canary_settings),
    .args_min = 0,
    .args_max = 1,
    .run = canary,
};
