/*
 * `gust compare`; see compare.h. Which runs belong to which arm is said by order
 * (two words), by "--" between the arms, by --baseline and --canary, or by the run
 * itself when it has two arms.
 */
#include "command/compare.h"

#include "base/terminal.h"
#include "command/verdict_page.h"
#include "judge/hearing.h"
#include "render/file.h"
#include "render/verdict.h"
#include "stats/slices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_BYTES (16u << 20)
#define RUNS_MAX 1000

struct settings {
    struct opt_list baseline, canary;
    const char *policy, *calibration, *out;
    bool is_policy_printed, is_calibrating;
    int format, gate_mode;
};

const char *const verdict_format_names[VERDICT_FORMATS + 1] = {
    "text", "json", "markdown", "junit", "github", "kayenta", NULL,
};
static const char *const gate_mode_names[] = {"strict", "advisory", NULL};

#define FIELD(name) offsetof(struct settings, name)
static const struct opt compare_opts[] = {
    {.name = "baseline",
     .type = OPT_LIST,
     .offset = FIELD(baseline),
     .arg = "RUN",
     .group = "Runs",
     .help = "a run of the baseline; may be repeated"},
    {.name = "canary",
     .type = OPT_LIST,
     .offset = FIELD(canary),
     .arg = "RUN",
     .group = "Runs",
     .help = "a run of the canary; may be repeated"},
    {.name = "policy",
     .type = OPT_STRING,
     .offset = FIELD(policy),
     .arg = "FILE",
     .group = "Judging",
     .help = "gates, margins and limits, as JSON (default: built in)"},
    {.name = "print-policy",
     .type = OPT_FLAG,
     .offset = FIELD(is_policy_printed),
     .group = "Judging",
     .help = "print the policy that would be used, and stop"},
    {.name = "calibration",
     .type = OPT_STRING,
     .offset = FIELD(calibration),
     .arg = "FILE",
     .group = "Judging",
     .help = "noise of this environment, as --aa measured it"},
    {.name = "aa",
     .type = OPT_FLAG,
     .offset = FIELD(is_calibrating),
     .group = "Judging",
     .help = "the runs are of identical endpoints: measure their noise"},
    {.name = "gate-mode",
     .type = OPT_CHOICE,
     .offset = FIELD(gate_mode),
     .fallback = "strict",
     .arg = "MODE",
     .choices = gate_mode_names,
     .group = "Output",
     .help = "strict, or advisory: always exit with 0"},
    {.name = "format",
     .type = OPT_CHOICE,
     .offset = FIELD(format),
     .fallback = "text",
     .arg = "FORMAT",
     .choices = verdict_format_names,
     .group = "Output",
     .help = "what standard output gets"},
    {.name = "out",
     .type = OPT_STRING,
     .offset = FIELD(out),
     .arg = "DIR",
     .group = "Output",
     .help = "write index.html with pictures, verdict.json, verdict.md and "
             "junit.xml there"},
    {.name = NULL},
};

/* ---- the verdict goes out */

static const struct {
    const char *file; /* of --out; NULL: none */
    void (*render)(const struct verdict *v, struct buf *out);
} format_rows[VERDICT_FORMATS] = {
    [VERDICT_TEXT] = {NULL, NULL}, /* needs to know the terminal */
    [VERDICT_JSON] = {"verdict.json", verdict_json},
    [VERDICT_MARKDOWN] = {"verdict.md", verdict_markdown},
    [VERDICT_JUNIT] = {"junit.xml", verdict_junit},
    [VERDICT_GITHUB] = {NULL, verdict_github},
    [VERDICT_KAYENTA] = {NULL, verdict_kayenta},
};

void verdict_put(const struct verdict *v, enum verdict_format format)
{
    struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    if (format == VERDICT_TEXT)
        verdict_text(v, terminal_text_columns(STDOUT_FILENO),
                     terminal_has_colour(STDOUT_FILENO), &out);
    else
        format_rows[format].render(v, &out);
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    buf_release(&out);
}

