/* Whole lines of a file; see wholelines.h. */
#include "measure/wholelines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int wholelines_open(struct wholelines *w, const char *path, struct err *e)
{
    return wholelines_open_small(w, path, WHOLELINES_FIRST, e);
}

int wholelines_open_small(struct wholelines *w, const char *path, size_t first_bytes,
                          struct err *e)
{
    assert(first_bytes > 0);
    *w = (struct wholelines){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (w->fd < 0)
        return err_set_errno(e, errno, "cannot open %s", path);
    w->cap = first_bytes;
    w->data = xcalloc(w->cap, 1);
    return 0;
}

void wholelines_release(struct wholelines *w)
{
    if (w->fd >= 0)
        (void)close(w->fd); /* only read from */
    free(w->data);
    *w = (struct wholelines){.fd = -1};
}

/* The unread bytes move to the front, and the buffer doubles if they fill it. */
static bool make_room(struct wholelines *w)
{
    w->end -= w->start;
    memmove(w->data, w->data + w->start, w->end);
    w->start = 0;
    if (w->end < w->cap)
        return true;
    if (w->cap >= WHOLELINES_MAX)
        return false;
    w->cap *= 2;
    w->data = xrealloc_array(w->data, w->cap, 1);
    return true;
}

static enum wholelines_status refill(struct wholelines *w, struct err *e)
{
    if (!make_room(w)) {
        (void)err_set(e, "longer than %zu bytes", WHOLELINES_MAX);
        return WHOLELINES_BAD;
    }
    ssize_t n = -1;
    do
        n = read(w->fd, w->data + w->end, w->cap - w->end);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        (void)err_set_errno(e, errno, "cannot read");
        return WHOLELINES_BAD;
    }
    w->end += (size_t)n;
    return n > 0 ? WHOLELINES_LINE : WHOLELINES_END;
}

enum wholelines_status wholelines_next(struct wholelines *w, const char **line,
                                       size_t *length, struct err *e)
{
    size_t searched = 0;
    for (;;) {
        char *from = w->data + w->start;
        char *newline = memchr(from + searched, '\n', w->end - w->start - searched);
        if (newline != NULL) {
            *line = from;
            *length = (size_t)(newline - from);
            w->start += *length + 1;
            w->number++;
            return WHOLELINES_LINE;
        }
        searched = w->end - w->start;
        enum wholelines_status status = refill(w, e);
        if (status != WHOLELINES_LINE)
            return status;
    }
}

int wholelines_torn(const char *path, bool *is_torn, struct err *e)
{
    char last = '\n';
    int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot open %s", path);
    off_t length = lseek(fd, 0, SEEK_END);
    if (length < 0 || (length > 0 && pread(fd, &last, 1, length - 1) != 1))
        rc = err_set_errno(e, errno, "cannot read %s", path);
    *is_torn = last != '\n';
    (void)close(fd); /* only read from */
    return rc;
}
