/*
 * Hooks: commands of the user's that a rollout runs at its steps. The command is
 * the user's own text, given to /bin/sh as it is; facts come in GUST_* variables,
 * never in a string that we build.
 */
#ifndef GUST_HOOK_H
#define GUST_HOOK_H

#include "base/err.h"

struct hook_fact {
    const char *name; /* "GUST_WEIGHT" */
    const char *value;
};

/* Runs command and waits. 0 when it exits with 0; else the error says how it ended.
 * Its standard output goes to standard error: ours carries the result. */
MUST_CHECK int hook_run(const char *command, const struct hook_fact *facts, size_t n,
                        struct err *e);

#endif
