/*
 * A verb of the program as a row, and what main hands to it.
 *
 * main finds the row, makes the settings, reads environment and command line,
 * answers --help, and calls run; the row also feeds `gust help`, the man page
 * and the shell completion. Nothing is documented twice.
 */
#ifndef GUST_COMMAND_H
#define GUST_COMMAND_H

#include "base/opts.h"

/* Exit codes, contracts.md. */
enum exit_code {
    EXIT_GO = 0,           /* done; GO; SLOs met */
    EXIT_NO_GO = 1,        /* NO-GO; SLO missed */
    EXIT_USAGE = 2,        /* usage, profile or configuration: nothing was sent */
    EXIT_CANNOT_RUN = 3,   /* unreachable, refused at preflight, no fds, no disk */
    EXIT_INCONCLUSIVE = 4, /* inconclusive, incomplete, generator was the limit */
    EXIT_GUARD = 5,        /* stopped by a guard */
    EXIT_NOT_UNDONE = 6,   /* a fault could not be undone */
    EXIT_INTERRUPTED = 130,
};

struct invocation {
    const struct command *command;
    void *settings; /* command->settings_size bytes, filled from options */
    struct opts *opts;
    struct opt_list args; /* words that are no options */
    int argc;             /* as given to main, for the manifest */
    char **argv;
};

struct command {
    const char *name;    /* "run"; two words for "profile fit" */
    const char *summary; /* one line, lower case */
    const char *usage;   /* after "gust <name> ": "PROFILE --target URL [options]" */
    const char *description; /* paragraphs for --help and the man page */
    const char *examples;    /* lines, each a command; NULL: none */
    const struct opt *options;
    size_t settings_size;
    size_t args_min, args_max;               /* number of words that are no options */
    int (*run)(const struct invocation *in); /* returns an exit code */
};

/* Prints "gust: <text of e>" on stderr and returns code: how every verb fails. */
int command_fail(const struct err *e, enum exit_code code);

#endif
