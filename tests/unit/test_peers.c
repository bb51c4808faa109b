/* Addresses of the targets: looked up once, or given; and what libcurl is told. */
#include "engine/peers.h"

#include "check.h"

#include "engine/plan.h"

#include <curl/curl.h>

static const struct {
    const char *url, *address, *line; /* line NULL: a literal needs no look-up */
} targets[] = {
    {"http://127.0.0.1:8000/v1", "127.0.0.1", "127.0.0.1:8000:127.0.0.1"},
    {"http://127.0.0.1", "127.0.0.1", "127.0.0.1:80:127.0.0.1"},
    {"https://127.0.0.1", "127.0.0.1", "127.0.0.1:443:127.0.0.1"},
    {"http://me:secret@127.0.0.1:1", "127.0.0.1", "127.0.0.1:1:127.0.0.1"},
    {"http://[::1]:8000", "::1", NULL},
};

static void addresses_are_found_once(void)
{
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        struct plan plan = {.arms = 1, .targets[0].base_url = targets[i].url};
        struct err e = {0};
        check_row = targets[i].url;
        CHECK_INT(peers_resolve(&plan, &e), 0);
        CHECK_INT(plan.peers[0].count, 1);
        CHECK_STR(plan.peers[0].list[0].text, targets[i].address);
        struct curl_slist *lines = peers_lines(&plan);
        CHECK((lines == NULL) == (targets[i].line == NULL));
        if (lines != NULL)
            CHECK_STR(lines->data, targets[i].line);
        curl_slist_free_all(lines);
    }
}

static void an_override_outranks_the_dns(void)
{
    struct plan plan = {.arms = 2,
                        .targets[0].base_url = "https://nowhere.invalid/v1",
                        .targets[1].base_url = "https://127.0.0.1:8443"};
    struct err e = {0};
    plan.net.override_count = 1;
    CHECK_INT(override_parse("Nowhere.invalid:443:10.0.0.1,::1,10.0.0.2",
                             &plan.net.overrides[0], &e),
              0);
    CHECK_INT(peers_resolve(&plan, &e), 0);
    CHECK_INT(plan.peers[0].count, 3);
    struct curl_slist *lines = peers_lines(&plan);
    CHECK_STR(lines->data, "nowhere.invalid:443:10.0.0.1,[::1],10.0.0.2");
    CHECK_STR(lines->next->data, "127.0.0.1:8443:127.0.0.1");
    CHECK(lines->next->next == NULL);
    curl_slist_free_all(lines);
    CHECK_INT(peers_find(&plan.peers[0], "::1"), 1);
    CHECK_INT(peers_find(&plan.peers[0], "10.0.0.2"), 2);
    CHECK_INT(peers_find(&plan.peers[0], "10.0.0.9"), 3);
}

static const struct {
    const char *proxy;
    uint32_t of_target, of_proxy;
    const char *line;
} proxies[] = {
    {"http://127.0.0.1:3128", 0, 1, "127.0.0.1:3128:127.0.0.1"},
    {"https://me:pw@127.0.0.1:3128", 0, 1, "127.0.0.1:3128:127.0.0.1"},
    {"socks5h://127.0.0.1:1080", 0, 1, "127.0.0.1:1080:127.0.0.1"},
    {"socks5://127.0.0.1:1080", 1, 1, "127.0.0.1:1080:127.0.0.1"},
};

static void a_proxy_looks_up_by_itself(void)
{
    for (size_t i = 0; i < ARRAY_LEN(proxies); i++) {
        bool is_local = proxies[i].of_target > 0;
        struct plan plan = {.arms = 1,
                            .targets[0].base_url = is_local ? "http://127.0.0.1"
                                                            : "http://nowhere.invalid"};
        struct err e = {0};
        check_row = proxies[i].proxy;
        plan.net.proxy = proxies[i].proxy;
        CHECK_INT(peers_resolve(&plan, &e), 0);
        CHECK_INT(plan.peers[0].count, proxies[i].of_target);
        CHECK_INT(plan.proxy_peers.count, proxies[i].of_proxy);
        struct curl_slist *lines = peers_lines(&plan);
        CHECK_STR(lines ? lines->data : NULL, proxies[i].line);
        curl_slist_free_all(lines);
    }
}

static void a_unix_socket_needs_no_address(void)
{
    struct plan plan = {.arms = 1, .targets[0].base_url = "http://nowhere.invalid"};
    struct err e = {0};
    plan.net.unix_socket = "/run/x";
    CHECK_INT(peers_resolve(&plan, &e), 0);
    CHECK(peers_lines(&plan) == NULL);
    CHECK_INT(peers_ports(&plan, 28232), 0);
}

/* A label of 64 letters is in no DNS: nobody is asked. */
#define EIGHT "abcdefgh"
#define LONG_LABEL EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT

static void what_has_no_address_is_an_error(void)
{
    static const struct {
        const char *url, *words;
    } bad[] = {
        {"http://" LONG_LABEL, "cannot resolve host \"" LONG_LABEL "\""},
        {"http://", "is no http or https URL"},
        {"http://host:99999999/", "is no http or https URL"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct plan plan = {.arms = 2,
                            .targets[0].base_url = "http://127.0.0.1:1",
                            .targets[1].base_url = bad[i].url};
        struct err e = {0};
        check_row = bad[i].url;
        CHECK_INT(peers_resolve(&plan, &e), -1);
        CHECK(strstr(e.text, bad[i].words) != NULL);
    }
}

static const struct {
    const char *override, *sources;
    uint64_t ports;
} ranges[] = {
    {"a.test:80:10.0.0.1", NULL, 100},
    {"a.test:80:10.0.0.1,10.0.0.2,10.0.0.3", NULL, 300},
    {"a.test:80:::1,10.0.0.2,10.0.0.3", NULL, 100}, /* the first family only */
    {"a.test:80:10.0.0.1", "10.0.0.8,10.0.0.9", 200},
    {"a.test:80:10.0.0.1,10.0.0.2", "10.0.0.7,10.0.0.8,10.0.0.9", 600},
};

static void every_pair_of_addresses_has_its_ports(void)
{
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        struct plan plan = {.arms = 1, .targets[0].base_url = "http://a.test"};
        struct err e = {0};
        check_row = ranges[i].override;
        plan.net.override_count = 1;
        CHECK_INT(override_parse(ranges[i].override, &plan.net.overrides[0], &e), 0);
        if (ranges[i].sources != NULL)
            plan.net.source_count = (uint32_t)address_list(
                ranges[i].sources, 0, plan.net.sources, NET_SOURCES_MAX, &e);
        CHECK_INT(peers_resolve(&plan, &e), 0);
        CHECK_INT(peers_ports(&plan, 100), ranges[i].ports);
    }
}

int main(void)
{
    RUN(addresses_are_found_once);
    RUN(an_override_outranks_the_dns);
    RUN(a_proxy_looks_up_by_itself);
    RUN(a_unix_socket_needs_no_address);
    RUN(what_has_no_address_is_an_error);
    RUN(every_pair_of_addresses_has_its_ports);
    return check_report();
}
