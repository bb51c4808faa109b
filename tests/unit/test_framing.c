/* Ends of responses: whole, byte by byte, and with bytes of the next one behind. */
#include "check.h"
#include "fixtures/framing.h"

static const struct row {
    const char *name, *response;
    enum framing_state end;
    int status;
    bool closes;
} rows[] = {
    {"a length", "HTTP/1.1 200 OK\r\ncontent-length:  5\r\n\r\nhello", FRAMING_DONE,
     200, false},
    {"none at all", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", FRAMING_DONE, 200,
     false},
    {"no content", "HTTP/1.1 204 No Content\r\n\r\n", FRAMING_DONE, 204, false},
    {"chunks",
     "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n000A;x=1\r\n0123456789\r\n0\r\n\r\n",
     FRAMING_DONE, 200, false},
    {"chunks and trailers",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nconnection: close\r\n\r\n"
     "1\r\nx\r\n0\r\nx-a: b\r\n\r\n",
     FRAMING_DONE, 200, true},
    {"bare line feeds", "HTTP/1.1 200 OK\ncontent-length: 2\n\nok", FRAMING_DONE, 200,
     false},
    {"an interim one",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n"
     "content-length: 1\r\n\r\nx",
     FRAMING_DONE, 201, false},
    {"to the end", "HTTP/1.1 200 OK\r\ncontent-type: a\r\n\r\nhello", FRAMING_TO_END,
     200, true},
    {"a long header",
     "HTTP/1.1 200 OK\r\nx-long: 0123456789012345678901234567890123456789012345678901"
     "23456789012345678901234567890123456789012345678901234567890123456789012345678901"
     "23456789012345678901234567890123456789012345678901234567890123456789012345678901"
     "23456789012345678901234567890123456789012345678901234567890123456789012345678901"
     "\r\ncontent-length: 1\r\n\r\nx",
     FRAMING_DONE, 200, false},
    {"half a head", "HTTP/1.1 200 OK\r\ncontent-le", FRAMING_HEAD, 200, false},
    {"half a body", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhell", FRAMING_BODY,
     200, false},
    {"half a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhell",
     FRAMING_CHUNK, 200, false},
    {"between chunks",
     "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhell\r\n",
     FRAMING_CHUNK_HEAD, 200, false},
    {"no HTTP", "\x15\x03\x03 hello\r\n\r\n", FRAMING_BAD, 0, false},
    {"a bad size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno size\r\n",
     FRAMING_BAD, 200, false},
    {"a bad length", "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n", FRAMING_BAD,
     200, false},
    {"a size beyond all bounds",
     "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
     FRAMING_BAD, 200, false},
    {"no end of a chunk",
     "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nxyz\r\n", FRAMING_BAD,
     200, false},
};

static void check_row_end(const struct framing *f, const struct row *row)
{
    CHECK_INT(f->state, row->end);
    CHECK_INT(f->status, row->status);
    CHECK_INT(f->closes, row->closes);
    CHECK_INT(framing_is_whole(f),
              row->end == FRAMING_DONE || row->end == FRAMING_TO_END);
}

static void ends(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *text = rows[i].response;
        size_t n = strlen(text);
        struct framing whole, bytes;
        check_row = rows[i].name;
        framing_init(&whole);
        CHECK_INT(framing_feed(&whole, text, n), n);
        check_row_end(&whole, &rows[i]);
        framing_init(&bytes);
        for (size_t k = 0; k < n; k++)
            CHECK_INT(framing_feed(&bytes, text + k, 1), 1);
        check_row_end(&bytes, &rows[i]);
    }
}

/* What follows a whole response is not of it. */
static void the_next_one_is_left_alone(void)
{
    char text[2048];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].end != FRAMING_DONE)
            continue;
        struct framing f;
        size_t n = strlen(rows[i].response);
        check_row = rows[i].name;
        (void)snprintf(text, sizeof text, "%sHTTP/1.1 500 No\r\n", rows[i].response);
        framing_init(&f);
        CHECK_INT(framing_feed(&f, text, strlen(text)), n);
        CHECK_INT(framing_feed(&f, text, 10), 0);
        CHECK_INT(f.total_bytes, n);
    }
}

int main(void)
{
    RUN(ends);
    RUN(the_next_one_is_left_alone);
    return check_report();
}