int verdict_write(const struct verdict *v, const char *directory, struct err *e)
{
    int rc = 0;
    if (mkdir(directory, 0777) != 0 && errno != EEXIST)
        return err_set_errno(e, errno, "cannot make %s", directory);
    for (size_t i = 0; i < VERDICT_FORMATS && rc == 0; i++) {
        struct buf out;
        if (format_rows[i].file == NULL)
            continue;
        buf_init(&out, OUTPUT_BYTES);
        format_rows[i].render(v, &out);
        rc = file_write(directory, format_rows[i].file, &out, e);
        buf_release(&out);
    }
    return rc;
}

enum exit_code verdict_exit_code(const struct verdict *v, bool is_advisory)
{
    static const enum exit_code codes[] = {
        [CALL_GO] = EXIT_GO,
        [CALL_NO_GO] = EXIT_NO_GO,
        [CALL_INCONCLUSIVE] = EXIT_INCONCLUSIVE,
    };
    return is_advisory ? EXIT_GO : codes[v->call];
}

/* ---- the runs come in */

enum pairing_mode split_mode(const char *split, double *planned_ratio)
{
    char *end = NULL;
    double baseline = strtod(split, &end);
    *planned_ratio = 1;
    if (strcmp(split, "mirror") == 0)
        return PAIRING_MIRROR;
    if (end != split && *end == '/') {
        double canary = strtod(end + 1, NULL);
        if (baseline > 0 && canary > 0 && baseline < 1e6 && canary < 1e6)
            *planned_ratio = canary / baseline;
    }
    return PAIRING_CONCURRENT;
}

static int check_length(const struct testimony *t, struct err *e)
{
    if (testimony_seconds(t) <= SLICES_MAX)
        return 0;
    return err_set(e, "the runs of an arm are longer than %u seconds together",
                   SLICES_MAX);
}

/* Runs of one arm each. */
static int hear_all(const struct opt_list *paths, uint32_t metrics, struct testimony *t,
                    struct err *e)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct hearing *h = hearing_open(paths->items[i], NULL, metrics, e);
        if (h == NULL)
            return -1;
        if (hearing_arms(h) == 1)
            testimony_add(t, hearing_take(h, 0));
        else
            (void)err_set(e, "%s: has %zu arms: compare it alone", paths->items[i],
                          hearing_arms(h));
        hearing_close(h);
        if (e->is_set)
            return -1;
    }
    return check_length(t, e);
}

/* One run of two arms; the arm named baseline, or the first, is the baseline. */
static int hear_both(const char *path, uint32_t metrics, struct testimony *baseline,
                     struct testimony *canary, struct err *e)
{
    struct hearing *h = hearing_open(path, NULL, metrics, e);
    if (h == NULL)
        return -1;
    if (hearing_arms(h) == 2) {
        size_t first = strcmp(hearing_witness(h, 1)->arm, "baseline") == 0 ? 1 : 0;
        testimony_add(baseline, hearing_take(h, first));
        testimony_add(canary, hearing_take(h, 1 - first));
    } else {
        (void)err_set(e, "%s: has %zu arm%s: name a run of the other arm, too", path,
                      hearing_arms(h), hearing_arms(h) == 1 ? "" : "s");
    }
    hearing_close(h);
    return e->is_set ? -1 : check_length(baseline, e);
}

/* The words after "--", if it is there. */
static size_t words_after_dashes(const struct invocation *in)
{
    for (int i = 1; i < in->argc; i++)
        if (strcmp(in->argv[i], "--") == 0)
            return (size_t)(in->argc - i - 1);
    return 0;
}

/* Sorts words and options into the arms; both stay empty for one run of two arms. */
static int sort_runs(const struct invocation *in, struct opt_list *baseline,
                     struct opt_list *canary, struct err *e)
{
    const struct settings *set = in->settings;
    size_t words = in->args.count, after = words_after_dashes(in);
    *baseline = set->baseline;
    *canary = set->canary;
    if (baseline->count + canary->count > 0) {
        if (words > 0 || baseline->count == 0 || canary->count == 0)
            return err_set(e,
                           "--baseline and --canary: name runs of both, and no others");
        return 0;
    }
    if (words == 1)
        return 0;
    if (words == 2 && after == 0)
        after = 1;
    if (after == 0 || after >= words)
        return err_set(e, "which runs are the canary's? put -- between the arms: "
                          "BASELINE... -- CANARY...");
    *baseline = (struct opt_list){in->args.items, words - after};
    *canary = (struct opt_list){in->args.items + words - after, after};
    return 0;
}

