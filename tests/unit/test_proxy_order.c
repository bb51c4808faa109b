/* Requests to the control port of gust proxy, as orders, proxies and toxics. */
#include "check.h"
#include "fixtures/proxy_order.h"

static const struct {
    const char *method, *path;
    int status; /* 0: good */
    enum proxy_verb verb;
    const char *proxy, *toxic;
} rows[] = {
    {"GET", "/version", 0, PROXY_VERSION, "", ""},
    {"GET", "/proxies", 0, PROXY_LIST, "", ""},
    {"POST", "/proxies", 0, PROXY_CREATE, "", ""},
    {"POST", "/populate", 0, PROXY_POPULATE, "", ""},
    {"POST", "/reset", 0, PROXY_RESET, "", ""},
    {"GET", "/proxies/a", 0, PROXY_SHOW, "a", ""},
    {"POST", "/proxies/a.b", 0, PROXY_CHANGE, "a.b", ""},
    {"PATCH", "/proxies/a", 0, PROXY_CHANGE, "a", ""},
    {"DELETE", "/proxies/a", 0, PROXY_DELETE, "a", ""},
    {"GET", "/proxies/a/toxics", 0, TOXIC_LIST, "a", ""},
    {"POST", "/proxies/a/toxics", 0, TOXIC_CREATE, "a", ""},
    {"GET", "/proxies/a/toxics/t", 0, TOXIC_SHOW, "a", "t"},
    {"POST", "/proxies/a/toxics/t", 0, TOXIC_CHANGE, "a", "t"},
    {"PATCH", "/proxies/a/toxics/t", 0, TOXIC_CHANGE, "a", "t"},
    {"DELETE", "/proxies/a/toxics/t", 0, TOXIC_DELETE, "a", "t"},
    {"GET", "/", 404, 0, "", ""},
    {"GET", "/proxies/", 404, 0, "", ""},
    {"GET", "/proxies//toxics", 404, 0, "", ""},
    {"GET", "/proxies/a/toxics/", 404, 0, "", ""},
    {"GET", "/proxies/a/toxics/t/x", 404, 0, "", ""},
    {"GET", "/proxies/a/toxic", 404, 0, "", ""},
    {"GET", "/reset", 405, 0, "", ""},
    {"PUT", "/proxies/a", 405, 0, "", ""},
    {"GET", "/proxies/0123456789012345678901234567890123456789012345678901234567890123",
     404, 0, "", ""},
};

static void paths(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_request http = {
            .method = {rows[i].method, strlen(rows[i].method)},
            .path = {rows[i].path, strlen(rows[i].path)},
        };
        struct proxy_order o;
        struct err e = {0};
        check_row = rows[i].path;
        int rc = proxy_order_read(&http, &o, &e);
        CHECK_INT(rc, rows[i].status ? -1 : 0);
        CHECK_INT(o.status, rows[i].status);
        if (rows[i].status) {
            CHECK(e.is_set);
            continue;
        }
        CHECK_INT(o.verb, rows[i].verb);
        CHECK_STR(o.proxy, rows[i].proxy);
        CHECK_STR(o.toxic, rows[i].toxic);
    }
}

