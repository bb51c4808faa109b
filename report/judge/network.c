/* How a run's connections were opened; see network.h. */
#include "judge/network.h"

#include "base/buf.h"
#include "base/units.h"
#include "judge/member.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024

/* "libcurl/7.88.1 OpenSSL/3.0.22": the rest does not touch a run. */
static void add_libcurl(struct facts *f, const char *version)
{
    char text[128];
    size_t first = strcspn(version, " ");
    size_t second = version[first] == '\0' ? 0 : 1 + strcspn(version + first + 1, " ");
    (void)snprintf(text, sizeof text, "%.*s", (int)(first + second), version);
    if (text[0] != '\0')
        facts_add(f, "library", text, NULL);
}

static void add_http(struct facts *f, const json_t *network)
{
    char text[64];
    const char *version = member_text(network, "http");
    json_int_t streams =
        json_integer_value(json_object_get(network, "streams_per_connection"));
    if (version[0] == '\0')
        return;
    (void)snprintf(text, sizeof text, "%.8s", version);
    if (streams > 1)
        (void)snprintf(text, sizeof text, "%.8s, up to %lld streams a connection",
                       version, (long long)streams);
    facts_add(f, "HTTP", text, NULL);
}

static void add_trust(struct facts *f, const json_t *network)
{
    if (json_is_false(json_object_get(network, "certificates_checked")))
        facts_add(f, "certificates", "not checked", NULL);
    if (json_is_true(json_object_get(network, "client_certificate")))
        facts_add(f, "client certificate", "shown to the server", NULL);
}

static void add_text(struct facts *f, const char *name, const char *text)
{
    if (text[0] != '\0')
        facts_add(f, name, text, NULL);
}

static void put_count(struct buf *out, const json_t *row, const char *key,
                      const char *word)
{
    char text[UNITS_TEXT];
    const json_t *count = json_object_get(row, key);
    if (json_is_integer(count))
        buf_printf(out, "%s%s %s", out->len > 0 ? ", " : "",
                   units_format_count(text, (uint64_t)json_integer_value(count)), word);
}

/* "to 10.0.0.1" = "12 connections tried, 130 requests"; of this arm. */
static void add_addresses(struct facts *f, const json_t *rows, const char *arm)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        char name[96];
        struct buf value;
        if (strcmp(member_text(row, "arm"), arm) != 0)
            continue;
        buf_init(&value, TEXT_MAX);
        put_count(&value, row, "connects", "connections tried");
        put_count(&value, row, "requests", "requests");
        (void)snprintf(name, sizeof name, "to %.80s", member_text(row, "address"));
        facts_add(f, name, value.data, NULL);
        buf_release(&value);
    }
}

static void add_sources(struct facts *f, const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        char name[96];
        struct buf value;
        buf_init(&value, TEXT_MAX);
        put_count(&value, row, "connects", "connections tried");
        (void)snprintf(name, sizeof name, "from %.80s", member_text(row, "address"));
        facts_add(f, name, value.data, NULL);
        buf_release(&value);
    }
}

void network_read(struct summary *s)
{
    const json_t *network = json_object_get(s->run->manifest, "network");
    const json_t *quirks = json_object_get(s->run->manifest, "quirks");
    struct facts *f = &s->network;
    add_libcurl(f, member_text(network, "libcurl"));
    add_http(f, network);
    add_trust(f, network);
    add_text(f, "proxy", member_text(network, "proxy"));
    add_text(f, "socket", member_text(network, "unix_socket"));
    add_addresses(f, json_object_get(network, "addresses"), s->arm);
    add_sources(f, json_object_get(network, "sources"));
    for (size_t i = 0; i < json_array_size(quirks); i++) {
        const char *text = json_string_value(json_array_get(quirks, i));
        if (text != NULL)
            facts_add(&s->quirks, text, "", NULL);
    }
}
