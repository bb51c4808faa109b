/* Strings of a document, decoded: as jansson decodes them. */
#include "check.h"
#include "wire/skim.h"

#include <jansson.h>
#include <stdlib.h>

static const char *const rows[] = {
    "\"\"",
    "\"plain\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"a\\u0041b\\u00e9\\u20ac\\uFFFD\"",
    "\"\\ud83d\\ude00 \\uD83D\\uDE00x\"",
    "\"\\udbff\\udfff\\ud800\\udc00\"",
    "\"\u00e9\u3042\U0001f600\\u0001\"",
    "\"\\n\"",
};

static void strings_are_decoded(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct skim s = {rows[i], rows[i] + strlen(rows[i])};
        struct span text = {0};
        json_t *expected = json_loads(rows[i], JSON_DECODE_ANY, NULL);
        check_row = rows[i];
        CHECK(skim_string(&s, &text) && expected != NULL);
        CHECK_INT(text.decoded, json_string_length(expected));
        char *out = malloc(text.decoded + (text.decoded == 0)); /* not one byte more */
        skim_decode(&text, out);
        CHECK(memcmp(out, json_string_value(expected), text.decoded) == 0);
        free(out);
        json_decref(expected);
    }
}

int main(void)
{
    RUN(strings_are_decoded);
    return check_report();
}
