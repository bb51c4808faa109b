/*
 * The control port of gust proxy, and its toxics: any bytes give an order with a path
 * of bounded names, a proxy or a toxic that its rules can be asked about, or a refusal
 * with a reason; any text gives a toxic or a reason.
 */
#include "fixtures/link.h"
#include "fixtures/proxy_order.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A minute of a stream through it: nothing is lost or made up. */
static void pass(const struct toxic *t)
{
    struct toxics set = {.seed = 1};
    struct link link;
    toxics_put(&set, t)->is_on = true;
    link_init(&link, t->stream, 3);
    link_push(&link, &set, "data: a\n\ndata: b\n\n", 18, 1000);
    link_end(&link);
    int64_t now_ns = 1000;
    for (int i = 0; i < 100; i++) {
        struct link_step step = link_next(&link, &set, now_ns);
        if (step.act == LINK_END || step.act == LINK_CLOSE)
            break;
        if (step.act == LINK_SEND)
            link_sent(&link, &set, step.bytes, now_ns);
        assert(step.act != LINK_WAIT || step.until_ns > now_ns);
        if (step.act == LINK_WAIT && step.until_ns > 60 * NS_PER_S)
            break;
        now_ns = step.act == LINK_WAIT ? step.until_ns : now_ns;
    }
    assert(link.delivered <= 18);
    link_release(&link);
}

static void read_body(struct span body)
{
    struct err e = {0}, wish_error = {0}, toxic_error = {0};
    struct proxy_wish wish;
    struct toxic toxic = {0};
    json_t *document = json_parse(body.at ? body.at : "", body.length, &e);
    if (!document)
        return;
    struct jnode root = jnode_root(document);
    int rc = proxy_wish_read(&root, &wish, &wish_error);
    assert(wish_error.is_set == (rc != 0));
    rc = toxic_read(&root, &toxic, &toxic_error);
    assert(toxic_error.is_set == (rc != 0));
    if (rc == 0) {
        toxic_describe(&toxic);
        pass(&toxic);
    }
    json_decref(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request http;
    char text[FAULT_TEXT + 8] = "";
    struct toxic toxic;
    struct err e = {0};
    memcpy(text, data, size < sizeof text - 1 ? size : sizeof text - 1);
    int rc = toxic_parse(text, &toxic, &e);
    assert(e.is_set == (rc != 0));
    if (rc == 0 && toxic.row->scope == SCOPE_BYTES)
        pass(&toxic);
    if (http_parse((const char *)data, size, 4096, &http) != HTTP_REQUEST)
        return 0;
    struct proxy_order o;
    struct err refused = {0};
    rc = proxy_order_read(&http, &o, &refused);
    assert(rc == 0 || ((o.status == 404 || o.status == 405) && refused.is_set));
    assert(memchr(o.proxy, '\0', sizeof o.proxy) &&
           memchr(o.toxic, '\0', sizeof o.toxic));
    read_body(http.body);
    return 0;
}
