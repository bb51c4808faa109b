/* Whole files: read, replace, remove; the error names the path. */
#ifndef GUST_FILE_H
#define GUST_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the file's bytes to out. */
MUST_CHECK int file_read(const char *directory, const char *name, struct buf *out,
                         struct err *e);

/* Replaces directory/name by the bytes: a reader sees the old file or the new one,
 * never half of it. A buffer that was full is an error. */
MUST_CHECK int file_write(const char *directory, const char *name, const struct buf *b,
                          struct err *e);

/* Removes it if it is there. */
void file_remove(const char *directory, const char *name);

#endif
