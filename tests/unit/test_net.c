/* Network options: how many connections, which targets they fit, which URLs. */
#include "engine/net.h"

#include "check.h"

static const struct {
    uint32_t streams, in_flight, threads, arms, expected;
} sums[] = {
    {1, 500, 1, 1, 500}, /* HTTP/1.1: one each */
    {1, 500, 4, 2, 500}, /* whatever the threads and arms */
    {32, 1, 1, 1, 1},       {32, 32, 1, 1, 1},      {32, 33, 1, 1, 2},
    {32, 64, 1, 1, 2},      {32, 65, 1, 1, 4}, /* the second pool's may fill, too */
    {64, 10000, 1, 1, 157}, {32, 10000, 1, 1, 314}, {32, 10000, 4, 1, 320},
    {32, 128, 1, 2, 6},                      /* streams of two arms do not share */
    {64, 2, 1, 2, 2},       {2, 3, 8, 1, 3}, /* never more than requests */
};

static void connections_are_summed(void)
{
    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%u in flight, %u streams, %u threads",
                       sums[i].in_flight, sums[i].streams, sums[i].threads);
        check_row = name;
        CHECK_INT(net_connections(sums[i].streams, sums[i].in_flight, sums[i].threads,
                                  sums[i].arms),
                  sums[i].expected);
        check_row = NULL;
    }
}

static void streams_depend_on_the_version_of_http(void)
{
    struct net_options net = {.streams = 0};
    CHECK_INT(net_streams(&net, "https://a.test"), 1);
    net.http = NET_HTTP_2;
    CHECK_INT(net_streams(&net, "https://a.test"), NET_STREAMS);
    CHECK_INT(net_streams(&net, NULL), NET_STREAMS);
    net.streams = 7;
    CHECK_INT(net_streams(&net, "https://a.test"), 7);
    CHECK(!net_is_h2c(&net, "https://a.test"));
    CHECK(net_is_h2c(&net, "HTTP://a.test"));
    if (net_is_never_reused(&net, "http://a.test"))
        CHECK_INT(net_streams(&net, "http://a.test"), 1);
    else
        CHECK_INT(net_streams(&net, "http://a.test"), 7);
    CHECK(!net_is_never_reused(&net, "https://a.test"));
}

static const struct {
    const char *url, *host;
    uint16_t port; /* 0: no such URL */
    bool is_tls;
} places[] = {
    {"http://a.test/v1", "a.test", 80, false},
    {"https://a.test", "a.test", 443, true},
    {"https://u:p@a.test:8443/x?y#z", "a.test", 8443, true},
    {"http://[::1]:8000", "[::1]", 8000, false},
    {"ftp://a.test", "a.test", 21, false}, /* schemes are checked elsewhere */
    {"http://", NULL, 0, false},
    {"a b", NULL, 0, false},
};

static void urls_are_taken_apart(void)
{
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct net_place p;
        struct err e = {0};
        check_row = places[i].url;
        int rc = net_place_of(places[i].url, &p, &e);
        CHECK_INT(rc, places[i].port > 0 ? 0 : -1);
        if (rc < 0)
            continue;
        CHECK_STR(p.host, places[i].host);
        CHECK_INT(p.port, places[i].port);
        CHECK(p.is_tls == places[i].is_tls);
    }
}

static const struct {
    const char *name, *first, *second, *proxy, *override;
    enum net_http http;
    const char *words; /* "": they fit */
} fits[] = {
    {"one", "http://a.test", NULL, NULL, NULL, NET_HTTP_1, ""},
    {"override", "https://A.test", NULL, NULL, "a.test:443:10.0.0.1", NET_HTTP_1, ""},
    {"of the second", "http://a.test", "http://b.test:81", NULL, "b.test:81:10.0.0.1",
     NET_HTTP_1, ""},
    {"other host", "http://a.test", NULL, NULL, "b.test:80:10.0.0.1", NET_HTTP_1,
     "--resolve: no target is at b.test:80"},
    {"other port", "https://a.test", NULL, NULL, "a.test:80:10.0.0.1", NET_HTTP_1,
     "--resolve: no target is at a.test:80"},
    {"two TLS", "https://a.test", "https://b.test", NULL, NULL, NET_HTTP_2, ""},
    {"two clear", "http://a.test", "http://b.test", NULL, NULL, NET_HTTP_2, ""},
    {"mixed", "https://a.test", "http://b.test", NULL, NULL, NET_HTTP_2,
     "both targets must be https, or both http"},
    {"mixed 1.1", "https://a.test", "http://b.test", NULL, NULL, NET_HTTP_1, ""},
    {"h2c, proxy", "http://a.test", NULL, "http://p.test:1", NULL, NET_HTTP_2,
     "without TLS it does not go through a --proxy"},
    {"TLS, proxy", "https://a.test", NULL, "http://p.test:1", NULL, NET_HTTP_2, ""},
};

static void options_fit_the_targets(void)
{
    for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
        struct net_options net = {.http = fits[i].http, .proxy = fits[i].proxy};
        const char *urls[] = {fits[i].first, fits[i].second};
        struct err e = {0};
        check_row = fits[i].name;
        if (fits[i].override != NULL)
            CHECK_INT(override_parse(fits[i].override, &net.overrides[0], &e), 0);
        net.override_count = fits[i].override != NULL;
        int rc = net_check_targets(&net, urls, fits[i].second ? 2 : 1, &e);
        CHECK_INT(rc, fits[i].words[0] == '\0' ? 0 : -1);
        CHECK(strstr(e.text, fits[i].words) != NULL);
    }
}

int main(void)
{
    RUN(connections_are_summed);
    RUN(streams_depend_on_the_version_of_http);
    RUN(urls_are_taken_apart);
    RUN(options_fit_the_targets);
    return check_report();
}
