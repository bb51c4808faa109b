/*
 * gust triage: the first five minutes of an incident as one command.
 *
 * The story: options -> targets -> a look (checks, decision tree) -> verdict, checks
 * and next steps -> exit code. With --watch it looks again until users are served,
 * and says only what has changed. One good look after a bad one may be luck, so that
 * recovery is believed when the next look is good, too.
 */
#include "command/triage.h"

#include "base/clock.h"
#include "base/terminal.h"
#include "base/units.h"
#include "command/commands.h"
#include "engine/pause.h"
#include "engine/run.h"
#include "engine/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MAX_NS (5 * NS_PER_S)
#define GOOD_LOOKS 2 /* in a row, to believe a recovery */
#define KEPT_LOOKS 16
#define OUTPUT_MAX (16u << 20)

#define ERROR_QUERY                                                                    \
    "(sum(rate(http_requests_total{status=~\"5..\"}[5m])) or vector(0))"               \
    " / sum(rate(http_requests_total[5m]))"

struct triage_settings {
    struct opt_list targets, dialects, models, key_envs, key_files, headers;
    const char *ca_file, *proxy;
    bool is_insecure;
    const char *prometheus, *query, *app, *bundle;
    double error_limit;
    uint64_t requests;
    int64_t slow_ns, timeout_ns, watch_ns;
    bool is_json;
};

#define FIELD(name) offsetof(struct triage_settings, name)

/* clang-format off */
static const struct opt options[] = {
    {.name = "target", .letter = 't', .type = OPT_LIST, .offset = FIELD(targets), .arg = "URL", .group = "Targets",
     .help = "base URL of a server, with or without /v1; repeat it for those that stand by, the first is the one in use"},
    {.name = "dialect", .letter = 'd', .type = OPT_LIST, .offset = FIELD(dialects), .arg = "NAME", .group = "Targets",
     .help = "how the server wants to be spoken to; default: auto, which asks it. Once for all targets, or once for each"},
    {.name = "model", .letter = 'm', .type = OPT_LIST, .offset = FIELD(models), .arg = "NAME", .group = "Targets",
     .help = "model to ask for; default: the first that the server lists. Once for all targets, or once for each"},
    {.name = "key-env", .type = OPT_LIST, .offset = FIELD(key_envs), .arg = "NAME", .group = "Targets",
     .help = "environment variable that holds the API key, once for each target, - for none; default: MISTRAL_API_KEY, for the Mistral API only"},
    {.name = "key-file", .type = OPT_LIST, .offset = FIELD(key_files), .arg = "FILE", .group = "Targets",
     .help = "file that holds the API key in its first line, once for each target, - for none"},
    {.name = "header", .letter = 'H', .type = OPT_LIST, .offset = FIELD(headers), .arg = "'NAME: VALUE'", .group = "Targets",
     .help = "further request header for a single target; may be repeated; its value is never written"},

    {.name = "prometheus", .type = OPT_STRING, .offset = FIELD(prometheus), .arg = "URL", .group = "Beside the targets",
     .help = "Prometheus server to ask for the error rate that users see"},
    {.name = "query", .type = OPT_STRING, .offset = FIELD(query), .fallback = ERROR_QUERY, .arg = "PROMQL", .group = "Beside the targets",
     .help = "what to ask it: a share of errors, 0..1, as one number"},
    {.name = "error-limit", .type = OPT_SHARE, .offset = FIELD(error_limit), .fallback = "1%", .max = 1, .arg = "1%", .group = "Beside the targets",
     .help = "a larger error rate is an incident"},
    {.name = "app-health", .type = OPT_STRING, .offset = FIELD(app), .arg = "URL", .group = "Beside the targets",
     .help = "health endpoint of the application in front: unhealthy while the server is well means our side"},

    {.name = "requests", .type = OPT_U64, .offset = FIELD(requests), .fallback = "3", .min = 1, .max = 20, .arg = "N", .group = "Look",
     .help = "requests for one token to send to each target; a refusal that another one would not change ends them"},
    {.name = "slow", .type = OPT_DURATION, .offset = FIELD(slow_ns), .fallback = "5s", .max = 3.6e12, .arg = "5s", .group = "Look",
     .help = "a later first token is an incident; 0: never"},
    {.name = "timeout", .type = OPT_DURATION, .offset = FIELD(timeout_ns), .fallback = "10s", .min = 1e8, .max = 3.6e12, .arg = "10s", .group = "Look",
     .help = "limit of each call; of a TCP connection 5s at most"},
    {.name = "watch", .letter = 'w', .type = OPT_DURATION, .offset = FIELD(watch_ns), .min = 1e8, .max = 3.6e12, .arg = "30s", .group = "Look",
     .help = "look again so long after each look until users are served, and say what changes"},

    {.name = "cacert", .type = OPT_STRING, .offset = FIELD(ca_file), .arg = "FILE", .group = "Network",
     .help = "certificates to trust, PEM"},
    {.name = "insecure", .type = OPT_FLAG, .offset = FIELD(is_insecure), .group = "Network",
     .help = "do not check the server's certificate"},
    {.name = "proxy", .type = OPT_STRING, .offset = FIELD(proxy), .arg = "URL", .group = "Network",
     .help = "proxy to go through; the environment's is ignored"},

    {.name = "json", .type = OPT_FLAG, .offset = FIELD(is_json), .group = "Output",
     .help = "the verdict as JSON; with --watch a line per change"},
    {.name = "bundle", .type = OPT_STRING, .offset = FIELD(bundle), .arg = "FILE.tar.gz", .group = "Output",
     .help = "write the evidence into this archive, without secrets"},
    {0},
};
/* clang-format on */

