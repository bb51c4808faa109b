/*
 * The whole lines of a file, one at a time, from a buffer that grows with the
 * longest line up to a cap. A last line without its newline was being written
 * when the run was killed: it is not handed out.
 */
#ifndef GUST_WHOLELINES_H
#define GUST_WHOLELINES_H

#include "base/err.h"

#include <stdbool.h>

#define WHOLELINES_FIRST ((size_t)256 * 1024)
#define WHOLELINES_MAX ((size_t)8 * 1024 * 1024)

struct wholelines {
    int fd; /* -1: not open */
    char *data;
    size_t cap;
    size_t start, end; /* unread bytes of data */
    uint64_t number;   /* of the line last handed out, from 1 */
};

enum wholelines_status {
    WHOLELINES_LINE,
    WHOLELINES_END,
    WHOLELINES_BAD, /* err says why, without the name of the file */
};

MUST_CHECK int wholelines_open(struct wholelines *w, const char *path, struct err *e);
/* The same with a first buffer of so many bytes: for many files at a time. */
MUST_CHECK int wholelines_open_small(struct wholelines *w, const char *path,
                                     size_t first_bytes, struct err *e);
void wholelines_release(struct wholelines *w);

/* *line of *length bytes, without its newline, lives until the next call. */
enum wholelines_status wholelines_next(struct wholelines *w, const char **line,
                                       size_t *length, struct err *e);

/* Is the last byte of this file something else than a newline? */
MUST_CHECK int wholelines_torn(const char *path, bool *is_torn, struct err *e);

#endif
