/*
 * gust run: replay a profile against a target.
 *
 * The story: options -> plan -> preflight -> run -> report. Whatever goes wrong
 * before the first request is a usage error (2) or "could not run" (3); once the
 * run directory exists, the run is sealed and judged by the report side.
 */
#include "engine/run.h"

#include "base/terminal.h"
#include "command/afford.h"
#include "command/commands.h"
#include "command/report.h"
#include "command/run_plan.h"
#include "command/run_policy.h"
#include "command/shard.h"
#include "command/start_at.h"
#include "command/store_settings.h"
#include "engine/floor.h"
#include "engine/preflight.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int print_config(const struct invocation *in)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    opts_print_config(in->opts, &text);
    fputs(text.data, stdout);
    buf_release(&text);
    return EXIT_GO;
}

/* Nothing is sent: the plan or the options are looked at. */
static bool is_only_shown(const struct run_settings *s)
{
    return s->is_config_printed || s->is_schedule_printed || s->is_dry_run;
}

/* --print-config, --print-schedule, --dry-run; -1: none of them was asked for. */
static int without_sending(struct run_plan *p, const struct invocation *in,
                           const struct host *host)
{
    const struct run_settings *s = in->settings;
    struct err e = {0};
    if (s->is_config_printed)
        return print_config(in);
    if (!is_only_shown(s))
        return -1;
    if (run_plan_known(p, 0, &s->target, &e) < 0)
        return command_fail(&e, EXIT_USAGE);
    if (run_plan_fit(p, in, host, &e) < 0)
        return command_fail(&e, EXIT_CANNOT_RUN);
    int rc = s->is_schedule_printed ? run_print_schedule(p, s, &e)
                                    : run_print_plan(p, s, host, &e);
    return rc < 0 ? command_fail(&e, EXIT_USAGE) : EXIT_GO;
}

/* Results are never overwritten: said before anything is sent. Shards share a
 * directory in which each makes its own. */
static int check_out(const struct plan *plan, const char *out_dir, struct err *e)
{
    if (plan->shards > 1)
        return 0;
    if (out_dir != NULL && access(out_dir, F_OK) == 0)
        return err_set(e, "--out: %s exists already; results are never overwritten",
                       out_dir);
    return 0;
}

/* Reads what was written, as `gust report` would: the summary on stdout, the pages
 * in report/. The run's own ending outranks the SLOs. */
static int judge(const struct run_settings *s, const struct run_result *result)
{
    struct err e = {0};
    struct report_options options = {.has_plots = true};
    struct summary *summary = summary_read(result->path, NULL, &e);
    if (summary == NULL)
        return command_fail(&e,
                            result->code == EXIT_GO ? EXIT_INCONCLUSIVE : result->code);
    enum exit_code code =
        result->code == EXIT_GO ? report_exit_code(summary) : result->code;
    struct buf out;
    buf_init(&out, 1u << 26);
    report_put(summary, s->format == RUN_JSON ? FORMAT_JSON : FORMAT_TEXT, &out);
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    buf_release(&out);
    char *page = report_page_path(summary, &options);
    if (s->is_without_report)
        fprintf(stderr, "run directory: %s\n", result->path);
    else if (report_render(summary, &options, &e) < 0)
        (void)command_fail(&e, code);
    else
        fprintf(stderr, "report: %s\n", page);
    free(page);
    summary_free(summary);
    return (int)code;
}

static int execute(struct run_plan *p, const struct invocation *in,
                   const struct host *host, const struct departure *departure,
                   const char *out_dir, struct run_result *result)
{
    const struct run_settings *s = in->settings;
    struct err e = {0};
    struct floor floor = {0};
    bool has_floor = floor_load(host, &floor);
    struct run_setup setup = {.plan = &p->plan,
                              .invocation = in,
                              .host = host,
                              .out_dir = out_dir,
                              .stop_on = s->stop_on < 1.0 ? s->stop_on : 0.0,
                              .start_wall_ns = departure->wall_ns,
                              .clock = &departure->clock,
                              .has_view = !s->is_quiet,
                              .is_terminal = isatty(STDERR_FILENO) == 1,
                              .columns = terminal_columns(STDERR_FILENO),
                              .floor_us_p99 = has_floor ? floor.ttft_us_p99 : 0};
    if (run_execute(&setup, result, &e) < 0)
        return command_fail(&e, result->code);
    store_send(s, result);
    if (p->plan.shards > 1)
        return shard_ended(&p->plan, result);
    if (result->text[0] != '\0')
        fprintf(stderr, "gust: %s\n", result->text);
    return judge(s, result);
}

/* Options, policy and target into a plan that fits this host; an exit code, or -1
 * when the plan is to be run. */
static int plan_it(struct run_plan *p, const struct invocation *in,
                   const struct host *host, const struct client_policy *policy,
                   const char *out_dir)
{
    const struct run_settings *s = in->settings;
    struct err e = {0};
    if (run_plan_make(p, in, &e) < 0 || run_policy_apply(p, in, policy, &e) < 0 ||
        run_outage(&p->plan, s->outage, &e) < 0)
        return command_fail(&e, EXIT_USAGE);
    int rc = without_sending(p, in, host);
    if (rc >= 0)
        return rc;
    if (run_plan_target(p, 0, "target", "target", &s->target, &e) < 0 ||
        check_out(&p->plan, out_dir, &e) < 0)
        return command_fail(&e, EXIT_USAGE);
    if (run_plan_fit(p, in, host, &e) < 0)
        return command_fail(&e, EXIT_CANNOT_RUN);
    return -1;
}

/* One run under a policy (NULL: none) into out_dir (NULL: a new one). *result tells
 * where it is, if it came so far. */
