/*
 * From settings to a plan: loads that exclude each other, phases that scale, keys
 * that go only where they are meant to, and limits of the machine.
 */
#include "command/run_plan.h"

#include "scratch.h"

#define S NS_PER_S
#define WORDS_MAX 16

/* A command line that has been read, with everything it needs. */
struct line {
    struct run_settings settings;
    struct opts *opts;
    struct invocation invocation;
    struct err error;
    char *words[WORDS_MAX];
    char text[1024];
};

/* Splits words at blanks; "~" is a blank inside of one. */
static int read_line(struct line *l, const char *words)
{
    char *rest = NULL;
    int n = 0;
    *l = (struct line){0};
    (void)snprintf(l->text, sizeof l->text, "run %s", words);
    for (char *w = strtok_r(l->text, " ", &rest); w != NULL && n < WORDS_MAX;
         w = strtok_r(NULL, " ", &rest))
        l->words[n++] = w;
    for (char *p = l->text; p < l->text + sizeof l->text; p++)
        *p = *p == '~' ? ' ' : *p;
    l->opts = opts_new(run_options, &l->settings, &l->error);
    l->invocation = (struct invocation){
        .settings = &l->settings, .opts = l->opts, .argc = n, .argv = l->words};
    return opts_command_line(l->opts, n, l->words, &l->invocation.args, &l->error);
}

static int make(struct line *l, struct run_plan *p, const char *words)
{
    CHECK_INT(read_line(l, words), 0);
    CHECK_STR(l->error.text, "");
    return run_plan_make(p, &l->invocation, &l->error);
}

static void release(struct line *l, struct run_plan *p)
{
    run_plan_release(p);
    opts_free(l->opts);
}

/* --- profiles of the tests --------------------------------------------------- */

#define CLASSES                                                                        \
    "\"classes\":[{\"name\":\"chat\",\"api\":\"chat\",\"prompt\":20,\"output\":10}]"
#define POISSON "\"arrival\":{\"kind\":\"poisson\",\"rate\":\"4/s\"}"

static const struct {
    const char *name, *text;
} files[] = {
    {"open.json", "{\"name\":\"open\"," CLASSES "," POISSON "}"},
    {"closed.json",
     "{\"name\":\"closed\"," CLASSES ",\"arrival\":{\"kind\":\"closed\",\"users\":6}}"},
    {"traced.json",
     "{\"name\":\"traced\"," CLASSES ",\"arrival\":{\"kind\":\"trace\"}}"},
    {"phases.json", "{\"name\":\"phases\"," CLASSES "," POISSON ",\"phases\":["
                    "{\"kind\":\"warmup\",\"duration\":\"10s\"},"
                    "{\"kind\":\"steady\",\"duration\":\"60s\"},"
                    "{\"kind\":\"spike\",\"duration\":\"30s\",\"factor\":3}]}"},
    {"cold.json", "{\"name\":\"cold\"," CLASSES "," POISSON ",\"phases\":["
                  "{\"kind\":\"steady\",\"duration\":\"60s\"}],"
                  "\"slos\":[\"ttft p95 <= 1s\"]}"},
    {"trace.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n"
                  "2023-11-16 18:17:03.9799600,374,44\n"
                  "2023-11-16 18:17:04.0319600,396,109\n"},
    {"key", "  sesame  \n"},
    {"good-key", "sesame\nsecond line\n"},
    {"empty-key", "\nsesame\n"},
};

static struct scratch world_new(void)
{
    struct scratch s = scratch_new();
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        scratch_write(scratch_path(&s, files[i].name), files[i].text,
                      strlen(files[i].text));
    char long_key[5000];
    memset(long_key, 'k', sizeof long_key);
    scratch_write(scratch_path(&s, "long-key"), long_key, sizeof long_key);
    CHECK_INT(chdir(s.path), 0);
    return s;
}

/* --- loads ------------------------------------------------------------------- */

static const struct {
    const char *words;
    enum arrival_kind kind;
    double rate;
    uint32_t users;
} loads[] = {
    {"./open.json", ARRIVAL_POISSON, 4, 0},
    {"./open.json --rate 20/s", ARRIVAL_POISSON, 20, 0},
    {"./open.json --users 5", ARRIVAL_CLOSED, 0, 5},
    {"./closed.json", ARRIVAL_CLOSED, 0, 6},
    {"./closed.json --users 7", ARRIVAL_CLOSED, 0, 7},
    {"./closed.json --rate 600/min", ARRIVAL_POISSON, 10, 0},
    {"./traced.json --rate 1/s", ARRIVAL_POISSON, 1, 0},
    {"./open.json --trace ./trace.csv", ARRIVAL_TRACE, 0, 0},
    {"--trace ./trace.csv --speed 2x --limit 1", ARRIVAL_TRACE, 0, 0},
};

