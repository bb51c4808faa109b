/* Options: every type, every source, every way to be wrong, and the texts made
 * from the rows. */
#include "base/opts.h"
#include "check.h"

#include <stdlib.h>

struct settings {
    bool is_quiet;
    bool is_warm;
    const char *out;
    struct opt_list headers;
    uint64_t seed;
    double factor;
    double share;
    int64_t stall_ns;
    double rate_per_s;
    uint64_t body_bytes;
    int dialect;
};

#define AT(field) offsetof(struct settings, field)

static const char *const dialects[] = {"auto", "mistral", "openai", NULL};

static const struct opt table[] = {
    {"quiet", 'q', OPT_FLAG, AT(is_quiet), .group = "Output", .help = "say nothing"},
    {"out", 'o', OPT_STRING, AT(out), .arg = "DIR", .group = "Output",
     .help = "where the run directory goes"},
    {"warm", 0, OPT_FLAG, AT(is_warm), .fallback = "true", .group = "Load",
     .help = "open connections first"},
    {"header", 'H', OPT_LIST, AT(headers), .arg = "TEXT", .group = "Load",
     .help = "send a header"},
    {"seed", 0, OPT_U64, AT(seed), .fallback = "42", .group = "Load",
     .help = "of the schedule"},
    {"factor", 0, OPT_DOUBLE, AT(factor), -2, 2, .group = "Load", .help = "a number"},
    {"share", 0, OPT_SHARE, AT(share), 0.01, 0.5, .group = "Load", .help = "a share"},
    {"stall", 0, OPT_DURATION, AT(stall_ns), 1e6, 3600e9, .fallback = "30s",
     .arg = "10s", .group = "Load", .help = "longest silence"},
    {"rate", 'r', OPT_RATE, AT(rate_per_s), 0, 1e6, .arg = "20/s", .group = "Load",
     .help = "requests started"},
    {"max-body", 0, OPT_SIZE, AT(body_bytes), 1024, 1 << 20, .fallback = "64k",
     .group = "Load", .help = "largest body"},
    {"dialect", 0, OPT_CHOICE, AT(dialect), .choices = dialects, .fallback = "auto",
     .group = "Load", .help = "how the target speaks"},
    {0},
};

#define WORDS_MAX 8

/* A command line, parsed, and what it came to. */
struct parsed {
    struct settings s;
    struct opts *opts;
    struct opt_list args;
    struct err e;
    int rc;
    int argc;
    char *argv[WORDS_MAX + 1];
};

static void parse(struct parsed *p, const char *const *words)
{
    *p = (struct parsed){0};
    p->opts = opts_new(table, &p->s, &p->e);
    p->argv[p->argc++] = xstrdup("run");
    for (; *words != NULL; words++)
        p->argv[p->argc++] = xstrdup(*words);
    p->rc = opts_command_line(p->opts, p->argc, p->argv, &p->args, &p->e);
}

static void forget(struct parsed *p)
{
    opts_free(p->opts);
    for (int i = 0; i < p->argc; i++)
        free(p->argv[i]);
}

#define PARSE(p, ...) parse((p), (const char *const[]){__VA_ARGS__, NULL})

static void defaults_fill_the_fields(void)
{
    struct settings s = {0};
    struct err e = {0};
    struct opts *o = opts_new(table, &s, &e);
    CHECK(o != NULL && !e.is_set);
    CHECK(!s.is_quiet && s.is_warm);
    CHECK(s.out == NULL);
    CHECK_INT(s.seed, 42);
    CHECK_INT(s.stall_ns, 30 * NS_PER_S);
    CHECK_INT(s.body_bytes, 65536);
    CHECK_INT(s.dialect, 0);
    CHECK_INT(opts_origin(o, "seed"), OPT_FROM_DEFAULT);
    opts_free(o);
    opts_free(NULL);
}

static void a_bad_default_is_refused(void)
{
    static const struct opt bad[] = {
        {"seed", 0, OPT_U64, AT(seed), .fallback = "many"},
        {0},
    };
    struct settings s = {0};
    struct err e = {0};
    CHECK(opts_new(bad, &s, &e) == NULL);
    CHECK_STR(e.text, "seed (default): \"many\" is no whole number");
}

