/*
 * Lines of a file, read through one buffer that never grows.
 *
 * A line is handed out as a pointer into the buffer, NUL-terminated where its
 * newline stood, and lives until the next call. CRLF and LF both end a line; the
 * last line needs neither. Only regular files: a trace is opened by every worker
 * for itself and read from two places at once.
 */
#ifndef GUST_LINES_H
#define GUST_LINES_H

#include "base/err.h"

#include <stdint.h>

/* Longest line, bytes: 4,096 block ids of 20 digits fit three times. */
#define LINES_BYTES_MAX ((size_t)256 * 1024)

struct lines {
    int fd; /* -1: not open */
    char *data;
    size_t start, end; /* unread bytes of data */
    uint64_t number;   /* of the line last handed out, from 1 */
    bool saw_end;
};

/* Opens a regular file; the error names it. lines_release is legal after a
 * failure and on a zeroed struct whose fd is -1. */
MUST_CHECK int lines_init(struct lines *l, const char *path, struct err *e);
void lines_release(struct lines *l);

/* 1: *line of *length bytes; 0: end; -1: a read failed or the line is longer
 * than LINES_BYTES_MAX (the error names the line, not the file). */
MUST_CHECK int lines_next(struct lines *l, char **line, size_t *length, struct err *e);

/* Starts again at the first line. */
MUST_CHECK int lines_rewind(struct lines *l, struct err *e);

#endif