static int run_once(const struct invocation *in, const struct host *host,
                    const struct client_policy *policy, const char *out_dir,
                    struct run_result *result)
{
    const struct run_settings *s = in->settings;
    struct err e = {0};
    struct run_plan p;
    enum exit_code code = EXIT_USAGE;
    struct departure departure;
    char *folder = NULL;
    *result = (struct run_result){0};
    int rc = plan_it(&p, in, host, policy, out_dir);
    if (rc >= 0)
        goto out;
    if (start_at_take(s, &departure, &code, &e) < 0) {
        rc = command_fail(&e, code);
        goto out;
    }
    if (p.plan.shards > 1) {
        folder = shard_folder(out_dir, p.plan.shard, &e);
        if (folder == NULL) {
            rc = command_fail(&e, EXIT_USAGE);
            goto out;
        }
    }
    run_init();
    if (afford_preflight(&p, s, &code, &e) < 0) {
        rc = command_fail(&e, code);
    } else {
        p.plan.warm_connections =
            run_plan_warm_connections(&p.plan, s->warm_connections);
        rc = execute(&p, in, host, &departure, folder ? folder : out_dir, result);
    }
    preflight_release(&p.plan);
    run_cleanup();
out:
    free(folder);
    run_plan_release(&p);
    return rc;
}

/* The table that several policies are run for: what stands in their directories. */
static int show_side_by_side(char *const *paths, size_t n)
{
    struct err e = {0};
    struct summary *runs[RUN_POLICIES_MAX] = {NULL};
    int rc = EXIT_GO;
    for (size_t i = 0; i < n && rc == EXIT_GO; i++) {
        runs[i] = summary_read(paths[i], NULL, &e);
        if (runs[i] == NULL)
            rc = command_fail(&e, EXIT_INCONCLUSIVE);
    }
    if (rc == EXIT_GO)
        report_side_by_side((const struct summary *const *)runs, n);
    for (size_t i = 0; i < n; i++)
        summary_free(runs[i]);
    return rc;
}

/* One run after the other, each into a directory of its own. A run that could not
 * be made, or was interrupted, ends the series. The gravest exit code is returned. */
static int run_several(const struct invocation *in, const struct host *host,
                       const struct run_policies *policies)
{
    const struct run_settings *s = in->settings;
    char *paths[RUN_POLICIES_MAX] = {NULL};
    size_t n = 0;
    int worst = EXIT_GO;
    for (size_t i = 0; i < policies->count; i++) {
        struct run_result result;
        char *out = run_policy_folder(s->out_dir, policies->items[i]);
        fprintf(stderr, "policy %s\n", policies->items[i]->name);
        int rc = run_once(in, host, policies->items[i], out, &result);
        free(out);
        worst = rc > worst ? rc : worst;
        if (result.path[0] == '\0' || rc == EXIT_CANNOT_RUN || rc == EXIT_INTERRUPTED)
            break;
        paths[n++] = xstrdup(result.path);
    }
    if (n > 1 && s->format == RUN_TEXT && show_side_by_side(paths, n) != EXIT_GO)
        worst = worst > EXIT_INCONCLUSIVE ? worst : EXIT_INCONCLUSIVE;
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    return worst;
}

static int run(const struct invocation *in)
{
    const struct run_settings *s = in->settings;
    struct err e = {0};
    struct host host;
    struct run_policies policies;
    struct run_result result;
    host_read(&host);
    int rc = EXIT_USAGE;
    if (run_policies_load(s, &policies, &e) < 0)
        rc = command_fail(&e, EXIT_USAGE);
    else if (policies.count > 1 && !is_only_shown(s))
        rc = run_several(in, &host, &policies);
    else
        rc = run_once(in, &host, policies.items[0], s->out_dir, &result);
    run_policies_release(&policies);
    return rc;
}

static const char description[] =
    "Replays the workload of PROFILE (a file, or a name that `gust profile list` "
    "shows) against the server at URL, and records what happened in a run "
    "directory.\n\n"
    "Before anything is measured, one small request per class checks key, path, "
    "model and body, and counts the tokens that the server's template adds, so that "
    "prompts have exactly the asked length.\n\n"
    "Latency counts from the time at which a request was due, whatever the "
    "generator or the server did: a stalled server shows. Failures count as "
    "infinitely slow, never as missing. A run whose generator was the bottleneck is "
    "invalid (exit 4) and says which resource was short.\n\n"
    "--policy says what the client does about failure: retries with backoff, budgets, "
    "circuit breakers, failover to other endpoints, hedges. A request then spans "
    "attempts: latency counts from its due time over all of them. Several policies are "
    "run one after the other, with the same requests at the same due times, and shown "
    "side by side. Make the server fail in the middle and say when with --outage: the "
    "verdict tells whether the system came back, and is no success when it did not. "
    "Breakers, budgets and hedges are each worker thread's own.\n\n"
    "The first Ctrl-C stops sending and waits for what is in flight, the second "
    "cancels; either way the run directory is sealed and readable.";

static const char examples[] =
    "gust run assistant --target http://127.0.0.1:8000 --rate 5/s --duration 60s\n"
    "gust run rag --target https://api.mistral.ai --model mistral-small-latest --rate 30/min\n"
    "gust run assistant --target http://127.0.0.1:8000 --policy naive-3x --policy grpc-throttle "
    "--outage 60s+20s\n"
    "gust run --trace trace.csv --speed 2x --target http://127.0.0.1:8000\n"
    "gust run assistant --rate 50/s --dry-run";

const struct command command_run = {
    .name = "run",
    .summary = "replay a workload profile against a server and record the result",
    .usage = "[PROFILE] --target URL [options]",
    .description = description,
    .examples = examples,
    .options = run_options,
    .settings_size = sizeof(struct run_settings),
    .args_min = 0,
    .args_max = 1,
    .run = run,
};
