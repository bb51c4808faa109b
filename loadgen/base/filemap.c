/* Files mapped for reading; see filemap.h. */
#include "base/filemap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* An empty file cannot be mapped, and needs not. */
static int map(struct filemap *m, int fd, const char *path, size_t max_bytes,
               struct err *e)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return err_set_errno(e, errno, "%s", path);
    if (!S_ISREG(facts.st_mode))
        return err_set(e, "%s: not a regular file", path);
    if ((uint64_t)facts.st_size > max_bytes)
        return err_set(e, "%s: larger than %zu MiB", path, max_bytes >> 20);
    if (facts.st_size == 0)
        return 0;
    void *text = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED)
        return err_set_errno(e, errno, "%s", path);
    m->text = text;
    m->length = (size_t)facts.st_size;
    return 0;
}

int filemap_open(struct filemap *m, const char *path, size_t max_bytes, struct err *e)
{
    *m = (struct filemap){.text = ""};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, errno, "%s", path);
    int rc = map(m, fd, path, max_bytes, e);
    (void)close(fd); /* only read; the mapping stays */
    return rc;
}

void filemap_close(struct filemap *m)
{
    if (m->length > 0)
        (void)munmap((void *)(uintptr_t)m->text, m->length);
    *m = (struct filemap){.text = ""};
}

void filemap_drop(const struct filemap *m, const char *at)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = (size_t)(at - m->text) / page * page;
    if (whole > 0) /* only advice */
        (void)madvise((void *)(uintptr_t)m->text, whole, MADV_DONTNEED);
}

size_t filemap_line(const struct filemap *m, const char *at)
{
    size_t line = 1;
    for (const char *p = m->text; p < at; p++) {
        p = memchr(p, '\n', (size_t)(at - p));
        if (p == NULL)
            break;
        line++;
    }
    return line;
}
