/* Files that grow by whole pieces; see appendfile.h. */
#include "measure/appendfile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int appendfile_create(struct appendfile *f, int dir_fd, const char *name, struct err *e)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC;
    *f = (struct appendfile){.name = name, .fd = openat(dir_fd, name, flags, 0666)};
    if (f->fd < 0)
        return err_set_errno(e, errno, "cannot make %s", name);
    return 0;
}

int appendfile_continue(struct appendfile *f, int dir_fd, const char *name,
                        int64_t length, struct err *e)
{
    const int flags = O_WRONLY | O_APPEND | O_CLOEXEC;
    *f = (struct appendfile){
        .name = name, .fd = openat(dir_fd, name, flags), .length = length};
    if (f->fd < 0)
        return err_set_errno(e, errno, "cannot open %s", name);
    if (ftruncate(f->fd, length) == 0)
        return 0;
    (void)err_set_errno(e, errno, "cannot cut %s", name);
    appendfile_close(f);
    return -1;
}

/* A short write of a regular file means a full disk or a limit; asking for the
 * rest is how to learn which. Returns 0 or the error number. */
static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return ENOSPC;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

int appendfile_write(struct appendfile *f, const void *bytes, size_t length,
                     struct err *e)
{
    int error_number = write_all(f->fd, bytes, length);
    if (error_number == 0) {
        f->length += (int64_t)length;
        return 0;
    }
    (void)err_set_errno(e, error_number, "cannot write %s", f->name);
    if (ftruncate(f->fd, f->length) != 0)
        return err_in(e, "%s ends in a torn line", f->name);
    return -1;
}

int appendfile_sync(struct appendfile *f, struct err *e)
{
    if (fsync(f->fd) != 0)
        return err_set_errno(e, errno, "cannot write %s to the disk", f->name);
    return 0;
}

void appendfile_close(struct appendfile *f)
{
    if (f->fd >= 0)
        (void)close(f->fd); /* who wants to know has called appendfile_sync */
    f->fd = -1;
}
