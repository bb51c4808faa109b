/*
 * A regular file, mapped for reading while something is made of it.
 *
 * LIMIT: a file that another program cuts short at that moment ends this program
 * (SIGBUS). So files are mapped while they are read in, not while load is sent.
 */
#ifndef GUST_FILEMAP_H
#define GUST_FILEMAP_H

#include "base/err.h"

struct filemap {
    const char *text; /* not NUL-terminated; never NULL once open */
    size_t length;
};

/* Maps a regular file of at most max_bytes. The error names it. */
MUST_CHECK int filemap_open(struct filemap *m, const char *path, size_t max_bytes,
                            struct err *e);
void filemap_close(struct filemap *m);

/* The bytes before `at` are not needed for now: they need not stay in memory, and are
 * read from the file again where they are asked for. */
void filemap_drop(const struct filemap *m, const char *at);

/* The line, from 1, in which `at` stands; it is within the text or at its end. */
size_t filemap_line(const struct filemap *m, const char *at);

#endif
