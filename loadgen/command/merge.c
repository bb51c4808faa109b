/*
 * gust merge: the shards of a run become one run, which is judged.
 *
 * The engine that started the shards is not asked whether they ran: it may say yes
 * when none did. The shards are counted here, from what they sealed. The merged run is
 * a run directory like any other. One that is incomplete, or whose shards did not run
 * as one, has the reasons in its health, so that no judge ever passes it.
 */
#include "base/terminal.h"
#include "base/units.h"
#include "command/commands.h"
#include "command/compare.h"
#include "command/merge_files.h"
#include "command/merge_manifest.h"
#include "command/report.h"
#include "command/run_options.h"
#include "command/verdict_page.h"
#include "engine/host.h"
#include "judge/hearing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_BYTES_MAX ((size_t)64 << 20)
#define SAME_NAME_MAX 100
#define FILES_OPEN 64 /* beside the shards' */
#define NAMED_MAX 3   /* unlike shards */

struct settings {
    uint64_t expect;
    const char *out, *policy;
    int format; /* enum run_format */
    bool is_without_report;
};

#define FIELD(name) offsetof(struct settings, name)
/* clang-format off */
static const struct opt merge_options[] = {
    {.name = "expect", .type = OPT_U64, .offset = FIELD(expect), .min = 1, .max = SHARDS_MAX, .arg = "N", .group = "Shards",
     .help = "how many shards there must be; default: as many as they say"},
    {.name = "policy", .letter = 'p', .type = OPT_STRING, .offset = FIELD(policy), .arg = "FILE", .group = "Judgement",
     .help = "gates and margins of a canary's verdict; gust compare --print-policy shows the built-in ones"},
    {.name = "out", .letter = 'o', .type = OPT_STRING, .offset = FIELD(out), .arg = "RUN", .group = "Output",
     .help = "run directory to make; default: DIR/merged, or with -2 and so on behind it"},
    {.name = "format", .type = OPT_CHOICE, .offset = FIELD(format), .fallback = "text", .choices = run_formats, .group = "Output",
     .help = "form of the summary, or of a canary's verdict, on standard output"},
    {.name = "no-report", .type = OPT_FLAG, .offset = FIELD(is_without_report), .group = "Output",
     .help = "do not write report/ (pages and plots)"},
    {0},
};
/* clang-format on */

/* --- merging -------------------------------------------------------------------------- */

/* free() it. */
static char *out_path(const char *dir, const char *asked)
{
    struct buf path;
    if (asked != NULL)
        return xstrdup(asked);
    buf_init(&path, strlen(dir) + 32);
    buf_printf(&path, "%s/merged", dir);
    size_t length = path.len;
    for (unsigned i = 2; i <= SAME_NAME_MAX && access(path.data, F_OK) == 0; i++) {
        buf_truncate(&path, length);
        buf_printf(&path, "-%u", i);
    }
    char *text = buf_steal(&path);
    buf_release(&path);
    return text;
}

static int check_descriptors(const struct merge_set *set, struct err *e)
{
    struct host host;
    host_read(&host); /* raises the limit as far as it may */
    if (host.nofile >= set->used + FILES_OPEN)
        return 0;
    return err_set(e,
                   "%" PRIu32 " shards need as many open files, but ulimit -n allows "
                   "%" PRIu64 ": raise it",
                   set->used, host.nofile);
}

/* A shard unlike the others is named; it is a note, since its own health has judged
 * whether the generator was the limit. */
static void name_outliers(struct merge_set *set, const struct outliers *o)
{
    unsigned named = 0;
    struct buf text;
    buf_init(&text, 400);
    for (size_t i = 0; i < set->count && named < NAMED_MAX; i++) {
        const struct merge_shard *s = &set->shards[i];
        buf_reset(&text);
        if (!s->is_used || !outliers_tell(o, i, &text))
            continue;
        named++;
        merge_set_reason(set, "shard_unlike", false,
                         "%s%s%s is unlike the others: it %s", s->name,
                         s->host[0] != '\0' ? " on " : "", s->host, text.data);
    }
    buf_release(&text);
}

static int write_manifest(struct merge_set *set, struct rundir *out, struct err *e)
{
    struct buf text;
    buf_init(&text, MANIFEST_BYTES_MAX);
    int rc = merge_manifest(set, &text, e);
    if (rc == 0)
        rc = rundir_sync(out, e);
    if (rc == 0)
        rc = rundir_manifest(out, text.data, text.len, e);
    buf_release(&text);
    return rc;
}

static int merge_into(struct merge_set *set, struct rundir *out, struct err *e)
{
    struct outliers *outliers = outliers_new(set->count);
    double t0_s = set->shards[set->first].t0_wall_s;
    int64_t t0_ns = t0_s > 0 && t0_s < 1e10 ? llround(t0_s * 1e9) : 0;
    int rc = merge_files(set, out, t0_ns, outliers, e);
    if (rc == 0) {
        name_outliers(set, outliers);
        rc = write_manifest(set, out, e);
    }
    outliers_free(outliers);
    return rc;
}

/* --- judging --------------------------------------------------------------------------- */

static int judge_run(const char *path, const struct settings *set)
{
    struct err e = {0};
    struct report_options options = {.has_plots = true};
    struct summary *summary = summary_read(path, NULL, &e);
    if (summary == NULL)
        return command_fail(&e, EXIT_INCONCLUSIVE);
    enum exit_code code = report_exit_code(summary);
    struct buf out;
    buf_init(&out, 1u << 26);
    report_put(summary, set->format == RUN_JSON ? FORMAT_JSON : FORMAT_TEXT, &out);
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    buf_release(&out);
    if (!set->is_without_report && report_render(summary, &options, &e) < 0)
        (void)command_fail(&e, code);
    summary_free(summary);
    return (int)code;
}