static void every_type_is_read(void)
{
    struct parsed p;
    PARSE(&p, "--quiet", "--no-warm", "--seed=7", "--factor=-1.5", "--share", "5%",
          "--stall=90s", "-r600/min");
    CHECK_INT(p.rc, 0);
    CHECK(p.s.is_quiet && !p.s.is_warm);
    CHECK_INT(p.s.seed, 7);
    CHECK_NEAR(p.s.factor, -1.5, 0);
    CHECK_NEAR(p.s.share, 0.05, 1e-15);
    CHECK_INT(p.s.stall_ns, 90 * NS_PER_S);
    CHECK_NEAR(p.s.rate_per_s, 10, 1e-12);
    forget(&p);
    PARSE(&p, "-q", "-o", "runs/a", "--max-body", "4k", "--dialect", "openai");
    CHECK_INT(p.rc, 0);
    CHECK(p.s.is_quiet);
    CHECK_STR(p.s.out, "runs/a");
    CHECK_INT(p.s.body_bytes, 4096);
    CHECK_INT(p.s.dialect, 2);
    forget(&p);
}

static void words_are_told_from_options(void)
{
    struct parsed p;
    PARSE(&p, "chat", "--quiet", "-", "--seed", "1", "--", "--rate");
    CHECK_INT(p.rc, 0);
    CHECK_INT(p.args.count, 3);
    CHECK_STR(p.args.items[0], "chat");
    CHECK_STR(p.args.items[1], "-");
    CHECK_STR(p.args.items[2], "--rate");
    forget(&p);
}

static void a_list_grows_within_one_origin(void)
{
    struct parsed p;
    PARSE(&p, "-H", "a: 1", "--header=b: 2");
    CHECK_INT(p.rc, 0);
    CHECK_INT(p.s.headers.count, 2);
    CHECK_STR(p.s.headers.items[1], "b: 2");
    CHECK_INT(opts_set(p.opts, "header", "c: 3", OPT_FROM_PROFILE, &p.e), 0);
    CHECK_INT(p.s.headers.count, 2);
    forget(&p);

    struct settings s = {0};
    struct err e = {0};
    struct opts *o = opts_new(table, &s, &e);
    CHECK_INT(opts_set(o, "header", "low", OPT_FROM_PROFILE, &e), 0);
    CHECK_INT(opts_set(o, "header", "high", OPT_FROM_ENVIRONMENT, &e), 0);
    CHECK_INT(s.headers.count, 1);
    CHECK_STR(s.headers.items[0], "high");
    opts_free(o);
}