/* --- from options to targets --------------------------------------------------------- */

/* The value for target i of n: none, one for all, or one for each. */
static int pick(const struct opt_list *list, const char *option, bool is_for_all,
                size_t i, size_t n, const char **out, struct err *e)
{
    *out = NULL;
    if (list->count == 0)
        return 0;
    if (list->count != n && !(is_for_all && list->count == 1))
        return err_set(e,
                       "--%s is given %zu times for %zu targets: give it %sfor each%s",
                       option, list->count, n, is_for_all ? "once, or once " : "once ",
                       is_for_all ? "" : ", - for none");
    const char *item = list->items[list->count == 1 ? 0 : i];
    *out = strcmp(item, "-") == 0 ? NULL : item;
    return 0;
}

static int take_dialect(const char *name, struct target_settings *out, struct err *e)
{
    for (int i = 0; name != NULL && run_dialects[i] != NULL; i++)
        if (strcmp(run_dialects[i], name) == 0) {
            out->dialect = i;
            return 0;
        }
    if (name == NULL)
        return 0;
    return err_set(e,
                   "--dialect: \"%s\" is not one of auto, mistral, openai, vllm, "
                   "sglang, llamacpp, tgi, ollama",
                   name);
}

static int take_target(struct triage *t, const struct triage_settings *s, size_t i,
                       struct err *e)
{
    struct triage_target *to = &t->targets[i];
    size_t n = s->targets.count;
    struct target_settings one = {.url = s->targets.items[i], .may_lack_key = true};
    const char *dialect = NULL;
    if (pick(&s->dialects, "dialect", true, i, n, &dialect, e) < 0 ||
        pick(&s->models, "model", true, i, n, &one.model, e) < 0 ||
        pick(&s->key_envs, "key-env", false, i, n, &one.key_env, e) < 0 ||
        pick(&s->key_files, "key-file", false, i, n, &one.key_file, e) < 0 ||
        take_dialect(dialect, &one, e) < 0)
        return -1;
    one.headers = s->headers;
    if (reach_place(one.url, "target", &to->place, e) < 0 ||
        run_plan_target(&to->setup, 0, "target", "target", &one, e) < 0)
        return -1;
    struct buf shown;
    buf_init(&shown, 8192);
    transcript_url(&shown, one.url);
    (void)snprintf(to->shown, sizeof to->shown, "%s", shown.data);
    buf_release(&shown);
    struct plan *plan = &to->setup.plan;
    plan->arms = 1;
    plan->net = (struct net_options){
        .ca_file = s->ca_file, .is_insecure = s->is_insecure, .proxy = s->proxy};
    plan->timers.connect_ns =
        s->timeout_ns < CONNECT_MAX_NS ? s->timeout_ns : CONNECT_MAX_NS;
    return 0;
}

static int check_settings(const struct triage_settings *s, struct err *e)
{
    struct place ignored;
    if (s->targets.count == 0)
        return err_set(e, "--target is missing: the base URL of the server, such as "
                          "http://127.0.0.1:8000");
    if (s->targets.count > TRIAGE_TARGETS_MAX)
        return err_set(e, "--target: %zu targets, %d are allowed", s->targets.count,
                       TRIAGE_TARGETS_MAX);
    if (s->targets.count > 1 && s->headers.count > 0)
        return err_set(e, "--header: its value may be a secret of one target; with "
                          "several, look at them one by one");
    if (s->prometheus != NULL &&
        reach_place(s->prometheus, "prometheus", &ignored, e) < 0)
        return -1;
    return s->app != NULL ? reach_place(s->app, "app-health", &ignored, e) : 0;
}