static void loads_are_chosen(void)
{
    for (size_t i = 0; i < ARRAY_LEN(loads); i++) {
        struct line l;
        struct run_plan p;
        check_row = loads[i].words;
        CHECK_INT(make(&l, &p, loads[i].words), 0);
        CHECK_STR(l.error.text, "");
        CHECK_INT(p.profile->arrival.kind, loads[i].kind);
        CHECK_NEAR(p.plan.schedule.rate_per_s, loads[i].rate, 1e-9);
        CHECK_INT(p.plan.schedule.users, loads[i].users);
        release(&l, &p);
    }
}

static const struct {
    const char *words, *error;
} wrong[] = {
    {"", "PROFILE is missing"},
    {"./open.json --rate 1/s --users 1", "exclude each other"},
    {"./open.json --trace ./trace.csv --rate 1/s", "--trace has its own times"},
    {"./open.json --trace ./trace.csv --users 1", "--trace has its own times"},
    {"./traced.json", "give --trace FILE"},
    {"--trace ./none.csv", "none.csv"},
    {"--trace ./trace.csv --speed 0x", "no factor above 0"},
    {"--trace ./trace.csv --speed fast", "no factor above 0"},
    {"--trace ./trace.csv --spread wide", "--spread"},
    {"./open.json --warmup 60s", "--warmup: it must be shorter"},
    {"./open.json --warmup 5s --duration 5s", "--warmup: it must be shorter"},
    {"./cold.json --warmup 9s --duration 5s", "--warmup: it must be shorter"},
    {"./open.json --slo nonsense", "--slo"},
    {"./closed.json --max-in-flight 5", "less than the closed loop's 6 users"},
};

static void wrong_words_are_refused(void)
{
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct line l;
        struct run_plan p;
        check_row = wrong[i].words;
        CHECK_INT(make(&l, &p, wrong[i].words), -1);
        CHECK(strstr(l.error.text, wrong[i].error) != NULL);
        release(&l, &p);
    }
}

/* --- phases ------------------------------------------------------------------ */

#define PHASES_MAX 5

static const struct {
    const char *words;
    int64_t ms[PHASES_MAX]; /* 0: no more */
    size_t warmups;         /* the first so many are not measured */
} phases[] = {
    {"./open.json", {10000, 50000}, 1},
    {"./open.json --duration 20s", {3000, 17000}, 1},
    {"./open.json --duration 1s", {1000}, 0},
    {"./open.json --duration 1500ms", {1500}, 0},
    {"./open.json --warmup 0", {60000}, 0},
    {"./open.json --warmup 1s --duration 10s", {1000, 9000}, 1},
    {"./open.json --duration 2h", {10000, 7190000}, 1},
    {"./phases.json", {10000, 60000, 30000}, 1},
    {"./phases.json --duration 190s", {10000, 120000, 60000}, 1},
    {"./phases.json --duration 20s", {4000, 11000, 5000}, 1}, /* at most a fifth */
    {"./phases.json --duration 95500ms", {10000, 57000, 28500}, 1},
    {"./phases.json --duration 3s", {1000, 1333, 667}, 1},
    {"./phases.json --warmup 0", {60000, 30000}, 0},
    {"./phases.json --warmup 2s", {2000, 60000, 30000}, 1},
    {"./phases.json --warmup 2s --duration 92s", {2000, 60000, 30000}, 1},
    {"./cold.json", {60000}, 0},
    {"./cold.json --warmup 5s", {5000, 60000}, 1},
    {"./cold.json --warmup 5s --duration 20s", {5000, 15000}, 1},
    {"--trace ./trace.csv --duration 30s", {30000}, 0},
    {"--trace ./trace.csv --duration 30s --warmup 5s", {5000, 25000}, 1},
};

static void phases_fit_the_duration(void)
{
    for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
        struct line l;
        struct run_plan p;
        int64_t sum_ns = 0;
        size_t n = 0;
        check_row = phases[i].words;
        CHECK_INT(make(&l, &p, phases[i].words), 0);
        for (; n < PHASES_MAX && phases[i].ms[n] > 0; n++) {
            CHECK_INT((p.phases[n].duration_ns + NS_PER_MS / 2) / NS_PER_MS,
                      phases[i].ms[n]);
            CHECK_INT(p.phases[n].is_measured, n >= phases[i].warmups);
            sum_ns += p.phases[n].duration_ns;
        }
        CHECK_INT(p.plan.schedule.phase_count, n);
        CHECK_INT(p.plan.duration_ns, sum_ns);
        CHECK(!p.plan.is_open_ended);
        release(&l, &p);
    }
}