static void wrong_command_lines_are_named(void)
{
    static const struct {
        const char *name;
        const char *words[4];
        const char *error;
    } rows[] = {
        {"unknown, near", {"--sead=1"}, "unknown option --sead; did you mean --seed?"},
        {"unknown, far", {"--bandwidth"}, "unknown option --bandwidth"},
        {"a secret is not repeated", {"--api-key=s3cret"}, "unknown option --api-key"},
        {"unknown letter", {"-z"}, "unknown option -z"},
        {"no value", {"--rate"}, "--rate needs a value: 20/s"},
        {"an option is no value", {"--out", "--quiet"}, "--out needs a value: DIR"},
        {"not a rate",
         {"--rate", "fast"},
         "--rate: \"fast\" is no rate: allowed are 20/s, 600/min, 5/h"},
        {"not a flag",
         {"--quiet=maybe"},
         "--quiet: \"maybe\" is neither true nor false"},
        {"bundled", {"-qo"}, "-qo: -q takes no value"},
        {"no flag to negate",
         {"--no-rate"},
         "unknown option --no-rate; did you mean --rate?"},
        {"choice",
         {"--dialect", "mistrial"},
         "--dialect: \"mistrial\" is none of auto, mistral, openai"},
        {"duration too short",
         {"--stall", "10us"},
         "--stall: 10us is out of range 1ms..1h"},
        {"size too large", {"--max-body=2m"}, "--max-body: 2m is out of range 1k..1m"},
        {"share", {"--share=60%"}, "--share: 60% is out of range 1%..50%"},
        {"rate",
         {"--rate=9999999/s"},
         "--rate: 9999999/s is out of range 0/s..1000000/s"},
        {"number", {"--factor", "-3"}, "--factor: -3 is out of range -2..2"},
        {"negative whole number",
         {"--seed", "-1"},
         "--seed: \"-1\" is no whole number"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct parsed p;
        parse(&p, rows[i].words);
        CHECK_INT(p.rc, -1);
        CHECK_STR(p.e.text, rows[i].error);
        forget(&p);
    }
}

static void a_refused_value_leaves_the_old_one(void)
{
    struct parsed p;
    PARSE(&p, "--stall=5s", "--stall=9h");
    CHECK_INT(p.rc, -1);
    CHECK_INT(p.s.stall_ns, 5 * NS_PER_S);
    forget(&p);
}

static void the_highest_origin_wins_in_any_order(void)
{
    struct parsed p;
    PARSE(&p, "--seed=5");
    CHECK_INT(opts_set(p.opts, "seed", "6", OPT_FROM_PROFILE, &p.e), 0);
    CHECK_INT(p.s.seed, 5);
    CHECK_INT(opts_set(p.opts, "stall", "1s", OPT_FROM_TARGET_FILE, &p.e), 0);
    CHECK_INT(opts_set(p.opts, "stall", "2s", OPT_FROM_PROFILE, &p.e), 0);
    CHECK_INT(p.s.stall_ns, NS_PER_S);
    CHECK_INT(opts_origin(p.opts, "seed"), OPT_FROM_COMMAND_LINE);
    CHECK_INT(opts_origin(p.opts, "stall"), OPT_FROM_TARGET_FILE);
    CHECK_INT(opts_set(p.opts, "sede", "1", OPT_FROM_PROFILE, &p.e), -1);
    CHECK_STR(p.e.text, "unknown option sede; did you mean seed?");
    forget(&p);
}

static void the_environment_stands_below_the_command_line(void)
{
    (void)setenv("GUST_MAX_BODY", "2k", 1);
    (void)setenv("GUST_SEED", "9", 1);
    (void)setenv("GUST_OUT", "", 1); /* empty is as good as none */
    struct parsed p;
    PARSE(&p, "--seed=5");
    CHECK_INT(opts_environment(p.opts, &p.e), 0);
    CHECK_INT(p.s.seed, 5);
    CHECK_INT(p.s.body_bytes, 2048);
    CHECK_INT(opts_origin(p.opts, "max-body"), OPT_FROM_ENVIRONMENT);
    CHECK(p.s.out == NULL);
    (void)setenv("GUST_STALL", "soon", 1);
    CHECK_INT(opts_environment(p.opts, &p.e), -1);
    CHECK_STR(p.e.text, "GUST_STALL: \"soon\" is no duration: allowed are 250ms, 90s, "
                        "5m, 2h, 1d");
    (void)unsetenv("GUST_MAX_BODY");
    (void)unsetenv("GUST_SEED");
    (void)unsetenv("GUST_OUT");
    (void)unsetenv("GUST_STALL");
    forget(&p);
}

/* What opts_value prints, opts_set accepts, and it means the same. */
static void values_are_echoed_as_they_were_given(void)
{
    static const struct {
        const char *name, *value;
    } rows[] = {
        {"quiet", "false"}, {"warm", "true"}, {"out", ""},         {"seed", "42"},
        {"stall", "90s"},   {"rate", "0/s"},  {"max-body", "64k"}, {"dialect", "auto"},
        {"header", "a, b"}, {"share", "0%"},  {"factor", "0"},
    };
    struct parsed p;
    PARSE(&p, "--stall=90s", "-Ha", "-Hb");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        const struct opt *row = table;
        while (strcmp(row->name, rows[i].name) != 0)
            row++;
        struct buf out;
        buf_init(&out, 100);
        opts_value(p.opts, row, &out);
        CHECK_STR(out.data, rows[i].value);
        buf_release(&out);
    }
    forget(&p);
}

