/* Where URLs lead, and which addresses take connections: on loopback. */
#include "engine/reach.h"

#include "check.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
    const char *url, *host, *port; /* host NULL: refused */
    bool is_tls, is_literal;
} urls[] = {
    {"http://127.0.0.1:8000/v1", "127.0.0.1", "8000", false, true},
    {"https://api.mistral.ai", "api.mistral.ai", "443", true, false},
    {"http://user:pass@host", "host", "80", false, false},
    {"http://[::1]:99", "::1", "99", false, true},
    {"ftp://host", NULL, NULL, false, false},
    {"http://", NULL, NULL, false, false},
    {"nonsense url", NULL, NULL, false, false},
    {"", NULL, NULL, false, false},
};

static void urls_lead_somewhere(void)
{
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct place p;
        struct err e = {0};
        int rc = reach_place(urls[i].url, "target", &p, &e);
        check_row = urls[i].url;
        CHECK_INT(rc, urls[i].host != NULL ? 0 : -1);
        if (rc < 0) {
            CHECK(strncmp(e.text, "--target: not a URL", 19) == 0);
            continue;
        }
        CHECK_STR(p.host, urls[i].host);
        CHECK_STR(p.port, urls[i].port);
        CHECK_INT(p.is_tls, urls[i].is_tls);
        CHECK_INT(p.is_literal, urls[i].is_literal);
    }
}

/* A socket that listens on 127.0.0.1 only; fills in its port. */
static int listener(struct place *p)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    CHECK(listen(fd, 16) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&at, &length) == 0);
    *p = (struct place){.host = "127.0.0.1", .is_literal = true};
    (void)snprintf(p->port, sizeof p->port, "%u", ntohs(at.sin_port));
    return fd;
}

static void each_address_is_tried(void)
{
    struct place p;
    struct reach_report r;
    int fd = listener(&p);
    reach_resolve(&p, &r);
    CHECK_INT(r.name, NAME_NOT_ASKED);
    CHECK_INT(r.count, 1);
    CHECK_STR(r.addresses[0].text, "127.0.0.1");
    r.count = 3;
    (void)snprintf(r.addresses[1].text, sizeof r.addresses[1].text, "127.0.0.2");
    (void)snprintf(r.addresses[2].text, sizeof r.addresses[2].text, "127.0.0.1");
    reach_connect(&p, 10 * NS_PER_S, &r);
    CHECK_INT(r.addresses[0].reach, REACH_OPEN);
    CHECK_INT(r.addresses[1].reach, REACH_REFUSED);
    CHECK_INT(r.addresses[2].reach, REACH_OPEN);
    (void)close(fd);
    reach_connect(&p, 10 * NS_PER_S, &r);
    CHECK_INT(r.addresses[0].reach, REACH_REFUSED);
}

int main(void)
{
    RUN(urls_lead_somewhere);
    RUN(each_address_is_tried);
    return check_report();
}
