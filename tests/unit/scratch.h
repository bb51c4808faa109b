/*
 * A folder of a test's own, removed at its end.
 *
 *   struct scratch s = scratch_new();
 *   ... scratch_path(&s, "run") ...
 *   scratch_remove(&s);
 */
#ifndef GUST_SCRATCH_H
#define GUST_SCRATCH_H

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
    char path[256];
    char joined[512]; /* the last scratch_path */
};

static inline struct scratch scratch_new(void)
{
    const char *parent = getenv("TMPDIR");
    struct scratch s;
    (void)snprintf(s.path, sizeof s.path, "%s/gust-test-XXXXXX",
                   parent ? parent : "/tmp");
    CHECK(mkdtemp(s.path) != NULL);
    return s;
}

/* Valid until the next call. */
static inline const char *scratch_path(struct scratch *s, const char *name)
{
    (void)snprintf(s->joined, sizeof s->joined, "%s/%s", s->path, name);
    return s->joined;
}

/* Removes a tree; depth is that of a test, a few levels. */
static inline void scratch_remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *d = dir ? readdir(dir) : NULL; d != NULL; d = readdir(dir)) {
        char child[768];
        struct stat facts;
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        if (snprintf(child, sizeof child, "%s/%s", path, d->d_name) >=
            (int)sizeof child)
            continue;
        if (lstat(child, &facts) == 0 && S_ISDIR(facts.st_mode))
            scratch_remove_tree(child);
        else
            (void)unlink(child);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(path);
}

static inline void scratch_remove(const struct scratch *s)
{
    scratch_remove_tree(s->path);
}

/* The whole file, NUL-terminated, and its length; free() it. NULL: none. */
static inline char *scratch_read(const char *path, size_t *length)
{
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    CHECK(fstat(fd, &facts) == 0);
    *length = (size_t)facts.st_size;
    char *text = calloc(*length + 1, 1);
    CHECK(read(fd, text, *length) == (ssize_t)*length);
    (void)close(fd);
    return text;
}

static inline void scratch_write(const char *path, const char *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK(write(fd, bytes, length) == (ssize_t)length);
    (void)close(fd);
}

#endif
