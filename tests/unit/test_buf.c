/* Buffers: growth, the cap, and text made safe for JSON. */
#include "base/buf.h"

#include "check.h"

#include <stdlib.h>

static void grows_and_ends_with_nul(void)
{
    struct buf b;
    buf_init(&b, 1000);
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "%d,", i);
    CHECK_INT(b.len, 290);
    CHECK_INT(b.data[b.len], 0);
    CHECK(strncmp(b.data, "0,1,2,", 6) == 0);
    buf_truncate(&b, 3);
    CHECK_STR(b.data, "0,1");
    char *taken = buf_steal(&b);
    CHECK_STR(taken, "0,1");
    CHECK_STR(b.data, "");
    free(taken);
    buf_release(&b);
}

/* Storage grows by halves, past the cap even; what is printed does not. */
static void cap_holds_for_printed_text(void)
{
    struct buf b;
    buf_init(&b, 100);
    buf_printf(&b, "%090d", 7);
    buf_printf(&b, "%s", "0123456789");
    CHECK(!b.is_full);
    buf_printf(&b, "%s", "x");
    CHECK(b.is_full);
    CHECK_INT(b.len, 100);
    CHECK_INT(strlen(b.data), 100);
    buf_release(&b);
}

/* An append past the cap is dropped whole, and so is everything after it. */
static void cap_is_sticky(void)
{
    struct buf b;
    buf_init(&b, 5);
    buf_puts(&b, "abc");
    buf_puts(&b, "def");
    buf_puts(&b, "g");
    CHECK(b.is_full);
    CHECK_STR(b.data, "abc");
    buf_reset(&b);
    buf_puts(&b, "12345");
    CHECK(!b.is_full);
    CHECK_STR(b.data, "12345");
    buf_release(&b);
}

static void json_text_is_escaped(void)
{
    static const struct {
        const char *name, *in;
        size_t length;
        const char *out;
    } rows[] = {
        {"plain", "a b", 3, "a b"},
        {"quote and backslash", "\"\\", 2, "\\\"\\\\"},
        {"control", "\n\t\r\x01\x7f", 5, "\\n\\t\\r\\u0001\\u007f"},
        {"NUL", "a\0b", 3, "a\\u0000b"},
        {"two bytes", "\xc3\xa9", 2, "\xc3\xa9"},
        {"four bytes", "\xf0\x9f\x8c\xac", 4, "\xf0\x9f\x8c\xac"},
        {"cut sequence", "\xf0\x9f\x8c", 3, "\\ufffd\\ufffd\\ufffd"},
        {"overlong", "\xc0\xaf", 2, "\\ufffd\\ufffd"},
        {"surrogate", "\xed\xa0\x80", 3, "\\ufffd\\ufffd\\ufffd"},
        {"past the last", "\xf4\x90\x80\x80", 4, "\\ufffd\\ufffd\\ufffd\\ufffd"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;
        check_row = rows[i].name;
        buf_init(&b, 100);
        buf_json_escape(&b, rows[i].in, rows[i].length);
        CHECK_STR(b.data, rows[i].out);
        buf_release(&b);
    }
}

int main(void)
{
    RUN(grows_and_ends_with_nul);
    RUN(cap_is_sticky);
    RUN(cap_holds_for_printed_text);
    RUN(json_text_is_escaped);
    return check_report();
}