static int hear(const struct invocation *in, uint32_t metrics, struct testimony *sides,
                struct verdict_options *options, struct err *e)
{
    struct opt_list baseline, canary;
    if (sort_runs(in, &baseline, &canary, e) < 0)
        return -1;
    if (baseline.count > 0) {
        options->mode = PAIRING_STORED;
        options->planned_ratio = 1;
        if (hear_all(&baseline, metrics, &sides[SIDE_BASELINE], e) < 0 ||
            hear_all(&canary, metrics, &sides[SIDE_CANARY], e) < 0)
            return -1;
        return testimony_distinct(&sides[SIDE_BASELINE], &sides[SIDE_CANARY], e);
    }
    if (hear_both(in->args.items[0], metrics, &sides[SIDE_BASELINE],
                  &sides[SIDE_CANARY], e) < 0)
        return -1;
    const struct testimony *baseline_side = &sides[SIDE_BASELINE];
    assert(baseline_side->count == 1 && baseline_side->runs != NULL);
    const struct witness_facts *facts = &baseline_side->runs[0]->facts;
    options->mode = split_mode(facts->split, &options->planned_ratio);
    verdict_options_looks(options, facts);
    return 0;
}

/* ---- what the verb does */

static struct policy *load_policy(const struct settings *set, struct err *e)
{
    return set->policy == NULL ? policy_default() : policy_load(set->policy, e);
}

static int put_file(const char *path, const struct buf *text, struct err *e)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        return err_set_errno(e, errno, "cannot write %s", path);
    bool is_short = fwrite(text->data, 1, text->len, f) < text->len;
    if (fclose(f) != 0 || is_short)
        return err_set_errno(e, errno, "cannot write %s", path);
    return 0;
}

static int hear_alike(const struct opt_list *paths, uint32_t metrics,
                      struct testimony sides[SIDES], struct testimony *alone,
                      struct err *e)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct hearing *h = hearing_open(paths->items[i], NULL, metrics, e);
        if (h == NULL)
            return -1;
        if (hearing_arms(h) == 2) {
            testimony_add(&sides[0], hearing_take(h, 0));
            testimony_add(&sides[1], hearing_take(h, 1));
        } else {
            testimony_add(alone, hearing_take(h, 0));
        }
        hearing_close(h);
    }
    if (testimony_distinct(&sides[0], &sides[1], e) < 0 ||
        testimony_distinct(alone, &(const struct testimony){0}, e) < 0)
        return -1;
    return check_length(alone, e);
}

static int calibrate(const struct invocation *in, const struct policy *policy,
                     struct err *e)
{
    const struct settings *set = in->settings;
    struct testimony sides[SIDES] = {{0}}, alone = {0};
    struct calibration *c = NULL;
    struct buf text;
    int rc = hear_alike(&in->args, policy_metrics(policy), sides, &alone, e);
    buf_init(&text, OUTPUT_BYTES);
    if (rc == 0)
        c = calibration_measure(&sides[0], &sides[1], &alone, policy, e);
    if (c != NULL) {
        calibration_print(c, &text);
        if (set->calibration != NULL)
            rc = put_file(set->calibration, &text, e);
        else
            (void)fwrite(text.data, 1, text.len, stdout); /* main checks stdout */
    }
    buf_release(&text);
    calibration_free(c);
    testimony_release(&sides[0]);
    testimony_release(&sides[1]);
    testimony_release(&alone);
    return c == NULL || rc < 0 ? command_fail(e, EXIT_USAGE) : EXIT_GO;
}

