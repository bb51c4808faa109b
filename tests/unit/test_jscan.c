#include "check.h"
#include "fixtures/jscan.h"

#include "base/base.h"

#include <stdlib.h>

static const struct row {
    const char *text;
    bool is_good;
} rows[] = {
    {"{}", true},
    {"[]", true},
    {" [ 1 , -2.5e+3 , \"a\\\"\\u00e9\" , true , false , null ] ", true},
    {"{\"a\":{\"b\":[{},{\"c\":[[]]}]},\"d\":0}", true},
    {"0", true},
    {"", false},
    {"{", false},
    {"[1,]", false},
    {"[,1]", false},
    {"[1 2]", false},
    {"{\"a\":1,}", false},
    {"{\"a\"}", false},
    {"{\"a\":}", false},
    {"{a:1}", false},
    {"{\"a\":1]", false},
    {"[1}", false},
    {"01", false},
    {"1.", false},
    {"-", false},
    {"1e", false},
    {"\"a", false},
    {"\"\\x\"", false},
    {"\"\n\"", false},
    {"truE", false},
    {"nul", false},
    {"{} {}", false},
    {"'a'", false},
};

static bool skip_all(const char *text, size_t length)
{
    char *copy = xcalloc(length + (length == 0), 1); /* no byte behind the text */
    memcpy(copy, text, length);
    struct jscan s;
    jscan_init(&s, copy, length);
    bool is_good = jscan_skip(&s, NULL) && jscan_end(&s);
    free(copy);
    return is_good;
}

static void documents(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].text;
        CHECK_INT(skip_all(rows[i].text, strlen(rows[i].text)), rows[i].is_good);
    }
}

/* No proper prefix of an object is a document. */
static void prefixes(void)
{
    static const char text[] = "{\"a\":[1,{\"b\":\"c\\n\"},true],\"d\":null}";
    for (size_t n = 0; n < sizeof text - 1; n++)
        CHECK(!skip_all(text, n));
    CHECK(skip_all(text, sizeof text - 1));
}

static void depth(void)
{
    char text[200];
    for (size_t n = 60; n <= 70; n++) {
        memset(text, '[', n);
        memset(text + n, ']', n);
        CHECK_INT(skip_all(text, 2 * n), n <= 64);
    }
}

static void values(void)
{
    static const char text[] =
        "{\"model\":\"a\\\"b\",\"n\":12.5,\"on\":true,\"x\":[3,4]}";
    struct jscan s;
    struct span key, model = {0}, raw = {0};
    double number = 0;
    bool on = false;
    jscan_init(&s, text, sizeof text - 1);
    CHECK(jscan_open(&s, '{'));
    for (bool first = true; jscan_member(&s, &first, &key);) {
        if (span_is(key, "model"))
            CHECK(jscan_string(&s, &model));
        else if (span_is(key, "n"))
            CHECK(jscan_number(&s, &number));
        else if (span_is(key, "on"))
            CHECK(jscan_bool(&s, &on));
        else
            CHECK(jscan_skip(&s, &raw));
    }
    CHECK(jscan_end(&s));
    CHECK(span_is(model, "a\\\"b"));
    CHECK_NEAR(number, 12.5, 0);
    CHECK(on);
    CHECK(span_is(raw, "[3,4]"));
}

/* A wrong expectation is a mistake that stays. */
static void wrong_type(void)
{
    struct jscan s;
    struct span raw;
    jscan_init(&s, "{\"a\":1}", 7);
    CHECK(!jscan_open(&s, '['));
    CHECK(!jscan_open(&s, '{'));
    CHECK(!jscan_string(&s, &raw));
    CHECK(!jscan_end(&s));
}

int main(void)
{
    RUN(documents);
    RUN(prefixes);
    RUN(depth);
    RUN(values);
    RUN(wrong_type);
    return check_report();
}
