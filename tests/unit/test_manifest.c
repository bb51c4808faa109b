/*
 * run.json: valid JSON whatever the run is, with every key that readers look for,
 * and without a secret.
 */
#include "engine/manifest.h"

#include "base/json.h"
#include "plan_world.h"

static const struct phase two[] = {
    {.kind = PHASE_WARMUP, .duration_ns = 10 * NS_PER_S},
    {.kind = PHASE_STEADY, .duration_ns = 50 * NS_PER_S, .is_measured = true},
};

struct settings {
    const char *target, *proxy;
    struct opt_list headers;
    uint64_t seed;
};

static const struct opt options[] = {
    {.name = "target",
     .letter = 't',
     .type = OPT_STRING,
     .offset = offsetof(struct settings, target),
     .help = "x"},
    {.name = "proxy",
     .type = OPT_STRING,
     .offset = offsetof(struct settings, proxy),
     .help = "x"},
    {.name = "header",
     .letter = 'H',
     .type = OPT_LIST,
     .offset = offsetof(struct settings, headers),
     .help = "x"},
    {.name = "seed",
     .type = OPT_U64,
     .offset = offsetof(struct settings, seed),
     .fallback = "1",
     .help = "x"},
    {0},
};

static const struct command command = {.name = "run", .options = options};

/* Secrets are "swordfish" wherever a user may put one. */
static char *words[] = {
    (char[]){"gust"},
    (char[]){"run"},
    (char[]){"--target"},
    (char[]){"http://me:swordfish@127.0.0.1:8000/v1"},
    (char[]){"--header"},
    (char[]){"X-One: swordfish"},
    (char[]){"--header=X-Two: swordfish"},
    (char[]){"--proxy=http://me:swordfish@proxy"},
    (char[]){"-H"},
    (char[]){"X-Three: swordfish"},
    (char[]){"-HX-Four: swordfish"},
    (char[]){"--seed"},
    (char[]){"9"},
};

struct world {
    struct plan_world plan;
    struct settings settings;
    struct opts *opts;
    struct invocation invocation;
    struct host host;
    struct generator generator;
    struct fold *fold;
    struct objection objections[OBJECTIONS_MAX];
    struct manifest manifest;
};

/* One request that succeeded and one that was shed. */
static void fold_some(struct world *w)
{
    struct epoch *e = epoch_new(1, 1);
    struct sample s = {.outcome = OUTCOME_OK, .attempts = 1, .output_tokens = 10};
    struct buf lines;
    for (int m = 0; m < METRIC_COUNT; m++)
        s.value_ns[m] = SAMPLE_UNDEFINED;
    epoch_sample(e, &s);
    s.outcome = OUTCOME_SHED;
    s.attempts = 0;
    epoch_sample(e, &s);
    buf_init(&lines, 1u << 20);
    fold_begin(w->fold, 0, NS_PER_S);
    fold_epoch(w->fold, e);
    fold_end(w->fold, "steady", true, &lines, &lines);
    buf_release(&lines);
    epoch_free(e);
}

static void world_init(struct world *w, const char *arrival)
{
    static const char *const arms[] = {"target"}, *const classes[] = {"chat"},
                             *const phases[] = {"warmup", "steady"};
    static const struct fold_names names = {.arms = arms,
                                            .classes = classes,
                                            .phases = phases,
                                            .arm_count = 1,
                                            .class_count = 1,
                                            .phase_count = 2};
    struct err e = {0};
    *w = (struct world){.plan = plan_world_new(CHAT_CLASS(""), arrival, two, 2)};
    struct target *t = &w->plan.plan.targets[0];
    t->name = "target";
    t->base_url = "http://me:swordfish@127.0.0.1:8000/v1";
    t->key = "swordfish";
    t->dialect = dialect_find("vllm");
    (void)snprintf(w->plan.plan.run_id, sizeof w->plan.plan.run_id, "c0ffee");
    w->opts = opts_new(options, &w->settings, &e);
    w->invocation = (struct invocation){
        .command = &command, .opts = w->opts, .argc = ARRAY_LEN(words), .argv = words};
    CHECK_INT(opts_command_line(w->opts, w->invocation.argc - 1, words + 1,
                                &w->invocation.args, &e),
              0);
    w->generator.cpu_share_max = 0.25;
    w->generator.clock_drift_ns = -500 * NS_PER_MS;
    w->host = (struct host){.cores = 2, .kernel = "Linux \"x\"", .nofile = 1024};
    w->fold = fold_new(&names);
    fold_some(w);
    w->manifest = (struct manifest){.plan = &w->plan.plan,
                                    .invocation = &w->invocation,
                                    .status = "complete",
                                    .stop_reason = "duration",
                                    .stop_text = "a \"quoted\"\nline",
                                    .t0_wall_ns = INT64_C(1763726400) * NS_PER_S,
                                    .t0_ns = 5,
                                    .elapsed_ns = 60 * NS_PER_S,
                                    .planned_ns = 60 * NS_PER_S,
                                    .window_start_ns = 10 * NS_PER_S,
                                    .window_end_ns = 60 * NS_PER_S,
                                    .window_ns = 50 * NS_PER_S,
                                    .digest = 0xabc,
                                    .host = &w->host,
                                    .fold = w->fold,
                                    .generator = &w->generator,
                                    .objections = w->objections};
}

