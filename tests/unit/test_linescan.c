/*
 * Members of an object on one line: what is read, and what is refused. Whatever is
 * accepted, a full JSON parser must accept and read alike.
 */
#include "check.h"
#include "judge/linescan.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static const struct {
    const char *name, *text;
    int members; /* -1: refused */
} rows[] = {
    {"empty", "{}", 0},
    {"spaces", " { \"a\" : 1 ,\t\"b\":2 } ", 2},
    {"all kinds",
     "{\"a\":\"x\",\"b\":-1.5e3,\"c\":true,\"d\":false,\"e\":null,\"f\":{},\"g\":[1,[2]]}",
     7},
    {"escapes", "{\"a\":\"q\\\"}\",\"b\\\\\":1}", 2},
    {"nested text with brackets", "{\"a\":{\"b\":\"}]\"},\"c\":1}", 2},
    {"nothing", "", -1},
    {"an array", "[1]", -1},
    {"open", "{\"a\":1", -1},
    {"open string", "{\"a", -1},
    {"open escape", "{\"a\\", -1},
    {"open nested", "{\"a\":{\"b\":1", -1},
    {"open value", "{\"a\":", -1},
    {"no colon", "{\"a\" 1}", -1},
    {"no comma", "{\"a\":1 \"b\":2}", -1},
    {"comma at the end", "{\"a\":1,}", -1},
    {"key is no string", "{a:1}", -1},
    {"more behind", "{\"a\":1} x", -1},
    {"two objects", "{}{}", -1},
    {"leading zero", "{\"a\":01}", -1},
    {"no digits", "{\"a\":-}", -1},
    {"no fraction", "{\"a\":1.}", -1},
    {"no exponent", "{\"a\":1e}", -1},
    {"not a number", "{\"a\":NaN}", -1},
    {"half a word", "{\"a\":tru}", -1},
    {"control character", "{\"a\":\"\x01\"}", -1},
    {"a number without end",
     "{\"a\":11111111111111111111111111111111111111111111111111}", -1},
};

/* Members until the end, or -1. */
static int count(const char *text, size_t length)
{
    /* no byte behind the text may be read: it stands at the end of its memory */
    char *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, text, length);
    struct linescan s = linescan_of(copy, length);
    struct line_member m;
    int n = 0;
    enum line_value value = linescan_next(&s, &m);
    for (; value != LINE_END && value != LINE_BAD; value = linescan_next(&s, &m))
        n++;
    CHECK(linescan_next(&s, &m) == value);
    free(copy);
    return value == LINE_END ? n : -1;
}

static void members(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_row = rows[i].name;
        CHECK_INT(count(rows[i].text, strlen(rows[i].text)), rows[i].members);
    }
}

/* Cut anywhere, a line is refused. */
static void cut(void)
{
    static const char line[] = "{\"kind\":\"slice\",\"t\":12,\"measured\":true,"
                               "\"failed\":{\"reset\":2},\"decode_ms\":12.25}";
    for (size_t length = 0; length + 1 < sizeof line - 1; length++)
        CHECK_INT(count(line, length), -1);
    CHECK_INT(count(line, sizeof line - 1), 5);
}

static void numbers(void)
{
    static const char *const texts[] = {
        "0",    "-0",      "7",   "123456789012345", "12345678901234567",
        "1.25", "-3.5e-7", "1E+9"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "{\"a\":%s}", texts[i]);
        struct linescan s = linescan_of(line, strlen(line));
        struct line_member m = {.number = 99};
        json_t *whole = json_loads(line, 0, NULL);
        check_row = texts[i];
        CHECK(linescan_next(&s, &m) == LINE_NUMBER);
        CHECK_NEAR(m.number, json_number_value(json_object_get(whole, "a")), 0);
        json_decref(whole);
    }
}

static void texts(void)
{
    const char *line = "{\"class\":\"chat\",\"failed\":{\"reset\":2}}";
    struct linescan s = linescan_of(line, strlen(line));
    struct line_member m;
    CHECK(linescan_next(&s, &m) == LINE_TEXT);
    CHECK(line_text_is(m.key, "class") && line_text_is(m.text, "chat"));
    CHECK(!line_text_is(m.text, "cha") && !line_text_is(m.text, "chats"));
    CHECK(linescan_next(&s, &m) == LINE_NESTED);
    s = linescan_of(m.text.text, m.text.length);
    CHECK(linescan_next(&s, &m) == LINE_NUMBER);
    CHECK(line_text_is(m.key, "reset"));
    CHECK_NEAR(m.number, 2, 0);
    CHECK(linescan_next(&s, &m) == LINE_END);
}

int main(void)
{
    RUN(members);
    RUN(cut);
    RUN(numbers);
    RUN(texts);
    return check_report();
}
