/*
 * Event streams: each row is fed whole, byte by byte, and cut in two and three
 * at every place, always right before a forbidden page. What comes out must not
 * depend on the cuts.
 */
#include "check.h"
#include "fence.h"

#include "wire/sse.h"

/* Expected events, one per line: "name|data", "!" in front of error fields, LF
 * inside data as '~'; "BAD" where the stream breaks. */
static const struct {
    const char *name, *input, *expected;
} rows[] = {
    {"nothing", "", ""},
    {"one event", "data: a\n\n", "|a\n"},
    {"two events", "data: a\n\ndata: b\n\n", "|a\n|b\n"},
    {"no space after the colon", "data:a\n\n", "|a\n"},
    {"only one space is dropped", "data:  a \n\n", "| a \n"},
    {"crlf", "data: a\r\n\r\ndata: b\r\n\r\n", "|a\n|b\n"},
    {"cr", "data: a\r\rdata: b\r\r", "|a\n|b\n"},
    {"mixed line ends", "data: a\r\n\ndata: b\n\r\ndata: c\r\n\r", "|a\n|b\n|c\n"},
    {"crlf between data lines", "data: a\r\ndata: b\r\n\r\n", "|a~b\n"},
    {"cr inside a line ends it", "data: a\rdata: b\n\n", "|a~b\n"},
    {"many data lines", "data: a\ndata:b\ndata\ndata: c\n\n", "|a~b~~c\n"},
    {"bom",
     "\xef\xbb\xbf"
     "data: a\n\n",
     "|a\n"},
    {"half a bom",
     "\xef\xbb"
     "data: a\n\n",
     "BAD\n"},
    {"half a bom and the end", "\xef\xbb", "BAD\n"},
    {"a bom later is no line",
     "data: a\n\n\xef\xbb\xbf"
     "data: b\n\n",
     "|a\nBAD\n"},
    {"pings", ":\n\n: ping\n\n:x\ndata: a\n: in between\n\n", "|a\n"},
    {"named", "event: x.delta\ndata: a\n\ndata: b\n\n", "x.delta|a\n|b\n"},
    {"a name without data is dropped", "event: x\n\ndata: a\n\n", "|a\n"},
    {"the last name counts", "event: x\ndata: a\nevent: y\n\n", "y|a\n"},
    {"empty name", "event:\ndata: a\n\n", "|a\n"},
    {"id and retry", "id: 7\nretry: 10\ndata: a\n\n", "|a\n"},
    {"unknown field", "foo: bar\ndata: a\n\n", "|a\n"},
    {"no data", "data:\n\ndata\n\ndata: a\n\n", "|a\n"},
    {"two empty data lines are an empty line", "data:\ndata:\n\n", "|~\n"},
    {"many empty lines", "\n\n\r\r\ndata: a\n\n\n\n", "|a\n"},
    {"error field", "error: {\"code\":400}\n\ndata: b\n\n", "!|{\"code\":400}\n|b\n"},
    {"no empty line at the end", "data: a\n\ndata: b\n", "|a\n|b\n"},
    {"no line end at the end", "data: a\n\ndata: b", "|a\n|b\n"},
    {"ends in cr", "data: a\r", "|a\n"},
    {"colons in the data", "data: a:b: c\n\n", "|a:b: c\n"},
    {"case matters", "Data: a\n\ndata: b\n\n", "|b\n"},
    {"longer than data", "database: a\n\ndata: b\n\n", "|b\n"},
    {"html", "<html>\n<body>\n", "BAD\n"},
    {"html in one line", "<!DOCTYPE html><title>x</title>", "BAD\n"},
    {"json", "{\"choices\":[]}\n", "BAD\n"},
    {"json cut over lines", "{\n\"a\": 1\n}\n", "BAD\n"},
    {"a sentence", "Not Found\n\n", "BAD\n"},
    {"a blank in the field name", "da ta: a\n\n", "BAD\n"},
    {"bad after good", "data: a\n\n{}\n\ndata: b\n\n", "|a\nBAD\n"},
    {"a field name without end", "abcdefghijklmnopqrstuvwxyzabcdefgh: a\n\n", "BAD\n"},
};

