/*
 * Child processes: started without a shell in between, waited for to their end.
 */
#ifndef GUST_CHILD_H
#define GUST_CHILD_H

#include "base/err.h"

#include <sys/types.h>

/* Starts the program at path. out_fd becomes its standard output, -1: ours. env is
 * NULL for our own environment, else "NAME=VALUE" strings and a NULL. */
MUST_CHECK int child_start(const char *path, const char *const argv[], char **env,
                           int out_fd, pid_t *pid, struct err *e);

/* Waits for its end. Its exit code, or -1 and what ended it: a signal, or that nobody
 * knows. what names it in the message. */
int child_wait(pid_t pid, const char *what, struct err *e);

#endif