static void world_release(struct world *w)
{
    fold_free(w->fold);
    opts_free(w->opts);
    plan_world_release(&w->plan);
}

/* The manifest, parsed; its text is checked for secrets on the way. */
static json_t *written(const struct world *w)
{
    struct buf text;
    struct err e = {0};
    buf_init(&text, 1u << 20);
    manifest_write(&w->manifest, &text);
    CHECK(!text.is_full && text.data[text.len - 1] == '\n');
    CHECK(strstr(text.data, "swordfish") == NULL);
    json_t *root = json_parse(text.data, text.len, &e);
    CHECK_STR(e.text, "");
    buf_release(&text);
    return root;
}

/* The value behind "a.b.0.c"; NULL when there is none. */
static const json_t *at_path(const json_t *value, const char *path)
{
    while (value != NULL && *path != '\0') {
        char key[64];
        size_t n = strcspn(path, ".");
        (void)snprintf(key, sizeof key, "%.*s", (int)n, path);
        value = json_is_array(value)
                    ? json_array_get(value, (size_t)strtoul(key, NULL, 10))
                    : json_object_get(value, key);
        path += n + (path[n] == '.');
    }
    return value;
}

/* A number, a word, true, false, null, or "-" where there is nothing. */
static void describe(const json_t *value, char text[160])
{
    if (json_is_string(value))
        (void)snprintf(text, 160, "%s", json_string_value(value));
    else if (json_is_number(value))
        (void)snprintf(text, 160, "%.12g", json_number_value(value));
    else if (json_is_null(value))
        (void)snprintf(text, 160, "null");
    else if (json_is_boolean(value))
        (void)snprintf(text, 160, "%s", json_is_true(value) ? "true" : "false");
    else
        (void)snprintf(text, 160, "-");
}

