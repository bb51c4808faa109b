/*
 * A tar archive with gzip, in memory: small texts, always the same bytes for the
 * same members. POSIX ustar; owner 0, mode 0644.
 */
#ifndef GUST_TARBALL_H
#define GUST_TARBALL_H

#include "base/buf.h"
#include "base/err.h"

#define TARBALL_NAME_MAX 99 /* bytes of a member's name */

struct tarball {
    struct buf tar; /* the archive before gzip */
    int64_t time_s; /* of every member, since 1970 */
};

void tarball_init(struct tarball *t, int64_t time_s, size_t max_bytes);
void tarball_release(struct tarball *t);

/* Appends a member; names are relative, with '/' between folders. */
void tarball_add(struct tarball *t, const char *name, const char *bytes, size_t length);

/* Ends the archive and appends it, compressed, to out. Fails when it was too large
 * for max_bytes. */
MUST_CHECK int tarball_finish(struct tarball *t, struct buf *out, struct err *e);

#endif
