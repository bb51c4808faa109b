/*
 * Completion scripts for bash and zsh; see help.h.
 *
 * One shell function answers "what may stand here" from the verb and the word
 * before the cursor: a case row per verb, one per option that has choices, made
 * from the command rows. Where it has no answer the shell offers file names,
 * which is what profiles, traces and runs are. zsh runs the same script through
 * its bashcompinit.
 */
#include "command/help.h"

#include <string.h>

static const char head[] = "# completion of gust, printed by: gust completion bash\n"
                           "_gust_words()\n"
                           "{\n"
                           "    case \"$1:$2\" in\n";

static const char middle[] = "    esac\n"
                             "}\n"
                             "_gust()\n"
                             "{\n"
                             "    local word=${COMP_WORDS[COMP_CWORD]} verb= words=\n"
                             "    local before=${COMP_WORDS[COMP_CWORD-1]}\n"
                             "    [ \"$COMP_CWORD\" -gt 1 ] && verb=${COMP_WORDS[1]}\n"
                             "    case \"$verb:$COMP_CWORD\" in\n";

static const char tail[] =
    "    esac\n"
    "    words=$(_gust_words \"$verb\" \"$before\")\n"
    "    case \"$words\" in --*) case \"$word\" in -*) ;; *) words= ;; esac ;; esac\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
    "}\n"
    "complete -o default -F _gust gust\n";

static size_t first_length(const struct command *c)
{
    return strcspn(c->name, " ");
}

static bool has_two_words(const struct command *c)
{
    return c->name[first_length(c)] != '\0';
}

/* Verbs of a family stand together in the table: true for the first of them,
 * and for every verb of one word. */
static bool starts_family(const struct command *const *table, size_t i)
{
    size_t n = first_length(table[i]);
    return i == 0 || first_length(table[i - 1]) != n ||
           strncmp(table[i - 1]->name, table[i]->name, n) != 0;
}

static void put_verbs(const struct command *const *table, struct buf *out)
{
    for (size_t i = 0; table[i] != NULL; i++)
        if (starts_family(table, i))
            buf_printf(out, "%.*s ", (int)first_length(table[i]), table[i]->name);
}

static void put_choices(const struct command *c, struct buf *out)
{
    for (const struct opt *row = c->options; row->name != NULL; row++) {
        if (row->type != OPT_CHOICE)
            continue;
        buf_printf(out, "    \"%s:--%s\") echo \"", c->name, row->name);
        for (size_t i = 0; row->choices[i] != NULL; i++)
            buf_printf(out, "%s%s", i ? " " : "", row->choices[i]);
        buf_puts(out, "\" ;;\n");
    }
}

static void put_verb(const struct command *c, struct buf *out)
{
    if (c->options != NULL)
        put_choices(c, out);
    buf_printf(out, "    \"%s:\"*) echo \"", c->name);
    for (const struct opt *row = c->options; row && row->name != NULL; row++)
        buf_printf(out, "--%s ", row->name);
    buf_puts(out, "--help\" ;;\n");
}

static void put_family(const struct command *const *table, size_t i, struct buf *out)
{
    size_t n = first_length(table[i]);
    buf_printf(out, "    \"%.*s:\"*) echo \"", (int)n, table[i]->name);
    do
        buf_printf(out, "%s ", table[i++]->name + n + 1);
    while (table[i] != NULL && has_two_words(table[i]) && !starts_family(table, i));
    buf_puts(out, "--help\" ;;\n");
}

static void put_own_words(const struct command *const *table, struct buf *out)
{
    buf_puts(out, "    :*) echo \"");
    put_verbs(table, out);
    for (const struct help_word *w = help_words; w->name != NULL; w++)
        buf_printf(out, "%s ", w->name);
    buf_puts(out, "\" ;;\n    help:*) echo \"");
    put_verbs(table, out);
    buf_puts(out, "\" ;;\n    completion:*) echo \"bash zsh\" ;;\n");
}

void help_bash(const struct command *const *table, struct buf *out)
{
    buf_puts(out, head);
    put_own_words(table, out);
    for (size_t i = 0; table[i] != NULL; i++) {
        put_verb(table[i], out);
        if (has_two_words(table[i]) && starts_family(table, i))
            put_family(table, i, out);
    }
    buf_puts(out, middle);
    for (size_t i = 0; table[i] != NULL; i++) {
        int n = (int)first_length(table[i]);
        if (has_two_words(table[i]) && starts_family(table, i))
            buf_printf(
                out, "    %.*s:2) ;;\n    %.*s:*) verb=\"%.*s ${COMP_WORDS[2]}\" ;;\n",
                n, table[i]->name, n, table[i]->name, n, table[i]->name);
    }
    buf_puts(out, tail);
}

void help_zsh(const struct command *const *table, struct buf *out)
{
    buf_puts(out, "#compdef gust\nautoload -U +X bashcompinit && bashcompinit\n");
    help_bash(table, out);
}
