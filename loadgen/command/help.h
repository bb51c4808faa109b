/*
 * What the program says about itself, all of it made from the command rows:
 * help, the manual page, shell completion.
 *
 * A table is an array of rows that ends with NULL. Nothing here fails: text is
 * appended to a buf that the caller gave enough room.
 */
#ifndef GUST_HELP_H
#define GUST_HELP_H

#include "base/buf.h"
#include "base/command.h"

#define HELP_MAX_BYTES (1 << 20)

/* A word that the program itself understands, beside the verbs. */
struct help_word {
    const char *name;
    const char *arg; /* NULL: none */
    const char *summary;
};

/* help, man, completion, version; ends with a NULL name. */
extern const struct help_word help_words[];

/* `gust help`: the verbs with their summaries. */
void help_program(const struct command *const *table, struct buf *out);

/* `gust help profile`: the verbs whose name starts with "profile ". */
void help_family(const struct command *const *table, const char *first,
                 struct buf *out);

/* `gust VERB --help`. */
void help_command(const struct command *c, struct buf *out);

/* The manual page of the whole program as roff (man macros). */
void help_man(const struct command *const *table, struct buf *out);

/* Completion scripts. */
void help_bash(const struct command *const *table, struct buf *out);
void help_zsh(const struct command *const *table, struct buf *out);

#endif
