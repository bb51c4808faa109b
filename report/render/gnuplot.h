/*
 * Runs gnuplot on a script: a child process, a pipe, no shell.
 */
#ifndef GUST_GNUPLOT_H
#define GUST_GNUPLOT_H

#include "base/buf.h"
#include "base/err.h"

enum gnuplot_result {
    GNUPLOT_DONE,
    GNUPLOT_MISSING, /* the program is not installed */
    GNUPLOT_FAILED,  /* err says what it said */
};

/* Runs the script with directory as working directory, where relative names of
 * `set output` land. Returns when gnuplot has ended. */
MUST_CHECK enum gnuplot_result gnuplot_run(const char *directory,
                                           const struct buf *script, struct err *e);

#endif
