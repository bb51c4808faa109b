/* Whole files; see file.h. */
#include "render/file.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define CHUNK_BYTES 16384

static int make_path(char path[PATH_BYTES], const char *directory, const char *name,
                     const char *suffix, struct err *e)
{
    int n = snprintf(path, PATH_BYTES, "%s/%s%s", directory, name, suffix);
    if (n < 0 || n >= PATH_BYTES)
        return err_set(e, "%s/%s: the path is too long", directory, name);
    return 0;
}

int file_read(const char *directory, const char *name, struct buf *out, struct err *e)
{
    char path[PATH_BYTES], chunk[CHUNK_BYTES];
    size_t n = 0;
    if (make_path(path, directory, name, "", e) < 0)
        return -1;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return err_set_errno(e, errno, "cannot read %s", path);
    do {
        n = fread(chunk, 1, sizeof chunk, f);
        buf_append(out, chunk, n);
    } while (n > 0);
    bool is_bad = ferror(f) != 0 || out->is_full;
    (void)fclose(f); /* only read */
    return is_bad ? err_set(e, "cannot read %s", path) : 0;
}

int file_write(const char *directory, const char *name, const struct buf *b,
               struct err *e)
{
    char path[PATH_BYTES], fresh[PATH_BYTES];
    if (make_path(path, directory, name, "", e) < 0 ||
        make_path(fresh, directory, name, ".new", e) < 0)
        return -1;
    if (b->is_full)
        return err_set(e, "%s: more than %zu bytes", path, b->max);
    FILE *f = fopen(fresh, "wb");
    if (f == NULL)
        return err_set_errno(e, errno, "cannot write %s", fresh);
    size_t n = fwrite(b->data, 1, b->len, f);
    int error = n < b->len ? errno : 0;
    if (fclose(f) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(fresh, path) != 0)
        error = errno;
    if (error == 0)
        return 0;
    (void)unlink(fresh); /* best effort: the error is already known */
    return err_set_errno(e, error, "cannot write %s", path);
}

void file_remove(const char *directory, const char *name)
{
    struct err e = {0};
    char path[PATH_BYTES];
    if (make_path(path, directory, name, "", &e) == 0)
        (void)unlink(path); /* it may never have been there */
}