static void a_trace_without_a_duration_is_open_ended(void)
{
    struct line l;
    struct run_plan p;
    CHECK_INT(make(&l, &p, "--trace ./trace.csv"), 0);
    CHECK(p.plan.is_open_ended && p.plan.ends_when_idle);
    CHECK(p.plan.duration_ns > 365 * 24 * 3600 * S);
    CHECK_INT(p.plan.schedule.phase_count, 1);
    release(&l, &p);
}

static void slos_of_the_line_replace_the_profiles(void)
{
    struct line l;
    struct run_plan p;
    CHECK_INT(make(&l, &p, "./cold.json"), 0);
    CHECK_INT(p.plan.slo_count, 1);
    CHECK_INT(p.plan.slos[0].metric, METRIC_TTFT);
    release(&l, &p);
    CHECK_INT(make(&l, &p, "./cold.json --slo success~>=~99% --slo goodput~>=~9%"), 0);
    CHECK_INT(p.plan.slo_count, 2);
    CHECK_INT(p.plan.slos[1].kind, SLO_GOODPUT);
    release(&l, &p);
}

/* --- keys -------------------------------------------------------------------- */

#define MOCK "http://127.0.0.1:8000"

static const struct {
    const char *words, *key; /* NULL: none is sent */
} keys[] = {
    {"--target https://api.mistral.ai", "from-env"},
    {"--target https://api.mistral.ai:443/v1", "from-env"},
    {"--target https://API.Mistral.AI/v1", "from-env"},
    {"--target https://me@api.mistral.ai", "from-env"},
    {"--target " MOCK " --dialect mistral", "from-env"},
    {"--target " MOCK " --key-env OTHER_KEY", "other"},
    {"--target " MOCK " --key-file ./good-key", "sesame"},
    {"--target https://api.mistral.ai --key-env OTHER_KEY", "other"},
    {"--target " MOCK, NULL},
    {"--target " MOCK " --dialect openai", NULL},
    {"--target https://api.openai.com", NULL},
    {"--target https://mistral.ai.example", NULL},
    {"--target https://notmistral.ai", NULL},
    /* only what libcurl would connect to counts */
    {"--target http://api.mistral.ai", NULL},
    {"--target https://api.mistral.ai@example", NULL},
    {"--target https://api.mistral.ai:x@example", NULL},
    {"--target https://example/api.mistral.ai", NULL},
    {"--target https://example?api.mistral.ai", NULL},
    {"--target https://example#api.mistral.ai", NULL},
    {"--target https://example\\api.mistral.ai", NULL},
};

static int target(struct line *l, struct run_plan *p, const char *words)
{
    *p = (struct run_plan){0};
    CHECK_INT(read_line(l, words), 0);
    return run_plan_target(p, 0, "target", "target", &l->settings.target, &l->error);
}

static void keys_go_where_they_are_meant_to(void)
{
    CHECK_INT(setenv("MISTRAL_API_KEY", "from-env", 1), 0);
    CHECK_INT(setenv("OTHER_KEY", "other", 1), 0);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct line l;
        struct run_plan p;
        check_row = keys[i].words;
        CHECK_INT(target(&l, &p, keys[i].words), 0);
        CHECK_STR(l.error.text, "");
        CHECK_STR(p.plan.targets[0].key ? p.plan.targets[0].key : "none",
                  keys[i].key ? keys[i].key : "none");
        release(&l, &p);
    }
}

static const struct {
    const char *words, *error;
} bad_targets[] = {
    {"", "--target is missing"},
    {"--target ftp://x", "must begin with http"},
    {"--target https://api.mistral.ai", "no API key"},
    {"--target " MOCK " --key-env NO_SUCH_KEY", "NO_SUCH_KEY is not set"},
    {"--target " MOCK " --key-file ./no-key", "cannot open ./no-key"},
    {"--target " MOCK " --key-file ./empty-key", "is empty"},
    {"--target " MOCK " --key-file ./key", "is empty"}, /* white space first */
    {"--target " MOCK " --key-file ./long-key", "is too long for a key"},
    {"--target " MOCK " --header nothing", "not of the form"},
    {"--target " MOCK " --header :value", "not of the form"},
};

static void bad_targets_are_refused(void)
{
    CHECK_INT(unsetenv("MISTRAL_API_KEY"), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad_targets); i++) {
        struct line l;
        struct run_plan p;
        check_row = bad_targets[i].words;
        CHECK_INT(target(&l, &p, bad_targets[i].words), -1);
        CHECK(strstr(l.error.text, bad_targets[i].error) != NULL);
        release(&l, &p);
    }
}