static void show(struct buf *out, const struct sse_event *ev)
{
    if (ev->is_error_field)
        buf_putc(out, '!');
    if (ev->name != NULL)
        buf_append(out, ev->name, ev->name_length);
    buf_putc(out, '|');
    for (size_t i = 0; i < ev->length; i++)
        buf_putc(out, ev->data[i] == '\n' ? '~' : ev->data[i]);
    buf_putc(out, '\n');
}

/* Feeds one slice; false once the stream is bad. */
static bool feed(struct sse *s, struct fence *g, const char *bytes, size_t length,
                 struct buf *out)
{
    struct sse_event ev;
    enum sse_status status = SSE_EVENT;
    sse_feed(s, fence_put(g, bytes, length), length);
    while (status == SSE_EVENT) {
        status = sse_next(s, &ev);
        if (status == SSE_EVENT)
            show(out, &ev);
    }
    return status != SSE_BAD;
}

/* The whole input in slices that end at cut1, cut2 and the end. */
static void check_cuts(struct sse *s, struct fence *g, const char *input, size_t length,
                       const char *expected, size_t cut1, size_t cut2)
{
    struct buf out;
    struct sse_event ev;
    buf_init(&out, 1u << 16);
    sse_reset(s);
    bool is_good = feed(s, g, input, cut1, &out) &&
                   feed(s, g, input + cut1, cut2 - cut1, &out) &&
                   feed(s, g, input + cut2, length - cut2, &out);
    enum sse_status last = is_good ? sse_finish(s, &ev) : SSE_BAD;
    if (last == SSE_EVENT)
        show(&out, &ev);
    if (last == SSE_BAD)
        buf_puts(&out, "BAD\n");
    CHECK_STR(out.data, expected);
    buf_release(&out);
}

static void same_for_every_cut(void)
{
    struct fence g = fence_new(4096);
    struct sse s;
    sse_init(&s, 4096);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        size_t length = strlen(rows[i].input);
        for (size_t cut1 = 0; cut1 <= length; cut1++)
            for (size_t cut2 = cut1; cut2 <= length; cut2++)
                check_cuts(&s, &g, rows[i].input, length, rows[i].expected, cut1, cut2);
    }
    sse_release(&s);
    fence_free(&g);
}

static void same_byte_by_byte(void)
{
    struct fence g = fence_new(16);
    struct sse s;
    struct buf out;
    struct sse_event ev;
    sse_init(&s, 4096);
    buf_init(&out, 1u << 16);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        buf_reset(&out);
        sse_reset(&s);
        bool is_good = true;
        for (const char *p = rows[i].input; *p != '\0' && is_good; p++)
            is_good = feed(&s, &g, p, 1, &out);
        enum sse_status last = is_good ? sse_finish(&s, &ev) : SSE_BAD;
        if (last == SSE_EVENT)
            show(&out, &ev);
        if (last == SSE_BAD)
            buf_puts(&out, "BAD\n");
        CHECK_STR(out.data, rows[i].expected);
    }
    buf_release(&out);
    sse_release(&s);
    fence_free(&g);
}

/* The fast path hands out the fed bytes themselves. */
static void whole_events_are_not_copied(void)
{
    static const char input[] = "data: first\n\nevent: x\ndata: second\n\n";
    struct sse s;
    struct sse_event ev;
    sse_init(&s, 4096);
    sse_feed(&s, input, sizeof input - 1);
    CHECK_INT(sse_next(&s, &ev), SSE_EVENT);
    CHECK(ev.data == strstr(input, "first"));
    CHECK_INT(ev.length, 5);
    CHECK_INT(sse_next(&s, &ev), SSE_EVENT);
    CHECK(ev.data == strstr(input, "second"));
    CHECK_INT(sse_next(&s, &ev), SSE_MORE);
    CHECK_INT(s.held.cap + s.line.cap, 2);
    sse_release(&s);
}