static int put_verdict(const struct settings *set, const struct verdict *v,
                       struct err *e)
{
    bool is_advisory = set->gate_mode == 1;
    enum exit_code strict = verdict_exit_code(v, false);
    verdict_put(v, (enum verdict_format)set->format);
    if (set->out != NULL && verdict_write(v, set->out, e) < 0)
        return command_fail(e, EXIT_CANNOT_RUN);
    if (is_advisory && strict != EXIT_GO)
        (void)fprintf(stderr,
                      "gust: advisory: %s, and the exit code is 0 instead of %d\n",
                      call_rows[v->call].word, (int)strict);
    return (int)verdict_exit_code(v, is_advisory);
}

static int compare(const struct invocation *in, const struct policy *policy,
                   struct err *e)
{
    const struct settings *set = in->settings;
    struct testimony sides[SIDES] = {{0}};
    struct verdict_options options = {0};
    struct calibration *c = NULL;
    int code = EXIT_USAGE;
    if (set->calibration != NULL)
        c = calibration_load(set->calibration, e);
    if (e->is_set || hear(in, policy_metrics(policy), sides, &options, e) < 0) {
        code = command_fail(e, EXIT_USAGE);
    } else {
        options.calibration = c;
        struct verdict *v =
            verdict_of(&sides[SIDE_BASELINE], &sides[SIDE_CANARY], policy, &options);
        code = put_verdict(set, v, e);
        if (set->out != NULL && !e->is_set &&
            verdict_page_write(v, &sides[SIDE_BASELINE], &sides[SIDE_CANARY], policy,
                               &options, set->out, e) < 0)
            code = command_fail(e, EXIT_CANNOT_RUN);
        verdict_free(v);
    }
    testimony_release(&sides[SIDE_BASELINE]);
    testimony_release(&sides[SIDE_CANARY]);
    calibration_free(c);
    return code;
}

static int print_policy(const struct policy *policy)
{
    struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    policy_print(policy, &out);
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    buf_release(&out);
    return EXIT_GO;
}

static int run_compare(const struct invocation *in)
{
    const struct settings *set = in->settings;
    struct err e = {0};
    struct policy *policy = load_policy(set, &e);
    if (policy == NULL)
        return command_fail(&e, EXIT_USAGE);
    int code = set->is_policy_printed ? print_policy(policy)
               : set->is_calibrating  ? calibrate(in, policy, &e)
                                      : compare(in, policy, &e);
    policy_free(policy);
    return code;
}

const struct command command_compare = {
    .name = "compare",
    .summary = "judge a canary's runs against a baseline's",
    .usage =
        "BASELINE_RUN CANARY_RUN | BASELINE_RUN... -- CANARY_RUN... | RUN [options]",
    .description =
        "Says GO, NO-GO or INCONCLUSIVE, with a reason per gate. GO: every gate refutes "
        "that the canary is worse by its margin (at most 5 % wrong). NO-GO: worse is "
        "proven and lies beyond the margin, or an SLO is proven broken. Otherwise "
        "INCONCLUSIVE, and how much longer to run. A comparison that is not fair (late "
        "generator, unequal load, quota, sick baseline, other profile) is never GO.\n\n"
        "Failed requests count as slower than every other. Noise is taken from the "
        "seconds of the runs themselves; several runs of an arm are compared run by "
        "run. RUN alone is a run of two arms.\n\n"
        "What no run shows by itself: noise slower than the run, and what differs from "
        "run to run; measure both with --aa, or repeat runs of both arms in turn. A "
        "canary exactly at a margin is a coin toss between NO-GO and INCONCLUSIVE. Near "
        "saturation nobody can decide in minutes: stay below 60 % of the baseline's "
        "capacity.\n\n"
        "The exit code is the verdict: 0 GO, 1 NO-GO, 4 INCONCLUSIVE, 2 the runs cannot "
        "be read.",
    .examples = "gust compare runs/main runs/branch\n"
                "gust compare runs/main-1 runs/main-2 -- runs/branch-1 runs/branch-2\n"
                "gust compare runs/canary --format markdown\n"
                "gust compare --print-policy",
    .options = compare_opts,
    .settings_size = sizeof(struct settings),
    .args_min = 0,
    .args_max = RUNS_MAX,
    .run = run_compare,
};
