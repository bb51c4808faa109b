/*
 * The sockets that a thread's multis want watched, by descriptor.
 *
 * libcurl closes a socket that got no connection without a word and opens the next,
 * which then has the same number: epoll has forgotten it, and libcurl thinks that it
 * is watched (seen with 7.88; the transfer stands still until half its connect
 * timeout is over). So whoever opens a socket says so here, and what is still watched
 * under its number is watched anew.
 */
#ifndef GUST_WATCHES_H
#define GUST_WATCHES_H

#include "engine/address.h"

#include <ev.h>

/* Where a connection starts: two sockets of a thread never share one. */
struct local_end {
    char ip[ADDRESS_TEXT];
    int port;
};

struct watch;

struct watches {
    struct ev_loop *loop;
    void (*ready)(void *owner, int fd, int events);
    struct watch **by_fd; /* NULL where none was ever needed */
    size_t count;
};

void watches_init(struct watches *w, struct ev_loop *loop,
                  void (*ready)(void *owner, int fd, int events));
void watches_release(struct watches *w);

/* The owner wants EV_READ, EV_WRITE or both of fd; 0: nothing any more, unless it is
 * another's by now. */
void watches_want(struct watches *w, int fd, void *owner, int events);

/* The owner has opened fd anew. True when an older one of that number was still
 * watched: it has been closed behind our back. */
bool watches_opened(struct watches *w, int fd, const void *owner);

/* Does the connection on fd start there? Asks the kernel once per socket. */
bool watches_is_local(struct watches *w, int fd, const struct local_end *end);

#endif
