/*
 * Finding and running a verb; see dispatch.h.
 *
 * A verb's name has one word or two ("profile fit"). The words that the program
 * answers itself are a second table, since they need the table of verbs.
 */
#include "command/dispatch.h"

#include "base/json.h"
#include "command/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print(struct buf *out)
{
    assert(!out->is_full);
    fputs(out->data, stdout); /* main looks at ferror(stdout) once, at the end */
    buf_release(out);
    return EXIT_GO;
}

/* ---- finding a verb ---- */

/* How many of the words make up the name of c: 0 (another verb), 1 or 2. */
static int words_matched(const struct command *c, int argc, char **argv)
{
    size_t n = strlen(argv[0]);
    if (strncmp(c->name, argv[0], n) != 0)
        return 0;
    if (c->name[n] == '\0')
        return 1;
    return c->name[n] == ' ' && argc > 1 && strcmp(c->name + n + 1, argv[1]) == 0 ? 2
                                                                                  : 0;
}

static const struct command *find(const struct command *const *table, int argc,
                                  char **argv, int *words)
{
    for (; *table != NULL; table++) {
        *words = words_matched(*table, argc, argv);
        if (*words > 0)
            return *table;
    }
    return NULL;
}

static bool is_family(const struct command *const *table, const char *first)
{
    size_t n = strlen(first);
    for (; *table != NULL; table++)
        if (strncmp((*table)->name, first, n) == 0 && (*table)->name[n] == ' ')
            return true;
    return false;
}

/* Every name a user may have meant: verbs, families and the program's words. */
static const char *nearest(const struct command *const *table, const char *wanted)
{
    size_t n = 0, i = 0;
    while (table[n] != NULL)
        n++;
    size_t words = 0;
    while (help_words[words].name != NULL)
        words++;
    const char **names = xcalloc(n + words + 1, sizeof *names);
    for (; i < n; i++)
        names[i] = table[i]->name;
    for (size_t w = 0; w < words; w++)
        names[i++] = help_words[w].name;
    const char *near = json_nearest(wanted, names);
    free(names);
    return near;
}

static int unknown_verb(const struct command *const *table, int argc, char **argv)
{
    struct err e = {0};
    char wanted[128];
    bool has_two = is_family(table, argv[0]) && argc > 1 && argv[1][0] != '-';
    (void)snprintf(wanted, sizeof wanted, "%s%s%s", argv[0], has_two ? " " : "",
                   has_two ? argv[1] : "");
    const char *near = nearest(table, wanted);
    if (near != NULL)
        (void)err_set(&e, "unknown verb \"%s\"; did you mean \"%s\"?", wanted, near);
    else
        (void)err_set(&e, "unknown verb \"%s\"; gust help lists them", wanted);
    return command_fail(&e, EXIT_USAGE);
}

/* ---- running a verb ---- */

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
            return true;
    return false;
}

static int print_command(const struct command *c)
{
    struct buf out;
    buf_init(&out, HELP_MAX_BYTES);
    help_command(c, &out);
    return print(&out);
}

static int check_args(const struct command *c, const struct opt_list *args,
                      struct err *e)
{
    if (args->count < c->args_min)
        return err_set(e, "something is missing: gust %s %s", c->name, c->usage);
    if (args->count > c->args_max)
        return err_set(e, "unexpected \"%s\": gust %s %s", args->items[c->args_max],
                       c->name, c->usage);
    return 0;
}

/* argv[0] is the last word of the verb's name. */
static int run(const struct command *c, int argc, char **argv, struct invocation *in)
{
    static const struct opt none[] = {{0}};
    struct err e = {0};
    int code = EXIT_USAGE;
    in->command = c;
    in->settings = xcalloc(1, c->settings_size);
    in->opts = opts_new(c->options != NULL ? c->options : none, in->settings, &e);
    if (in->opts == NULL)
        bug(e.text); /* a default that its own row refuses */
    if (opts_environment(in->opts, &e) < 0 ||
        opts_command_line(in->opts, argc, argv, &in->args, &e) < 0 ||
        check_args(c, &in->args, &e) < 0) {
        (void)err_in(&e, "%s", c->name);
        code = command_fail(&e, EXIT_USAGE);
    } else {
        code = c->run(in);
    }
    opts_free(in->opts);
    free(in->settings);
    return code;
}

/* ---- the program's own words ---- */

struct own_word {
    const char *name;
    int (*answer)(const struct command *const *table, int argc, char **argv);
};

static int answer_version(const struct command *const *table, int argc, char **argv)
{
    (void)table;
    (void)argc;
    (void)argv;
    printf("gust %s\n", gust_version);
    return EXIT_GO;
}

/* The verbs of the program, or of the family first when that is not NULL. */
static void list_verbs(const struct command *const *table, const char *first,
                       FILE *stream)
{
    struct buf out;
    buf_init(&out, HELP_MAX_BYTES);
    if (first != NULL)
        help_family(table, first, &out);
    else
        help_program(table, &out);
    fputs(out.data, stream);
    buf_release(&out);
}

static int answer_help(const struct command *const *table, int argc, char **argv)
{
    int words = 0;
    const struct command *c = argc > 1 ? find(table, argc - 1, argv + 1, &words) : NULL;
    if (c != NULL)
        return print_command(c);
    if (argc > 1 && !is_family(table, argv[1]))
        return unknown_verb(table, argc - 1, argv + 1);
    list_verbs(table, argc > 1 ? argv[1] : NULL, stdout);
    return EXIT_GO;
}

static int answer_man(const struct command *const *table, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct buf out;
    buf_init(&out, HELP_MAX_BYTES);
    help_man(table, &out);
    return print(&out);
}

static int answer_completion(const struct command *const *table, int argc, char **argv)
{
    struct buf out;
    buf_init(&out, HELP_MAX_BYTES);
    if (argc == 2 && strcmp(argv[1], "bash") == 0) {
        help_bash(table, &out);
        return print(&out);
    }
    if (argc == 2 && strcmp(argv[1], "zsh") == 0) {
        help_zsh(table, &out);
        return print(&out);
    }
    buf_release(&out);
    struct err e = {0};
    (void)err_set(&e, "completion: which shell? gust completion bash|zsh");
    return command_fail(&e, EXIT_USAGE);
}

static const struct own_word own_words[] = {
    {"help", answer_help},
    {"--help", answer_help},
    {"-h", answer_help},
    {"man", answer_man},
    {"completion", answer_completion},
    {"version", answer_version},
    {"--version", answer_version},
};

/* ---- dispatch ---- */

/* Words that name no verb: nothing, or the first word of a family. */
static int incomplete(const struct command *const *table, int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : NULL;
    if (first != NULL && !is_family(table, first))
        return unknown_verb(table, argc - 1, argv + 1);
    if (argc > 2 && !is_help(argv[2]))
        return unknown_verb(table, argc - 1, argv + 1);
    bool is_asked = argc > 2;
    list_verbs(table, first, is_asked ? stdout : stderr);
    return is_asked ? EXIT_GO : EXIT_USAGE;
}

int dispatch(const struct command *const *table, int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < ARRAY_LEN(own_words); i++)
        if (strcmp(argv[1], own_words[i].name) == 0)
            return own_words[i].answer(table, argc - 1, argv + 1);
    int words = 0;
    const struct command *c = argc > 1 ? find(table, argc - 1, argv + 1, &words) : NULL;
    if (c == NULL)
        return incomplete(table, argc, argv);
    if (wants_help(argc - words, argv + words))
        return print_command(c);
    struct invocation in = {.argc = argc, .argv = argv};
    return run(c, argc - words, argv + words, &in);
}
