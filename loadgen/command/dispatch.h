/*
 * From the words of the command line to the verb that does the work.
 */
#ifndef GUST_DISPATCH_H
#define GUST_DISPATCH_H

#include "base/command.h"

/* Finds the verb in table (ends with NULL), fills its settings from defaults,
 * environment and command line, and runs it. Answers help, man, completion,
 * version and --help itself. Returns the exit code of the program. */
int dispatch(const struct command *const *table, int argc, char **argv);

#endif