/* An event comes out with its last byte, not one read later. */
static void events_come_at_once(void)
{
    static const char *const inputs[] = {"data: a\n\n", "data: a\r\r", "data: a\r\n\r"};
    struct sse s;
    struct sse_event ev;
    sse_init(&s, 4096);
    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        size_t length = strlen(inputs[i]);
        check_row = inputs[i];
        sse_reset(&s);
        sse_feed(&s, inputs[i], length - 1);
        CHECK_INT(sse_next(&s, &ev), SSE_MORE);
        sse_feed(&s, inputs[i] + length - 1, 1);
        CHECK_INT(sse_next(&s, &ev), SSE_EVENT);
    }
    sse_release(&s);
}

static void pings_are_counted(void)
{
    static const char input[] = ": 1\n\n:\r\n\r\ndata: a\n: 3\n\n";
    struct sse s;
    struct sse_event ev;
    sse_init(&s, 4096);
    sse_feed(&s, input, sizeof input - 1);
    CHECK_INT(sse_next(&s, &ev), SSE_EVENT);
    CHECK_INT(s.comments, 3);
    sse_release(&s);
}

/* Data of 16 bytes pass a cap of 16, 17 do not, however they are cut. */
static void events_have_a_cap(void)
{
    static const struct {
        const char *name, *input, *expected;
    } caps[] = {
        {"at the cap", "data: 0123456789abcdef\n\n", "|0123456789abcdef\n"},
        {"over the cap", "data: 0123456789abcdefg\n\n", "BAD\n"},
        {"lines at the cap", "data: 01234567\ndata: 9abcdef\n\n",
         "|01234567~9abcdef\n"},
        {"lines over the cap", "data: 01234567\ndata: 9abcdefg\n\n", "BAD\n"},
        {"comment in a line", ": 0123456789012345678901234567890123456789abcdef\n", ""},
        {"comment over a line", ": 0123456789012345678901234567890123456789abcdefg\n",
         "BAD\n"},
    };
    struct fence g = fence_new(4096);
    struct sse s;
    sse_init(&s, 16);
    for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
        check_row = caps[i].name;
        size_t length = strlen(caps[i].input);
        for (size_t cut = 0; cut <= length; cut++)
            check_cuts(&s, &g, caps[i].input, length, caps[i].expected, cut, length);
    }
    sse_release(&s);
    fence_free(&g);
}

static void long_names_are_cut(void)
{
    static const char input[] =
        "event: 0123456789012345678901234567890123456789012345678901234567890123456789\n"
        "data: a\n\n";
    struct sse s;
    struct sse_event ev;
    sse_init(&s, 4096);
    sse_feed(&s, input, sizeof input - 1);
    CHECK_INT(sse_next(&s, &ev), SSE_EVENT);
    CHECK_INT(ev.name_length, SSE_NAME_MAX - 1);
    CHECK(memcmp(ev.name, "0123456789", 10) == 0);
    sse_release(&s);
}

static void zero_bytes_are_data(void)
{
    static const char input[] = "data: a\0b\n\n";
    struct sse s;
    struct sse_event ev;
    sse_init(&s, 4096);
    sse_feed(&s, input, sizeof input - 1);
    CHECK_INT(sse_next(&s, &ev), SSE_EVENT);
    CHECK_INT(ev.length, 3);
    sse_release(&s);
}

int main(void)
{
    RUN(same_for_every_cut);
    RUN(same_byte_by_byte);
    RUN(whole_events_are_not_copied);
    RUN(events_come_at_once);
    RUN(pings_are_counted);
    RUN(events_have_a_cap);
    RUN(long_names_are_cut);
    RUN(zero_bytes_are_data);
    return check_report();
}
