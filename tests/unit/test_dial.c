/* Sockets from each local address and to each server address, in turn. */
#include "engine/dial.h"

#include "check.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <unistd.h>

/* As libcurl has it: room for any address behind the struct's last member. */
union proposal {
    struct curl_sockaddr it;
    char room[sizeof(struct curl_sockaddr) + sizeof(struct sockaddr_storage)];
};

static struct plan plan_of(const char *override, const char *sources)
{
    struct plan plan = {.arms = 1, .targets[0].base_url = "http://a.test"};
    struct err e = {0};
    plan.net.override_count = 1;
    CHECK_INT(override_parse(override, &plan.net.overrides[0], &e), 0);
    if (sources != NULL)
        plan.net.source_count =
            (uint32_t)address_list(sources, 0, plan.net.sources, NET_SOURCES_MAX, &e);
    CHECK_INT(peers_resolve(&plan, &e), 0);
    return plan;
}

static union proposal propose(const char *text)
{
    union proposal p = {.room = {0}};
    union address a;
    CHECK(address_parse(text, strlen(text), 80, &a));
    p.it.family = a.family;
    p.it.socktype = SOCK_STREAM;
    p.it.protocol = IPPROTO_TCP;
    p.it.addrlen = address_length(&a);
    memcpy(p.room + offsetof(struct curl_sockaddr, addr), &a, p.it.addrlen);
    return p;
}

/* Dials and tells where to and where from; closes the socket. */
static bool dial_text(struct dialer *d, struct dialled *tries, const char *proposed,
                      char to[ADDRESS_TEXT], char from[ADDRESS_TEXT])
{
    union proposal p = propose(proposed);
    union address at = {0}, local = {0};
    socklen_t length = sizeof local;
    int fd = dial(d, 0, tries, &p.it);
    if (fd < 0)
        return false;
    memcpy(&at, p.room + offsetof(struct curl_sockaddr, addr), p.it.addrlen);
    (void)address_format(to, &at);
    CHECK_INT(getsockname(fd, &local.any, &length), 0);
    (void)address_format(from, &local);
    (void)close(fd);
    return true;
}

static void connections_go_to_each_address_in_turn(void)
{
    static const char *const expected[] = {"10.0.0.2", "10.0.0.3", "10.0.0.1",
                                           "10.0.0.2"};
    struct plan plan = plan_of("a.test:80:10.0.0.1,10.0.0.2,10.0.0.3", NULL);
    struct dialer d;
    char to[ADDRESS_TEXT], from[ADDRESS_TEXT];
    dialer_init(&d, &plan, 1); /* the second worker */
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        struct dialled tries = {0};
        CHECK(dial_text(&d, &tries, "10.0.0.1", to, from));
        CHECK_STR(to, expected[i]);
    }
    CHECK_INT(d.counts.connects[0][0], 1);
    CHECK_INT(d.counts.connects[0][1], 2);
    CHECK_INT(d.counts.connects[0][2], 1);
}

/* Whatever others dial in between, one transfer tries every address. */
static void tries_of_one_transfer_go_to_different_addresses(void)
{
    struct plan plan = plan_of("a.test:80:10.0.0.1,10.0.0.2,10.0.0.3", NULL);
    struct dialer d;
    struct dialled one = {0}, other = {0};
    char to[ADDRESS_TEXT], from[ADDRESS_TEXT];
    static const char *const expected[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
    dialer_init(&d, &plan, 0);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        CHECK(dial_text(&d, &one, "10.0.0.1", to, from));
        CHECK_STR(to, expected[i]);
        CHECK(dial_text(&d, &other, "10.0.0.1", to, from));
    }
}

static void the_family_is_libcurls_choice(void)
{
    struct plan plan = plan_of("a.test:80:::1,10.0.0.2,::3", NULL);
    struct dialer d;
    char to[ADDRESS_TEXT], from[ADDRESS_TEXT];
    dialer_init(&d, &plan, 0);
    for (int i = 0; i < 3; i++) {
        struct dialled tries = {0};
        CHECK(dial_text(&d, &tries, "10.0.0.2", to, from));
        CHECK_STR(to, "10.0.0.2");
    }
    CHECK_INT(d.counts.connects[0][1], 3);
}

static void local_addresses_are_used_in_turn(void)
{
    struct plan plan = plan_of("a.test:80:10.0.0.1", "127.0.0.2,127.0.0.3");
    struct dialer d;
    struct dialled tries = {0};
    char to[ADDRESS_TEXT], from[ADDRESS_TEXT];
    dialer_init(&d, &plan, 0);
    CHECK(dial_text(&d, &tries, "10.0.0.1", to, from));
    CHECK_STR(from, "127.0.0.2");
    CHECK(dial_text(&d, &tries, "10.0.0.1", to, from));
    CHECK_STR(from, "127.0.0.3");
    CHECK(dial_text(&d, &tries, "10.0.0.1", to, from));
    CHECK_STR(from, "127.0.0.2");
    CHECK_INT(d.counts.sources[0], 2);
    CHECK_INT(d.counts.sources[1], 1);
    errno = 0;
    CHECK(!dial_text(&d, &tries, "::1", to, from)); /* none of that family */
    CHECK_INT(errno, EAFNOSUPPORT);
}

static void a_proxy_keeps_its_address(void)
{
    struct plan plan = plan_of("a.test:80:10.0.0.1,10.0.0.2", NULL);
    struct dialer d;
    struct dialled tries = {0};
    char to[ADDRESS_TEXT], from[ADDRESS_TEXT];
    plan.net.proxy = "http://10.9.9.9:3128";
    dialer_init(&d, &plan, 0);
    CHECK(dial_text(&d, &tries, "10.9.9.9", to, from));
    CHECK_STR(to, "10.9.9.9");
    dial_request(&d, 0, "10.9.9.9");
    CHECK_INT(d.counts.requests[0][0], 0);
}

static void requests_are_counted_by_address(void)
{
    struct plan plan = plan_of("a.test:80:10.0.0.1,10.0.0.2", NULL);
    struct dialer d;
    struct dial_counts sum = {0};
    dialer_init(&d, &plan, 0);
    dial_request(&d, 0, "10.0.0.2");
    dial_request(&d, 0, "10.0.0.2");
    dial_request(&d, 0, "10.0.0.1");
    dial_request(&d, 0, "10.0.0.9"); /* of nobody: not counted */
    dial_counts_add(&sum, &d.counts);
    dial_counts_add(&sum, &d.counts);
    CHECK_INT(sum.requests[0][0], 2);
    CHECK_INT(sum.requests[0][1], 4);
}

int main(void)
{
    RUN(connections_go_to_each_address_in_turn);
    RUN(tries_of_one_transfer_go_to_different_addresses);
    RUN(the_family_is_libcurls_choice);
    RUN(local_addresses_are_used_in_turn);
    RUN(a_proxy_keeps_its_address);
    RUN(requests_are_counted_by_address);
    return check_report();
}