static void a_target_has_what_it_was_given(void)
{
    struct line l;
    struct run_plan p;
    CHECK_INT(target(&l, &p, "-t " MOCK " -d vllm -m small -H X-A:1 -H X-B:2"), 0);
    const struct target *t = &p.plan.targets[0];
    CHECK_STR(t->name, "target");
    CHECK_STR(t->base_url, MOCK);
    CHECK_STR(t->dialect->name, "vllm");
    CHECK_STR(t->model, "small");
    CHECK_STR(t->headers[0], "X-A:1");
    CHECK_STR(t->headers[1], "X-B:2");
    CHECK(t->headers[2] == NULL);
    release(&l, &p);
    CHECK_INT(target(&l, &p, "-t " MOCK), 0);
    CHECK(p.plan.targets[0].dialect == NULL); /* to be found */
    release(&l, &p);
}

/* --- does it fit? ------------------------------------------------------------ */

static const struct {
    const char *words;
    unsigned cores;
    uint64_t nofile;
    uint32_t threads, in_flight; /* 0: does not fit */
} fits[] = {
    {"./open.json", 8, 20000, 1, 10000},
    {"./open.json --max-in-flight 50", 8, 20000, 1, 50},
    {"./open.json --rate 5000/s", 8, 20000, 4, 10000},
    {"./open.json --rate 5000/s", 4, 20000, 3, 10000},
    {"./open.json --rate 5000/s", 2, 20000, 1, 10000},
    {"./open.json --rate 5000/s --threads 2", 8, 20000, 2, 10000},
    {"./open.json", 8, 1024, 1, 896}, /* a default is fitted to the limit */
    {"./open.json --threads 16", 8, 1024, 16, 672},
    {"./open.json --max-in-flight 1000", 8, 1024, 0, 0}, /* what was asked is not */
    {"./open.json", 8, 100, 0, 0},
    {"./closed.json --users 12000", 8, 20000, 4, 12000},
    {"./closed.json --users 2000", 8, 1024, 0, 0},
    {"./phases.json --users 5000", 2, 50000, 1, 15000}, /* the spike is of three */
};

static void limits_fit_the_machine(void)
{
    for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
        struct line l;
        struct run_plan p;
        struct host h = {.cores = fits[i].cores, .nofile = fits[i].nofile};
        check_row = fits[i].words;
        CHECK_INT(make(&l, &p, fits[i].words), 0);
        int rc = run_plan_fit(&p, &l.invocation, &h, &l.error);
        CHECK_INT(rc, fits[i].threads > 0 ? 0 : -1);
        if (rc == 0) {
            CHECK_INT(p.plan.threads, fits[i].threads);
            CHECK_INT(p.plan.max_in_flight, fits[i].in_flight);
            CHECK(host_descriptors_needed(p.plan.max_in_flight, p.plan.threads) <=
                  h.nofile);
        } else {
            CHECK(strstr(l.error.text, "ulimit -n allows") != NULL);
        }
        release(&l, &p);
    }
}

static void connections_are_warmed_as_needed(void)
{
    static const struct {
        double rate;
        uint32_t users;
        int64_t latency_ms;
        uint64_t asked;
        uint32_t max, expected;
    } rows[] = {
        {20, 0, 500, 0, 1000, 28},    /* twice rate times latency, and a few */
        {20, 0, 10000, 0, 1000, 256}, /* within reason */
        {0, 50, 500, 0, 1000, 50},    {20, 0, 500, 77, 1000, 77},
        {20, 0, 500, 0, 10, 10},      {20, 0, 500, 77, 10, 10},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct plan plan = {
            .schedule = {.rate_per_s = rows[i].rate, .users = rows[i].users},
            .targets[0].calibration_ns = rows[i].latency_ms * NS_PER_MS,
            .max_in_flight = rows[i].max,
            .shards = 1};
        CHECK_INT(run_plan_warm_connections(&plan, rows[i].asked), rows[i].expected);
    }
}

int main(void)
{
    struct scratch world = world_new();
    RUN(loads_are_chosen);
    RUN(wrong_words_are_refused);
    RUN(phases_fit_the_duration);
    RUN(a_trace_without_a_duration_is_open_ended);
    RUN(slos_of_the_line_replace_the_profiles);
    RUN(keys_go_where_they_are_meant_to);
    RUN(bad_targets_are_refused);
    RUN(a_target_has_what_it_was_given);
    RUN(limits_fit_the_machine);
    RUN(connections_are_warmed_as_needed);
    scratch_remove(&world);
    return check_report();
}
