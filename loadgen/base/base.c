/* Allocation that cannot fail, and the end of the program when a thought was
 * wrong. The only file besides main.c that may end the process. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char gust_version[] = "1.0.0";

static _Noreturn void out_of_memory(size_t n, size_t size)
{
    fprintf(stderr, "gust: out of memory: %zu objects of %zu bytes\n", n, size);
    abort();
}

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (p == NULL)
        out_of_memory(n, size);
    return p;
}

void *xrealloc_array(void *old, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        out_of_memory(n, size);
    size_t bytes = n * size;
    void *p = realloc(old, bytes ? bytes : 1);
    if (p == NULL)
        out_of_memory(n, size);
    return p;
}

char *xstrndup(const char *text, size_t length)
{
    if (text == NULL)
        return NULL;
    char *copy = xcalloc(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *xstrdup(const char *text)
{
    return text == NULL ? NULL : xstrndup(text, strlen(text));
}

_Noreturn void bug_at(const char *file, int line, const char *what)
{
    fprintf(stderr, "gust: bug at %s:%d: %s\n", file, line, what);
    abort();
}
