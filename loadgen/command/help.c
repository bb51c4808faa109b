/* `gust help` and `gust VERB --help`; see help.h. */
#include "command/help.h"

#include "base/wrap.h"

#include <string.h>

#define WIDTH 80
#define SUMMARY_COLUMN 20

const struct help_word help_words[] = {
    {"help", "[VERB]", "explain the program or one verb"},
    {"man", NULL, "print the manual page as roff: gust man | man -l -"},
    {"completion", "bash|zsh", "print the completion script of a shell"},
    {"version", NULL, "print the version"},
    {0},
};

static void put_summary(const char *name, const char *summary, struct buf *out)
{
    buf_printf(out, "  %-*s", SUMMARY_COLUMN - 2, name);
    wrap_text(out, summary, SUMMARY_COLUMN, SUMMARY_COLUMN, WIDTH);
}

void help_program(const struct command *const *table, struct buf *out)
{
    buf_printf(out,
               "gust %s: load tests for LLM endpoints\n\n"
               "Usage: gust VERB [words] [options]\n\nVerbs:\n",
               gust_version);
    for (; *table != NULL; table++)
        put_summary((*table)->name, (*table)->summary, out);
    buf_puts(out, "\nAbout the program:\n");
    for (const struct help_word *w = help_words; w->name != NULL; w++)
        put_summary(w->name, w->summary, out);
    buf_puts(out, "\n\"gust VERB --help\" explains a verb and its options.\n");
}

void help_family(const struct command *const *table, const char *first, struct buf *out)
{
    size_t n = strlen(first);
    buf_printf(out, "Usage: gust %s VERB [words] [options]\n\nVerbs:\n", first);
    for (; *table != NULL; table++)
        if (strncmp((*table)->name, first, n) == 0 && (*table)->name[n] == ' ')
            put_summary((*table)->name, (*table)->summary, out);
}

void help_command(const struct command *c, struct buf *out)
{
    buf_printf(out, "gust %s: %s\n\nUsage: gust %s %s\n", c->name, c->summary, c->name,
               c->usage);
    if (c->description != NULL) {
        buf_putc(out, '\n');
        wrap_text(out, c->description, 0, 0, WIDTH);
    }
    if (c->options != NULL && c->options->name != NULL) {
        buf_putc(out, '\n');
        opts_help(c->options, WIDTH, out);
    }
    if (c->examples != NULL) {
        buf_puts(out, "\nExamples:\n");
        for (const char *line = c->examples; *line != '\0';) {
            size_t n = strcspn(line, "\n");
            buf_printf(out, "  %.*s\n", (int)n, line);
            line += n + (line[n] == '\n');
        }
    }
}