static const struct {
    const char *path, *expected;
} rows[] = {
    {"schema", "1"},
    {"status", "complete"},
    {"exit_code", "0"},
    {"stop.reason", "duration"},
    {"stop.text", "a \"quoted\"\nline"},
    {"run_id", "c0ffee"},
    {"command_line.0", "gust"},
    {"command_line.3", "http://***@127.0.0.1:8000/v1"},
    {"command_line.5", "X-One: ***"},
    {"command_line.6", "--header=X-Two: ***"},
    {"command_line.7", "--proxy=http://***@proxy"}, /* what follows one is itself */
    {"command_line.9", "X-Three: ***"},
    {"command_line.10", "-HX-Four: ***"},
    {"command_line.11", "--seed"},
    {"options.target.value", "http://***@127.0.0.1:8000/v1"},
    {"options.target.origin", "command line"},
    {"options.proxy.value", "http://***@proxy"},
    {"options.header.value", "X-One: ***"},
    {"options.seed.value", "9"},
    {"target.url", "http://***@127.0.0.1:8000/v1"},
    {"target.dialect", "vllm"},
    {"targets.0.name", "target"},
    {"arms.0", "target"},
    {"classes.0", "chat"},
    {"seed", "7"},
    {"schedule_digest", "0000000000000abc"},
    {"shard.index", "0"},
    {"shard.count", "1"},
    {"load.kind", "constant"},
    {"load.rate_per_s", "20"},
    {"load.users", "null"},
    {"load.duration_s", "60"},
    {"phases.0.name", "warmup"},
    {"phases.0.measured", "false"},
    {"phases.1.start_s", "10"},
    {"phases.1.duration_s", "50"},
    {"phases.1.measured", "true"},
    {"t0.wall", "2025-11-21T12:00:00Z"},
    {"t0.monotonic_ns", "5"},
    {"window.start_s", "10"},
    {"window.duration_s", "50"},
    {"progress.elapsed_s", "60"},
    {"progress.planned_s", "60"},
    {"totals.target.chat.scheduled", "2"},
    {"totals.target.chat.succeeded", "1"},
    {"totals.target.chat.not_sent", "1"},
    {"totals.target.chat.attempts", "1"},
    {"totals.target.chat.outcomes.shed", "1"},
    {"totals.target.chat.outcomes.ok", "1"},
    {"health.valid", "true"},
    {"health.workers", "1"},
    {"health.core_idle_min", "0.75"},
    {"health.clock_drift_s", "-0.5"},
    {"health.floor", "null"},
    {"tokens.overhead.0", "0"},
    {"host.cores", "2"},
    {"host.kernel", "Linux \"x\""},
    {"host.cgroup_cpus", "null"},
    {"profile.name", "world"},
    {"profile.document.classes.0.name", "chat"},
};

static void every_key_is_there(void)
{
    struct world w;
    world_init(&w, "\"kind\":\"constant\",\"rate\":20");
    json_t *root = written(&w);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[160];
        describe(at_path(root, rows[i].path), text);
        check_row = rows[i].path;
        CHECK_STR(text, rows[i].expected);
    }
    json_decref(root);
    world_release(&w);
}

static void closed_loops_have_users_and_no_rate(void)
{
    char text[160];
    struct world w;
    world_init(&w, "\"kind\":\"closed\",\"users\":3");
    json_t *root = written(&w);
    describe(at_path(root, "load.users"), text);
    CHECK_STR(text, "3");
    describe(at_path(root, "load.rate_per_s"), text);
    CHECK_STR(text, "null");
    json_decref(root);
    world_release(&w);
}

static void open_ended_runs_have_no_duration(void)
{
    char text[160];
    struct world w;
    world_init(&w, "\"kind\":\"constant\",\"rate\":20");
    w.plan.plan.is_open_ended = true;
    json_t *root = written(&w);
    describe(at_path(root, "load.duration_s"), text);
    CHECK_STR(text, "null");
    describe(at_path(root, "phases.1.duration_s"), text);
    CHECK_STR(text, "null");
    json_decref(root);
    world_release(&w);
}

static void before_the_start_there_are_no_totals(void)
{
    struct world w;
    world_init(&w, "\"kind\":\"constant\",\"rate\":20");
    w.manifest.fold = NULL;
    json_t *root = written(&w);
    CHECK_INT(json_object_size(at_path(root, "totals")), 0);
    json_decref(root);
    world_release(&w);
}

static void objections_make_it_invalid(void)
{
    char text[160];
    struct world w;
    world_init(&w, "\"kind\":\"constant\",\"rate\":20");
    w.objections[0] = (struct objection){.code = "shed",
                                         .resource = "in-flight cap",
                                         .is_fatal = true,
                                         .text = "one was not sent",
                                         .advice = "raise it"};
    w.manifest.objection_count = 1;
    w.manifest.floor_us_p99 = 210;
    json_t *root = written(&w);
    CHECK(json_is_false(at_path(root, "health.valid")));
    describe(at_path(root, "health.reasons.0.code"), text);
    CHECK_STR(text, "shed");
    describe(at_path(root, "health.floor.ttft_p99_us"), text);
    CHECK_STR(text, "210");
    json_decref(root);
    world_release(&w);
}

int main(void)
{
    RUN(every_key_is_there);
    RUN(closed_loops_have_users_and_no_rate);
    RUN(open_ended_runs_have_no_duration);
    RUN(before_the_start_there_are_no_totals);
    RUN(objections_make_it_invalid);
    return check_report();
}