static void the_configuration_says_where_it_came_from(void)
{
    struct parsed p;
    PARSE(&p, "--stall=90s");
    struct buf out;
    buf_init(&out, 10000);
    opts_print_config(p.opts, &out);
    CHECK(strstr(out.data, "\nstall                    = 90s                          "
                           "(command line)\n") != NULL);
    CHECK(strstr(out.data, "\nseed                     = 42                           "
                           "(default)\n") != NULL);
    buf_release(&out);
    forget(&p);
}

static void help_is_grouped_wrapped_and_complete(void)
{
    static const char expected[] =
        "Output:\n"
        "  -q, --quiet               say nothing\n"
        "  -o, --out DIR             where the run directory goes\n"
        "\nLoad:\n"
        "      --[no-]warm           open connections first (default on)\n"
        "  -H, --header TEXT         send a header (repeatable)\n"
        "      --seed N              of the schedule (default 42)\n"
        "      --factor X            a number (-2..2)\n"
        "      --share 5%            a share (1%..50%)\n"
        "      --stall 10s           longest silence (1ms..1h, default 30s)\n"
        "  -r, --rate 20/s           requests started (0/s..1000000/s)\n"
        "      --max-body 64k        largest body (1k..1m, default 64k)\n"
        "      --dialect NAME        how the target speaks: auto, mistral,\n"
        "                            openai (default auto)\n";
    struct buf out;
    buf_init(&out, 10000);
    opts_help(table, 70, &out);
    CHECK_STR(out.data, expected);
    buf_release(&out);
}

static void bounds_are_short_and_exact(void)
{
    static const struct {
        const char *expected;
        struct opt row;
    } rows[] = {
        {"0..1h", {.type = OPT_DURATION, .max = 3600e9}},
        {"90s..1d", {.type = OPT_DURATION, .min = 90e9, .max = 86400e9}},
        {"1500us..2500ms", {.type = OPT_DURATION, .min = 1.5e6, .max = 2.5e9}},
        {"0..1536", {.type = OPT_SIZE, .max = 1536}},
        {"4k..1g", {.type = OPT_SIZE, .min = 4096, .max = 1 << 30}},
        {"1..1000000000000", {.type = OPT_U64, .min = 1, .max = 1e12}},
        {"0.1%..100%", {.type = OPT_SHARE, .min = 0.001, .max = 1}},
        {"", {.type = OPT_U64}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].expected;
        struct buf out;
        buf_init(&out, 100);
        opts_range(&rows[i].row, &out);
        CHECK_STR(out.data, rows[i].expected);
        buf_release(&out);
    }
}

static void roff_escapes_what_roff_would_read(void)
{
    struct buf out;
    buf_init(&out, 10000);
    opts_roff_text(".a-b\\c\n'd", &out);
    CHECK_STR(out.data, "\\&.a\\-b\\ec\n\\&'d");
    buf_reset(&out);
    opts_roff(table, &out);
    CHECK(strstr(out.data, ".PP\n.I Output:\n") != NULL);
    CHECK(strstr(out.data, ".TP\n.B \\-q, \\-\\-quiet\nsay nothing\n") != NULL);
    buf_release(&out);
}

int main(void)
{
    RUN(defaults_fill_the_fields);
    RUN(a_bad_default_is_refused);
    RUN(every_type_is_read);
    RUN(words_are_told_from_options);
    RUN(a_list_grows_within_one_origin);
    RUN(wrong_command_lines_are_named);
    RUN(a_refused_value_leaves_the_old_one);
    RUN(the_highest_origin_wins_in_any_order);
    RUN(the_environment_stands_below_the_command_line);
    RUN(values_are_echoed_as_they_were_given);
    RUN(the_configuration_says_where_it_came_from);
    RUN(help_is_grouped_wrapped_and_complete);
    RUN(bounds_are_short_and_exact);
    RUN(roff_escapes_what_roff_would_read);
    return check_report();
}