static int put_verdict(const struct verdict *v, struct testimony sides[2],
                       const struct policy *policy,
                       const struct verdict_options *options, const char *path,
                       const struct settings *set, struct err *e)
{
    struct buf folder;
    int rc = 0;
    buf_init(&folder, strlen(path) + 16);
    buf_printf(&folder, "%s/report", path);
    verdict_put(v, set->format == RUN_JSON ? VERDICT_JSON : VERDICT_TEXT);
    if (!set->is_without_report)
        rc = verdict_write(v, folder.data, e);
    if (!set->is_without_report && rc == 0)
        rc = verdict_page_write(v, &sides[0], &sides[1], policy, options, folder.data,
                                e);
    buf_release(&folder);
    return rc;
}

static int judge_canary(struct hearing *h, const struct policy *policy,
                        const char *path, const struct settings *set)
{
    struct err e = {0};
    struct testimony sides[2] = {{0}};
    struct verdict_options options = {0};
    size_t first = strcmp(hearing_witness(h, 1)->arm, "baseline") == 0 ? 1 : 0;
    testimony_add(&sides[0], hearing_take(h, first));
    testimony_add(&sides[1], hearing_take(h, 1 - first));
    const struct witness_facts *facts = &sides[0].runs[0]->facts;
    options.mode = split_mode(facts->split, &options.planned_ratio);
    verdict_options_looks(&options, facts);
    struct verdict *v = verdict_of(&sides[0], &sides[1], policy, &options);
    int code = (int)verdict_exit_code(v, false);
    if (put_verdict(v, sides, policy, &options, path, set, &e) < 0)
        (void)command_fail(&e, EXIT_CANNOT_RUN);
    verdict_free(v);
    testimony_release(&sides[0]);
    testimony_release(&sides[1]);
    return code;
}

/* As `gust report` would, or, a run of two arms, as `gust compare` would. */
static int judge(const char *path, const struct settings *set,
                 const struct policy *policy)
{
    struct err e = {0};
    struct hearing *h = hearing_open(path, NULL, policy_metrics(policy), &e);
    if (h == NULL)
        return command_fail(&e, EXIT_INCONCLUSIVE);
    int code = hearing_arms(h) == 2 ? judge_canary(h, policy, path, set) : -1;
    hearing_close(h);
    return code >= 0 ? code : judge_run(path, set);
}

/* --- the verb --------------------------------------------------------------------------- */

/* "merged 7 of 8 shards, 6 complete, started 12 ms apart", and what speaks against. */
static void say(const struct merge_set *set, const char *path)
{
    char spread[UNITS_TEXT];
    fprintf(stderr,
            "merged %" PRIu32 " of %" PRIu32 " shards, %" PRIu32
            " complete, started %s apart: %s\n",
            set->used, set->expected, set->complete,
            units_format_ns(spread, llround(set->start_spread_s * 1e9)), path);
    for (size_t i = 0; i < set->reason_count; i++)
        fprintf(stderr, "  %s  %s\n", set->reasons[i].is_fatal ? "not GO" : "note",
                set->reasons[i].text);
}

static int merge(const struct invocation *in)
{
    const struct settings *s = in->settings;
    const char *dir = in->args.items[0];
    struct err e = {0};
    struct merge_set set;
    char *path = out_path(dir, s->out);
    struct rundir *out = NULL;
    enum exit_code code = EXIT_USAGE;
    struct policy *policy = s->policy ? policy_load(s->policy, &e) : policy_default();
    int rc = policy == NULL ? -1 : merge_set_read(&set, dir, (uint32_t)s->expect, &e);
    if (rc < 0)
        goto out;
    code = EXIT_CANNOT_RUN;
    rc = check_descriptors(&set, &e);
    if (rc == 0) {
        out = rundir_create(path, "merged", 0, false, &e);
        rc = out == NULL ? -1 : merge_into(&set, out, &e);
    }
    if (rc == 0)
        say(&set, path);
out:
    rundir_close(out);
    int result = rc < 0 ? command_fail(&e, code) : judge(path, s, policy);
    if (policy != NULL)
        merge_set_release(&set);
    policy_free(policy);
    free(path);
    return result;
}

static const char description[] =
    "Puts the shards of a run (gust run or gust canary with --shard i/N --out DIR) "
    "together, exactly: every count is the sum, every histogram the sum of its "
    "counters, as if one process had sent all of it. The result is a run directory "
    "that gust report and gust compare read, and it is judged at once.\n\n"
    "Shards that are missing, still running, interrupted, invalid or there twice are "
    "named, and then the verdict is never GO, nor are objectives met: exit 4. Shards "
    "that are no parts of one run (another seed, schedule, profile, version) are not "
    "merged: exit 2. It also works while shards still run.\n\n"
    "The exit code of Slurm, Kubernetes or mpirun is not the verdict: they have been "
    "seen to report success when no shard had run. This verb's is.";

const struct command command_merge = {
    .name = "merge",
    .summary = "put the shards of a run together, and judge them as one",
    .usage = "DIR [--expect N] [options]",
    .description = description,
    .examples = "gust merge /shared/run-17 --expect 8\n"
                "gust merge runs/night --out runs/night/so-far --no-report",
    .options = merge_options,
    .settings_size = sizeof(struct settings),
    .args_min = 1,
    .args_max = 1,
    .run = merge,
};