static const struct {
    const char *json, *error; /* error NULL: good */
    const char *text;         /* of the toxic, as it is described */
} toxics[] = {
    {"{\"type\":\"latency\",\"attributes\":{\"latency\":1000,\"jitter\":5}}", NULL,
     "latency:latency=1000ms:jitter=5ms:1"},
    {"{\"name\":\"x\",\"type\":\"bandwidth\",\"stream\":\"upstream\",\"toxicity\":0.5,"
     "\"attributes\":{\"rate\":8}}",
     NULL, "bandwidth:rate=8000:up:0.5"},
    {"{\"type\":\"slicer\",\"attributes\":{\"average_size\":64,\"size_variation\":32,"
     "\"delay\":10}}",
     NULL, "slicer:average_size=64:size_variation=32:delay=10us:1"},
    {"{\"type\":\"fin\",\"attributes\":{\"after_events\":20}}", NULL,
     "fin:timeout=0ms:1:after=20ev"},
    {"{\"type\":\"limit_data\",\"attributes\":{\"bytes\":9e15}}", NULL,
     "limit_data:bytes=9000000000000000:1"},
    {"{}", "type", NULL},
    {"[]", "object", NULL},
    {"{\"type\":\"explode\"}", "no such toxic", NULL},
    {"{\"type\":\"latency\",\"attributes\":{\"latncy\":5}}", "latency", NULL},
    {"{\"type\":\"latency\",\"attributes\":{\"latency\":-5}}", "out of range", NULL},
    {"{\"type\":\"latency\",\"attributes\":{\"latency\":\"5\"}}", "latency", NULL},
    {"{\"type\":\"latency\",\"attributes\":{\"after_bytes\":5}}", "takes no after",
     NULL},
    {"{\"type\":\"bandwidth\",\"attributes\":{\"rate\":0}}", "too small", NULL},
    {"{\"type\":\"latency\",\"stream\":\"sideways\"}", "upstream, downstream", NULL},
    {"{\"type\":\"latency\",\"toxicity\":1.5}", "toxicity", NULL},
    {"{\"type\":\"latency\",\"name\":\"a/b\"}", "slash", NULL},
    {"{\"type\":\"refuse\",\"toxicity\":0.5}", "of the proxy", NULL},
};

static void bodies(void)
{
    for (size_t i = 0; i < ARRAY_LEN(toxics); i++) {
        struct err e = {0};
        struct toxic t = {0}, again;
        check_row = toxics[i].json;
        json_t *document = json_parse(toxics[i].json, strlen(toxics[i].json), &e);
        struct jnode root = jnode_root(document);
        int rc = toxic_read(&root, &t, &e);
        json_decref(document);
        CHECK_INT(rc, toxics[i].error ? -1 : 0);
        if (toxics[i].error) {
            if (!strstr(e.text, toxics[i].error))
                check_fail(__FILE__, __LINE__, e.text);
            continue;
        }
        toxic_describe(&t);
        CHECK_STR(t.when.text, toxics[i].text);
        CHECK_INT(toxic_parse(t.when.text, &again, &e), 0); /* and back */
        CHECK(memcmp(again.values, t.values, sizeof t.values) == 0);
        CHECK_INT(again.stream, t.stream);
        CHECK_INT(again.after_events, t.after_events);
    }
}

static void changes_keep_the_rest(void)
{
    static const char json[] = "{\"toxicity\":0.25,\"attributes\":{\"jitter\":7}}";
    struct err e = {0};
    struct toxic t;
    CHECK_INT(toxic_parse("latency=100ms:up:name=mine", &t, &e), 0);
    json_t *document = json_parse(json, sizeof json - 1, &e);
    struct jnode root = jnode_root(document);
    CHECK_INT(toxic_read(&root, &t, &e), 0);
    json_decref(document);
    toxic_describe(&t);
    CHECK_STR(t.when.text, "latency:latency=100ms:jitter=7ms:up:0.25");
    CHECK_STR(t.name, "mine");
}

static void proxies(void)
{
    static const char json[] =
        "{\"name\":\"a\",\"listen\":\"127.0.0.1:0\",\"upstream\":"
        "\"h:1\",\"enabled\":false,\"toxics\":null}";
    struct err e = {0};
    struct proxy_wish wish;
    json_t *document = json_parse(json, sizeof json - 1, &e);
    struct jnode root = jnode_root(document);
    CHECK_INT(proxy_wish_read(&root, &wish, &e), 0);
    json_decref(document);
    CHECK_STR(wish.name, "a");
    CHECK_STR(wish.listen, "127.0.0.1:0");
    CHECK_STR(wish.upstream, "h:1");
    CHECK(wish.has_enabled && !wish.is_enabled);
    document = json_parse("{\"nme\":1}", 9, &e);
    root = jnode_root(document);
    CHECK_INT(proxy_wish_read(&root, &wish, &e), -1);
    CHECK(strstr(e.text, "name") != NULL);
    json_decref(document);
}

int main(void)
{
    RUN(paths);
    RUN(bodies);
    RUN(changes_keep_the_rest);
    RUN(proxies);
    return check_report();
}
