/* Requests to the control port, as orders. */
#include "check.h"
#include "fixtures/order.h"

#include <stdlib.h>

static const struct row {
    const char *method, *path, *body;
    bool is_fleet;
    int status; /* 0: good */
    enum order_verb verb;
    const char *text; /* good: the fault, replica or rest; bad: part of the error */
} rows[] = {
    {"GET", "/status", "", false, 0, ORDER_STATUS, ""},
    {"GET", "/kinds", "", false, 0, ORDER_KINDS, ""},
    {"GET", "/faults", "", false, 0, ORDER_LIST, ""},
    {"DELETE", "/faults", "", false, 0, ORDER_CLEAR_ALL, ""},
    {"DELETE", "/faults/7", "", false, 0, ORDER_CLEAR, ""},
    {"POST", "/faults", "{\"fault\":\"reset:1%\"}", false, 0, ORDER_SET, "reset:1%"},
    {"POST", "/faults", "{\"fault\":\"reset\",\"x\":1}", false, 400, 0, "x"},
    {"POST", "/faults", "{}", false, 400, 0, "fault"},
    {"POST", "/faults", "", false, 400, 0, "the body"},
    {"POST", "/faults", "{\"fault\":1}", false, 400, 0, "fault"},
    {"PUT", "/faults", "", false, 405, 0, "/faults does not take that method"},
    {"GET", "/faults/7", "", false, 405, 0, "does not take"},
    {"DELETE", "/faults/", "", false, 404, 0, "no whole number"},
    {"DELETE", "/faults/7x", "", false, 404, 0, "no whole number"},
    {"DELETE", "/faults/77777777777777777777777777", "", false, 404, 0, "no such"},
    {"GET", "/", "", false, 404, 0, "no such path"},
    {"GET", "/replicas", "", false, 404, 0, "no such path"},
    {"GET", "/replicas", "", true, 0, ORDER_REPLICAS, ""},
    {"GET", "/faults", "", true, 404, 0, "no such path"},
    {"POST", "/replicas/b", "{\"do\":\"kill\"}", true, 0, ORDER_ACT, "b"},
    {"POST", "/replicas/b", "{\"do\":\"restart\",\"load_time\":\"2s\"}", true, 0,
     ORDER_ACT, "b"},
    {"POST", "/replicas/b", "{\"do\":\"kill\",\"load_time\":\"2s\"}", true, 400, 0,
     "only a restart"},
    {"POST", "/replicas/b", "{\"do\":\"explode\"}", true, 400, 0, "kill"},
    {"GET", "/replicas/b", "", true, 405, 0, "does not take"},
    {"GET", "/replicas/b/faults/3", "", true, 0, ORDER_PASS, "/faults/3"},
    {"GET", "/replicas//faults", "", true, 404, 0, "no such path"},
    {"GET", "/replicas/0123456789012345678901234567890123456789", "", true, 404, 0,
     "no such path"},
};

static const char *text_of(const struct order *o, char rest[64])
{
    switch (o->verb) {
    case ORDER_SET:
        return o->fault;
    case ORDER_ACT:
        return o->name;
    case ORDER_PASS:
        (void)snprintf(rest, 64, "%.*s", (int)o->rest.length, o->rest.at);
        return rest;
    case ORDER_STATUS:
    case ORDER_KINDS:
    case ORDER_LIST:
    case ORDER_CLEAR_ALL:
    case ORDER_CLEAR:
    case ORDER_REPLICAS:
        break;
    }
    return "";
}

static void orders(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct http_request http = {
            .method = {row->method, strlen(row->method)},
            .path = {row->path, strlen(row->path)},
            .body = {row->body, strlen(row->body)},
        };
        struct order o;
        struct err e = {0};
        char rest[64];
        check_row = row->path;
        CHECK_INT(order_read(&http, row->is_fleet, &o, &e), row->status ? -1 : 0);
        CHECK_INT(o.status, row->status);
        if (row->status) {
            CHECK(strstr(e.text, row->text) != NULL);
            continue;
        }
        CHECK_INT(o.verb, row->verb);
        CHECK_STR(text_of(&o, rest), row->text);
    }
}

static void details(void)
{
    struct order o;
    struct err e = {0};
    static const char body[] = "{\"do\":\"restart\",\"load_time\":\"1500ms\"}";
    struct http_request http = {.method = {"POST", 4},
                                .path = {"/replicas/two", 13},
                                .body = {body, sizeof body - 1}};
    CHECK_INT(order_read(&http, true, &o, &e), 0);
    CHECK_INT(o.act, ACT_RESTART);
    CHECK_INT(o.load_ns, 1500000000);
    http = (struct http_request){.method = {"DELETE", 6}, .path = {"/faults/42", 10}};
    CHECK_INT(order_read(&http, false, &o, &e), 0);
    CHECK_INT(o.id, 42);
    CHECK_INT(o.load_ns, -1);
}

static void a_body_beyond_all_bounds(void)
{
    struct order o;
    struct err e = {0};
    char *body = calloc(1, ORDER_BODY_MAX + 1);
    struct http_request http = {.method = {"POST", 4},
                                .path = {"/faults", 7},
                                .body = {body, ORDER_BODY_MAX + 1}};
    CHECK_INT(order_read(&http, false, &o, &e), -1);
    CHECK_INT(o.status, 400);
    free(body);
}

int main(void)
{
    RUN(orders);
    RUN(details);
    RUN(a_body_beyond_all_bounds);
    return check_report();
}