static int take_targets(struct triage *t, const struct triage_settings *s,
                        struct err *e)
{
    if (check_settings(s, e) < 0)
        return -1;
    t->target_count = s->targets.count;
    for (size_t i = 0; i < t->target_count; i++)
        if (take_target(t, s, i, e) < 0)
            return -1;
    t->prometheus = s->prometheus;
    t->query = s->query;
    t->app = s->app;
    t->error_limit = s->error_limit;
    t->requests = s->requests;
    t->slow_ns = s->slow_ns;
    t->timeout_ns = s->timeout_ns;
    t->watch_ns = s->watch_ns;
    return 0;
}

/* --- looking, and looking again --------------------------------------------------------- */

/* A watch in progress. */
struct watch {
    const struct triage *triage;
    const struct triage_settings *settings;
    struct look now;
    struct look looks[KEPT_LOOKS]; /* those whose state was new, oldest first */
    size_t count;
    struct changes changes;
};

static void print(struct buf *out)
{
    (void)fwrite(out->data, 1, out->len, stdout); /* main checks stdout at the end */
    (void)fflush(stdout);
    buf_release(out);
}

static void print_look(const struct watch *w, const struct look *l)
{
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (w->settings->is_json)
        triage_json(l, w->triage, &w->changes, w->triage->watch_ns == 0, &out);
    else
        triage_text(l, w->triage, terminal_text_columns(STDOUT_FILENO),
                    terminal_has_colour(STDOUT_FILENO), &out);
    print(&out);
}

/* Is this look's state another than the last one's? */
static bool is_change(const struct watch *w, const struct look *l)
{
    const struct changes *c = &w->changes;
    if (c->count == 0)
        return true;
    const struct change *last = &c->items[c->count - 1];
    return last->leaf != l->diagnosis.leaf || last->severity != l->diagnosis.severity;
}

static void note_change(struct watch *w, const struct look *l)
{
    struct changes *c = &w->changes;
    struct buf text;
    if (c->count == TRIAGE_CHANGES_MAX) {
        memmove(c->items, c->items + 1, (c->count - 1) * sizeof *c->items);
        c->count--;
        c->dropped++;
    }
    struct change *to = &c->items[c->count++];
    *to = (struct change){.wall_ns = l->wall_ns,
                          .start_ns = l->start_ns,
                          .leaf = l->diagnosis.leaf,
                          .severity = l->diagnosis.severity};
    buf_init(&text, 8192);
    look_sentence(l, w->triage, &text);
    (void)snprintf(to->text, sizeof to->text, "%s", text.data);
    buf_release(&text);
}

/* "2026-11-21T14:03:05Z  P2 -> P4 after 2 min 30 s  nothing wrong is seen: ..." */
static void print_change(const struct watch *w)
{
    const struct changes *c = &w->changes;
    const struct change *now = &c->items[c->count - 1], *old = now - 1;
    char time[UNITS_TEXT], lasted[UNITS_TEXT];
    printf("%s  P%d -> P%d after %s: %s\n", units_format_utc(time, now->wall_ns),
           (int)old->severity, (int)now->severity,
           units_format_ns(lasted, now->start_ns - old->start_ns), now->text);
    (void)fflush(stdout);
}

/* Takes the look into the kept ones: the first of them and the last, since how it
 * began is worth most. */
static struct look *keep(struct watch *w)
{
    if (w->count == KEPT_LOOKS)
        look_release(&w->looks[--w->count]);
    struct look *kept = &w->looks[w->count++];
    *kept = w->now;
    look_init(&w->now);
    return kept;
}

static int save(const struct watch *w, struct err *e)
{
    return w->settings->bundle == NULL
               ? 0
               : triage_bundle(w->settings->bundle, w->looks, w->count, w->triage,
                               &w->changes, e);
}

/* Says what a look whose state is new has to say. */
static void print_new(const struct watch *w, const struct look *l)
{
    if (w->changes.count == 1 || w->settings->is_json)
        print_look(w, l);
    else
        print_change(w);
}

static void say_recovered(const struct watch *w, const struct look *l)
{
    char time[UNITS_TEXT], lasted[UNITS_TEXT];
    if (!w->settings->is_json)
        printf("%s  recovered: users are served; watched for %s\n",
               units_format_utc(time, l->wall_ns),
               units_format_ns(lasted, l->start_ns - w->changes.items[0].start_ns));
}

