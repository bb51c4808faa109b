#include "check.h"
#include "fixtures/http_parse.h"

#include "base/base.h"

#include <stdlib.h>

#define BODY_MAX 1000

static const struct row {
    const char *name, *text;
    enum http_parse result;
    int status;       /* of HTTP_BAD */
    const char *path; /* of HTTP_REQUEST */
    const char *body;
    const char *rest; /* behind the request */
    bool keep_alive;
} rows[] = {
    {"get", "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_REQUEST, 0, "/health", "",
     "", true},
    {"post", "POST /v1 HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc", HTTP_REQUEST, 0,
     "/v1", "abc", "", true},
    {"pipelined", "POST /v1 HTTP/1.1\r\nCONTENT-LENGTH:\t3 \r\n\r\nabcGET",
     HTTP_REQUEST, 0, "/v1", "abc", "GET", true},
    {"query is cut", "GET /a?b=/c HTTP/1.1\r\n\r\n", HTTP_REQUEST, 0, "/a", "", "",
     true},
    {"bare LF", "GET /a HTTP/1.1\nConnection: close\n\n", HTTP_REQUEST, 0, "/a", "", "",
     false},
    {"empty lines first", "\r\n\r\nGET /a HTTP/1.1\r\n\r\n", HTTP_REQUEST, 0, "/a", "",
     "", true},
    {"1.0 closes", "GET /a HTTP/1.0\r\n\r\n", HTTP_REQUEST, 0, "/a", "", "", false},
    {"1.0 keeps alive", "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
     HTTP_REQUEST, 0, "/a", "", "", true},
    {"same length twice",
     "GET /a HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: "
     "1\r\n\r\nx",
     HTTP_REQUEST, 0, "/a", "x", "", true},

    {"nothing", "", HTTP_MORE, 0, NULL, NULL, NULL, false},
    {"half a head", "GET /a HTTP/1.1\r\nHost: x\r\n", HTTP_MORE, 0, NULL, NULL, NULL,
     false},
    {"half a body", "POST /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nab", HTTP_MORE, 0,
     NULL, NULL, NULL, false},

    {"no HTTP", "hello\r\n\r\n", HTTP_BAD, 400, NULL, NULL, NULL, false},
    {"TLS", "\x16\x03\x01\x02\n\n", HTTP_BAD, 400, NULL, NULL, NULL, false},
    {"no path", "GET  HTTP/1.1\r\n\r\n", HTTP_BAD, 400, NULL, NULL, NULL, false},
    {"HTTP/2", "PRI /x HTTP/2.0\r\n\r\n", HTTP_BAD, 505, NULL, NULL, NULL, false},
    {"two lengths",
     "GET /a HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: "
     "2\r\n\r\nxx",
     HTTP_BAD, 400, NULL, NULL, NULL, false},
    {"length with sign", "GET /a HTTP/1.1\r\ncontent-length: +1\r\n\r\nx", HTTP_BAD,
     400, NULL, NULL, NULL, false},
    {"length overflow",
     "GET /a HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n", HTTP_BAD, 400,
     NULL, NULL, NULL, false},
    {"too large", "GET /a HTTP/1.1\r\ncontent-length: 1001\r\n\r\n", HTTP_BAD, 413,
     NULL, NULL, NULL, false},
    {"chunked", "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_BAD, 411,
     NULL, NULL, NULL, false},
    {"space before colon", "GET /a HTTP/1.1\r\nHost : x\r\n\r\n", HTTP_BAD, 400, NULL,
     NULL, NULL, false},
    {"folded line", "GET /a HTTP/1.1\r\nA: b\r\n c\r\n\r\n", HTTP_BAD, 400, NULL, NULL,
     NULL, false},
};

/* Bytes right before the end of an allocation, so that reading on is caught. */
static enum http_parse parse(const char *text, size_t length, struct http_request *out,
                             char **copy)
{
    *copy = xcalloc(length + (length == 0), 1);
    memcpy(*copy, text, length);
    return http_parse(*copy, length, BODY_MAX, out);
}

static void check_request(const struct row *row, const struct http_request *r,
                          const char *bytes)
{
    CHECK(span_is(r->path, row->path));
    CHECK(span_is(r->body, row->body));
    CHECK_INT(r->keep_alive, row->keep_alive);
    CHECK_STR(bytes + r->total_bytes, row->rest);
}

static void whole_requests(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_request r;
        check_row = rows[i].name;
        enum http_parse result =
            http_parse(rows[i].text, strlen(rows[i].text), BODY_MAX, &r);
        CHECK_INT(result, rows[i].result);
        if (result == HTTP_BAD)
            CHECK_INT(r.status, rows[i].status);
        if (result == HTTP_REQUEST && rows[i].result == HTTP_REQUEST)
            check_request(&rows[i], &r, rows[i].text);
    }
}

/* A good request is not there until its last byte is, and never bad before. */
static void every_prefix_waits(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].result != HTTP_REQUEST)
            continue;
        check_row = rows[i].name;
        size_t whole = strlen(rows[i].text) - strlen(rows[i].rest);
        for (size_t n = 0; n <= whole; n++) {
            struct http_request r;
            char *copy;
            enum http_parse result = parse(rows[i].text, n, &r, &copy);
            CHECK_INT(result, n == whole ? HTTP_REQUEST : HTTP_MORE);
            free(copy);
        }
    }
}

static void headers_that_matter(void)
{
    static const char text[] = "POST /a HTTP/1.1\r\nAuthorization: Bearer k y\r\n"
                               "X-Request-ID: run-7\r\nExpect: 100-continue\r\n"
                               "Content-Length: 5\r\n\r\n";
    struct http_request r;
    CHECK_INT(http_parse(text, sizeof text - 1, BODY_MAX, &r), HTTP_MORE);
    CHECK(r.is_head_done);
    CHECK(r.expects_continue);
    CHECK(span_is(r.authorization, "Bearer k y"));
    CHECK(span_is(r.request_id, "run-7"));
}

static void endless_head(void)
{
    size_t length = HTTP_HEAD_MAX + 10;
    char *text = xcalloc(length, 1);
    memset(text, 'a', length);
    struct http_request r;
    CHECK_INT(http_parse(text, length, BODY_MAX, &r), HTTP_BAD);
    CHECK_INT(r.status, 431);
    CHECK_INT(http_parse(text, 100, BODY_MAX, &r), HTTP_MORE);
    free(text);
}

int main(void)
{
    RUN(whole_requests);
    RUN(every_prefix_waits);
    RUN(headers_that_matter);
    RUN(endless_head);
    return check_report();
}
