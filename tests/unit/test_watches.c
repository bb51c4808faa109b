/* Watches survive a socket that is closed and opened again behind their back. */
#include "engine/watches.h"

#include "check.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

struct seen {
    int fd, events, calls;
};

static void on_ready(void *owner, int fd, int events)
{
    struct seen *s = owner;
    *s = (struct seen){.fd = fd, .events = events, .calls = s->calls + 1};
}

static void turn(struct watches *w)
{
    ev_run(w->loop, EVRUN_NOWAIT);
}

/* A pair whose first end has the number fd, which is free. */
static int pair_at(int fd)
{
    int pair[2] = {-1, -1};
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    if (pair[0] != fd) {
        CHECK_INT(dup2(pair[0], fd), fd);
        (void)close(pair[0]);
    }
    return pair[1];
}

static void what_is_wanted_is_told(void)
{
    struct watches w;
    struct seen a = {0};
    int pair[2];
    watches_init(&w, ev_loop_new(EVFLAG_NOENV), on_ready);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    CHECK(!watches_opened(&w, pair[0], &a));
    watches_want(&w, pair[0], &a, EV_READ);
    turn(&w);
    CHECK_INT(a.calls, 0);
    CHECK_INT(write(pair[1], "x", 1), 1);
    turn(&w);
    CHECK_INT(a.calls, 1);
    CHECK_INT(a.fd, pair[0]);
    CHECK_INT(a.events, EV_READ);
    watches_want(&w, pair[0], &a, EV_WRITE);
    turn(&w);
    CHECK_INT(a.events, EV_WRITE);
    watches_want(&w, pair[0], &a, 0);
    turn(&w);
    CHECK_INT(a.calls, 2);
    CHECK(!watches_opened(&w, pair[0], &a)); /* nothing was watched */
    (void)close(pair[0]);
    (void)close(pair[1]);
    struct ev_loop *loop = w.loop;
    watches_release(&w);
    ev_loop_destroy(loop);
}

static void a_new_socket_of_the_same_number_is_watched(void)
{
    struct watches w;
    struct seen a = {0}, b = {0};
    int pair[2];
    watches_init(&w, ev_loop_new(EVFLAG_NOENV), on_ready);
    CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    watches_want(&w, pair[0], &a, EV_READ);
    turn(&w);
    (void)close(pair[0]); /* epoll forgets it; nobody says so */
    (void)close(pair[1]);
    int other = pair_at(pair[0]);
    CHECK(watches_opened(&w, pair[0], &a));
    CHECK_INT(write(other, "x", 1), 1);
    turn(&w);
    CHECK_INT(a.calls, 1);
    (void)close(pair[0]);
    (void)close(other);
    other = pair_at(pair[0]);
    CHECK(watches_opened(&w, pair[0], &b)); /* another owner: not its business */
    CHECK_INT(write(other, "x", 1), 1);
    turn(&w);
    CHECK_INT(a.calls, 1);
    watches_want(&w, pair[0], &b, EV_READ);
    watches_want(&w, pair[0], &a, 0); /* late: it is another's by now */
    turn(&w);
    CHECK_INT(b.calls, 1);
    (void)close(pair[0]);
    (void)close(other);
    struct ev_loop *loop = w.loop;
    watches_release(&w);
    ev_loop_destroy(loop);
}

static int bound(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_INT(bind(fd, (struct sockaddr *)&at, length), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&at, &length), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void the_local_end_tells_connections_apart(void)
{
    struct watches w;
    struct seen a = {0};
    uint16_t port = 0;
    watches_init(&w, ev_loop_new(EVFLAG_NOENV), on_ready);
    int fd = bound(&port);
    struct local_end end = {.ip = "127.0.0.1", .port = port};
    struct local_end elsewhere = {.ip = "127.0.0.2", .port = port};
    struct local_end other = {.ip = "127.0.0.1", .port = port ^ 1};
    CHECK(!watches_opened(&w, fd, &a));
    CHECK(watches_is_local(&w, fd, &end));
    CHECK(!watches_is_local(&w, fd, &elsewhere));
    CHECK(!watches_is_local(&w, fd, &other));
    (void)close(fd);
    CHECK(watches_is_local(&w, fd, &end)); /* the kernel is asked once */
    CHECK_INT(bound(&port), fd);
    CHECK(!watches_opened(&w, fd, &a));
    end.port = port;
    CHECK(watches_is_local(&w, fd, &end));
    (void)close(fd);
    struct ev_loop *loop = w.loop;
    watches_release(&w);
    ev_loop_destroy(loop);
}

int main(void)
{
    RUN(what_is_wanted_is_told);
    RUN(a_new_socket_of_the_same_number_is_watched);
    RUN(the_local_end_tells_connections_apart);
    return check_report();
}