static void say_waiting(const struct watch *w)
{
    char wait[UNITS_TEXT];
    if (w->settings->is_json)
        return;
    printf("\nlooking again every %s until users are served; Ctrl-C ends it\n",
           units_format_ns(wait, w->triage->watch_ns));
    (void)fflush(stdout);
}

/* One look into w->now, or kept and said when its state is new. */
static const struct look *look_once(struct watch *w, struct err *e)
{
    look_release(&w->now);
    look_init(&w->now);
    look_make(&w->now, w->triage);
    if (w->now.is_interrupted || !is_change(w, &w->now))
        return &w->now;
    note_change(w, &w->now);
    const struct look *kept = keep(w);
    print_new(w, kept);
    return save(w, e) < 0 ? NULL : kept;
}

/* Looks until users are served; the exit code, -1 when the archive failed. */
static int look_until_served(struct watch *w, struct err *e)
{
    bool is_watched = w->triage->watch_ns > 0;
    unsigned good = 0;
    for (unsigned looks = 1;; looks++) {
        const struct look *l = look_once(w, e);
        if (l == NULL)
            return -1;
        if (l->is_interrupted)
            return EXIT_INTERRUPTED;
        bool is_good = diagnosis_is_recovered(&l->diagnosis);
        good = is_good ? good + 1 : 0;
        if (!is_watched)
            return (int)look_exit_code(l);
        if (is_good && looks == 1)
            return EXIT_GO;
        if (good == GOOD_LOOKS) {
            say_recovered(w, l);
            return EXIT_GO;
        }
        if (looks == 1)
            say_waiting(w);
        if (pause_wait(w->triage->pause, w->triage->watch_ns))
            return EXIT_INTERRUPTED;
    }
}

static int look(struct triage *t, const struct triage_settings *s)
{
    struct err e = {0};
    struct pause pause = {.fd = -1};
    struct watch *w = xcalloc(1, sizeof *w); /* large: not for the stack */
    w->triage = t;
    w->settings = s;
    look_init(&w->now);
    int code = -1;
    if (t->watch_ns == 0 || pause_begin(&pause, &e) == 0) {
        t->pause = t->watch_ns > 0 ? &pause : NULL;
        code = look_until_served(w, &e);
    }
    pause_end(&pause);
    look_release(&w->now);
    for (size_t i = 0; i < w->count; i++)
        look_release(&w->looks[i]);
    free(w);
    return code < 0 ? command_fail(&e, EXIT_CANNOT_RUN) : code;
}

static int triage(const struct invocation *in)
{
    const struct triage_settings *s = in->settings;
    struct err e = {0};
    struct triage *t = xcalloc(1, sizeof *t); /* large: not for the stack */
    run_init();
    int code = take_targets(t, s, &e) < 0 ? command_fail(&e, EXIT_USAGE) : look(t, s);
    run_cleanup();
    for (size_t i = 0; i < TRIAGE_TARGETS_MAX; i++)
        run_plan_release(&t->targets[i].setup);
    free(t);
    return code;
}

static const char description[] =
    "The first five minutes of an incident: looks at a model server from the name on "
    "the wire up to the first token, and says what is wrong, how bad it is, on whose "
    "side, and what to do next.\n\n"
    "Checks, in this order: name resolution; a TCP connection to each address; TLS and "
    "the certificate; the list of models, with the key and without; the model; a few "
    "streamed requests for one token; rate-limit headers; the server's health and its "
    "queue. Beside them, where asked for: the error rate that Prometheus knows, and the "
    "health of the application in front. What fails below explains what is above it.\n\n"
    "P1: users get nothing. P2: some users get nothing, or all wait. P3: users are "
    "served; something beside them is wrong. P4: nothing wrong is seen.\n\n"
    "The exit code is 0 for P4, 1 for P1 and P2, 4 for P3, 3 when it could not be told "
    "whether users are served, 130 when interrupted. With --watch it is 0 once users are "
    "served: at once, or after two good looks in a row.\n\n"
    "It costs --requests tokens of output per target and look.";

static const char examples[] =
    "gust triage --target https://api.mistral.ai --model mistral-small-latest\n"
    "gust triage --target http://10.0.0.7:8000 --target http://10.0.0.8:8000\n"
    "gust triage --target URL --prometheus http://prometheus:9090 --app-health URL\n"
    "gust triage --target URL --watch 30s --bundle incident.tar.gz";

const struct command command_triage = {
    .name = "triage",
    .summary = "find out what is wrong with a model server right now",
    .usage = "--target URL [--target URL...] [options]",
    .description = description,
    .examples = examples,
    .options = options,
    .settings_size = sizeof(struct triage_settings),
    .args_min = 0,
    .args_max = 0,
    .run = triage,
};
