/*
 * Waiting that a signal ends: for a command that looks again and again. Between
 * pause_begin and pause_end SIGINT and SIGTERM do not end the process; they end the
 * wait, and calls that were told of the pause.
 */
#ifndef GUST_PAUSE_H
#define GUST_PAUSE_H

#include "base/err.h"

#include <signal.h>

struct pause {
    int fd; /* signalfd, -1: not begun */
    sigset_t old;
};

MUST_CHECK int pause_begin(struct pause *p, struct err *e);
void pause_end(struct pause *p);

/* Waits; true when a signal came before the time was over. It stays pending: later
 * questions give the same answer. */
bool pause_wait(const struct pause *p, int64_t wait_ns);

#endif
