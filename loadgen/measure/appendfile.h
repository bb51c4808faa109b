/*
 * A file that only grows, and only by whole pieces: what does not fit on the
 * disk is cut off again, so that the file never ends in the middle of a piece.
 */
#ifndef GUST_APPENDFILE_H
#define GUST_APPENDFILE_H

#include "base/err.h"

struct appendfile {
    const char *name; /* borrowed; for errors */
    int fd;           /* -1: not open */
    int64_t length;   /* bytes of whole pieces */
};

/* Makes name in the directory; it must not exist. */
MUST_CHECK int appendfile_create(struct appendfile *f, int dir_fd, const char *name,
                                 struct err *e);

/* Opens name, which exists, and cuts it to its first length bytes: whole pieces. */
MUST_CHECK int appendfile_continue(struct appendfile *f, int dir_fd, const char *name,
                                   int64_t length, struct err *e);

/* One write, in the ordinary case; nothing or everything of it stays. */
MUST_CHECK int appendfile_write(struct appendfile *f, const void *bytes, size_t length,
                                struct err *e);

/* Returns when the bytes are on the disk. */
MUST_CHECK int appendfile_sync(struct appendfile *f, struct err *e);

void appendfile_close(struct appendfile *f);

#endif
