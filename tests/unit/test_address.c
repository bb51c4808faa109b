/* Numeric addresses, lists of them, and the words of --resolve. */
#include "engine/address.h"

#include "check.h"

#include <arpa/inet.h>

static const struct {
    const char *text, *formatted; /* NULL: no address */
} addresses[] = {
    {"127.0.0.1", "127.0.0.1"},
    {"::1", "::1"},
    {"[::1]", "::1"},
    {"[fd00:0:0::7]", "fd00::7"},
    {"[127.0.0.1]", NULL},
    {"127.0.0", NULL},
    {"127.0.0.256", NULL},
    {"127.0.0.1 ", NULL},
    {"[::1", NULL},
    {"[]", NULL},
    {"", NULL},
    {"localhost", NULL},
    {"fe80::1%eth0", NULL},
    {"1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:2222:3333:4444", NULL},
};

static void addresses_are_read_and_written(void)
{
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        union address a;
        char text[ADDRESS_TEXT];
        const char *from = addresses[i].text;
        check_row = from;
        bool is_one = address_parse(from, strlen(from), 8000, &a);
        CHECK(is_one == (addresses[i].formatted != NULL));
        if (is_one)
            CHECK_STR(address_format(text, &a), addresses[i].formatted);
    }
}

static void only_the_length_counts_and_the_port_goes_in(void)
{
    union address a, b;
    CHECK(address_parse("10.1.2.3,10.1.2.4", 8, 443, &a));
    CHECK_INT(ntohs(a.v4.sin_port), 443);
    CHECK_INT(address_length(&a), sizeof a.v4);
    CHECK(address_parse("::2", 3, 80, &b));
    CHECK_INT(ntohs(b.v6.sin6_port), 80);
    CHECK_INT(address_length(&b), sizeof b.v6);
    CHECK(!address_same(&a, &b));
    CHECK(address_parse("10.1.2.3", 8, 80, &b));
    CHECK(address_same(&a, &b)); /* ports do not matter */
}

static const struct {
    const char *text;
    int count;         /* -1: an error */
    const char *words; /* of the error */
} lists[] = {
    {"10.0.0.1", 1, ""},
    {"10.0.0.1,10.0.0.2,::1", 3, ""},
    {"10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4", 4, ""},
    {"10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5", -1, "more than 4 addresses"},
    {"10.0.0.1,10.0.0.1", -1, "10.0.0.1 is there twice"},
    {"::1,[::1]", -1, "[::1] is there twice"},
    {"", -1, "\"\" is no IPv4 or IPv6 address"},
    {"10.0.0.1,", -1, "\"\" is no IPv4 or IPv6 address"},
    {"eth0", -1, "\"eth0\" is no IPv4 or IPv6 address"},
};

static void lists_are_read(void)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        union address out[4];
        struct err e = {0};
        check_row = lists[i].text;
        CHECK_INT(address_list(lists[i].text, 0, out, 4, &e), lists[i].count);
        CHECK(strstr(e.text, lists[i].words) != NULL);
    }
}

static const struct {
    const char *text;
    uint32_t count; /* 0: an error */
    const char *words;
} overrides[] = {
    {"api.example:443:10.0.0.1", 1, ""},
    {"api.example:443:10.0.0.1,::1,[fd00::1]", 3, ""},
    {"api.example:65535:10.0.0.1", 1, ""},
    {"api.example", 0, "not of the form HOST:PORT:ADDRESS"},
    {":443:10.0.0.1", 0, "not of the form HOST:PORT:ADDRESS"},
    {"api.example:443", 0, "\"443\" is no port 1..65535 with an address behind it"},
    {"api.example:0:10.0.0.1", 0, "\"0\" is no port"},
    {"api.example:65536:10.0.0.1", 0, "\"65536\" is no port"},
    {"api.example:443x:10.0.0.1", 0, "\"443x\" is no port"},
    {"api.example::10.0.0.1", 0, "\"\" is no port"},
    {"api.example:443:", 0, "\"\" is no IPv4"},
    {"api.example:443:backend", 0,
     "api.example:443:backend: \"backend\" is no IPv4 or IPv6 address"},
};

static void overrides_are_read(void)
{
    for (size_t i = 0; i < ARRAY_LEN(overrides); i++) {
        struct override o;
        struct err e = {0};
        check_row = overrides[i].text;
        int rc = override_parse(overrides[i].text, &o, &e);
        CHECK_INT(rc, overrides[i].count > 0 ? 0 : -1);
        CHECK(strstr(e.text, overrides[i].words) != NULL);
        if (rc == 0) {
            CHECK_STR(o.host, "api.example");
            CHECK_INT(o.count, overrides[i].count);
            CHECK_INT(ntohs(o.at[0].v4.sin_port), o.port);
        }
    }
}

static void a_host_may_not_be_longer_than_its_room(void)
{
    char text[ADDRESS_HOST + 32];
    struct override o;
    struct err e = {0};
    memset(text, 'a', sizeof text);
    (void)snprintf(text + ADDRESS_HOST - 1, 32, ":80:10.0.0.1");
    CHECK_INT(override_parse(text, &o, &e), 0);
    CHECK_INT(strlen(o.host), ADDRESS_HOST - 1);
    text[ADDRESS_HOST - 1] = 'a';
    (void)snprintf(text + ADDRESS_HOST, 31, ":80:10.0.0.1");
    CHECK_INT(override_parse(text, &o, &e), -1);
}

int main(void)
{
    RUN(addresses_are_read_and_written);
    RUN(only_the_length_counts_and_the_port_goes_in);
    RUN(lists_are_read);
    RUN(overrides_are_read);
    RUN(a_host_may_not_be_longer_than_its_room);
    return check_report();
}
