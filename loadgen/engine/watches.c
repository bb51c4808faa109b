/* The sockets that multis want watched; see watches.h. */
#include "engine/watches.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define WATCH_MAGIC 0x3a7c43a7u

struct watch {
    uint32_t magic;
    ev_io io;
    struct watches *all;
    void *owner; /* NULL: nobody wants it */
    bool has_end;
    struct local_end end;
};

void watches_init(struct watches *w, struct ev_loop *loop,
                  void (*ready)(void *owner, int fd, int events))
{
    *w = (struct watches){.loop = loop, .ready = ready};
}

void watches_release(struct watches *w)
{
    for (size_t fd = 0; fd < w->count; fd++) {
        if (w->by_fd[fd] != NULL)
            ev_io_stop(w->loop, &w->by_fd[fd]->io);
        free(w->by_fd[fd]);
    }
    free(w->by_fd);
    *w = (struct watches){0};
}

static void on_ready(struct ev_loop *loop, ev_io *io, int events)
{
    (void)loop;
    struct watch *w = io->data;
    assert(w->magic == WATCH_MAGIC && w->owner != NULL);
    w->all->ready(w->owner, io->fd, events);
}

static struct watch *watch_of(struct watches *w, int fd)
{
    assert(fd >= 0);
    size_t i = (size_t)fd;
    if (i >= w->count) {
        size_t count = i + i / 2 + 64;
        w->by_fd = xrealloc_array(w->by_fd, count, sizeof(struct watch *));
        for (size_t k = w->count; k < count; k++)
            w->by_fd[k] = NULL;
        w->count = count;
    }
    if (w->by_fd[i] == NULL) {
        w->by_fd[i] = xcalloc(1, sizeof(struct watch));
        w->by_fd[i]->magic = WATCH_MAGIC;
        w->by_fd[i]->all = w;
        w->by_fd[i]->io.data = w->by_fd[i];
        ev_init(&w->by_fd[i]->io, on_ready);
    }
    return w->by_fd[i];
}

/* Even with the same events, so that epoll hears of a new socket. */
static void start(struct watch *w, int fd, int events)
{
    ev_io_stop(w->all->loop, &w->io);
    ev_io_set(&w->io, fd, events);
    ev_io_start(w->all->loop, &w->io);
}

void watches_want(struct watches *w, int fd, void *owner, int events)
{
    struct watch *watch = watch_of(w, fd);
    if (events != 0) {
        watch->owner = owner;
        start(watch, fd, events);
    } else if (watch->owner == owner) {
        watch->owner = NULL;
        ev_io_stop(w->loop, &watch->io);
    }
}

bool watches_opened(struct watches *w, int fd, const void *owner)
{
    struct watch *watch = watch_of(w, fd);
    watch->has_end = false;
    if (watch->owner == NULL)
        return false;
    if (watch->owner == owner) {
        start(watch, fd, watch->io.events & (EV_READ | EV_WRITE));
    } else {
        watch->owner = NULL;
        ev_io_stop(w->loop, &watch->io);
    }
    return true;
}

static void ask_end(struct local_end *end, int fd)
{
    union address at = {0};
    socklen_t length = sizeof at;
    *end = (struct local_end){0};
    if (getsockname(fd, &at.any, &length) != 0 ||
        (at.family != AF_INET && at.family != AF_INET6))
        return;
    (void)address_format(end->ip, &at);
    end->port = ntohs(at.family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

bool watches_is_local(struct watches *w, int fd, const struct local_end *end)
{
    struct watch *watch = watch_of(w, fd);
    if (!watch->has_end)
        ask_end(&watch->end, fd);
    watch->has_end = true;
    return watch->end.port == end->port && strcmp(watch->end.ip, end->ip) == 0;
}
