/*
 * Inputs that end right before a page nobody may touch: a reader that looks one
 * byte too far dies at once. Each use overwrites the bytes of the last, so a
 * reader that keeps a pointer into them is found as well.
 */
#ifndef GUST_FENCE_H
#define GUST_FENCE_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct fence {
    char *pages;
    size_t room; /* in front of the forbidden page */
};

static inline struct fence fence_new(size_t room)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct fence g = {.room = (room + page - 1) / page * page};
    g.pages = mmap(NULL, g.room + page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g.pages == MAP_FAILED || mprotect(g.pages + g.room, page, PROT_NONE) != 0)
        abort();
    return g;
}

static inline void fence_free(struct fence *g)
{
    (void)munmap(g->pages, g->room + (size_t)sysconf(_SC_PAGESIZE));
}

/* A copy of the bytes that ends at the forbidden page. */
static inline const char *fence_put(struct fence *g, const char *bytes, size_t length)
{
    char *at = g->pages + g->room - length;
    memset(g->pages, 0x5a, g->room);
    memcpy(at, bytes, length);
    return at;
}

#endif
