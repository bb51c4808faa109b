/* Lines of a file through a fixed buffer; see lines.h. */
#include "workload/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int lines_init(struct lines *l, const char *path, struct err *e)
{
    *l = (struct lines){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (l->fd < 0)
        return err_set_errno(e, errno, "%s", path);
    struct stat facts;
    if (fstat(l->fd, &facts) != 0)
        return err_set_errno(e, errno, "%s", path);
    if (!S_ISREG(facts.st_mode))
        return err_set(e, "%s: not a regular file", path);
    l->data = xcalloc(LINES_BYTES_MAX + 1, 1); /* room for the last NUL */
    return 0;
}

void lines_release(struct lines *l)
{
    if (l->fd >= 0)
        (void)close(l->fd); /* read only: nothing can be lost */
    free(l->data);
    *l = (struct lines){.fd = -1};
}

int lines_rewind(struct lines *l, struct err *e)
{
    if (lseek(l->fd, 0, SEEK_SET) != 0)
        return err_set_errno(e, errno, "cannot seek");
    l->start = l->end = 0;
    l->number = 0;
    l->saw_end = false;
    return 0;
}

/* Moves the unread bytes to the front and reads more behind them. */
static int refill(struct lines *l, struct err *e)
{
    l->end -= l->start;
    memmove(l->data, l->data + l->start, l->end);
    l->start = 0;
    if (l->end == LINES_BYTES_MAX)
        return err_set(e, "line %" PRIu64 " is longer than %zu bytes", l->number + 1,
                       LINES_BYTES_MAX);
    ssize_t n;
    do {
        n = read(l->fd, l->data + l->end, LINES_BYTES_MAX - l->end);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_set_errno(e, errno, "cannot read line %" PRIu64, l->number + 1);
    l->end += (size_t)n;
    l->saw_end = n == 0;
    return 0;
}

static void hand_out(struct lines *l, size_t length, char **line, size_t *line_length)
{
    char *text = l->data + l->start;
    text[length] = '\0';
    if (length > 0 && text[length - 1] == '\r')
        text[--length] = '\0';
    *line = text;
    *line_length = length;
    l->number++;
}

int lines_next(struct lines *l, char **line, size_t *length, struct err *e)
{
    size_t searched = 0;
    for (;;) {
        size_t unread = l->end - l->start;
        const char *from = l->data + l->start;
        const char *newline = memchr(from + searched, '\n', unread - searched);
        if (newline != NULL) {
            size_t n = (size_t)(newline - from);
            hand_out(l, n, line, length);
            l->start += n + 1;
            return 1;
        }
        if (l->saw_end)
            break;
        searched = unread;
        if (refill(l, e) != 0)
            return -1;
    }
    if (l->start == l->end)
        return 0;
    hand_out(l, l->end - l->start, line, length);
    l->start = l->end;
    return 1;
}
