/* What is missing or of another type has a value that says so. */
#include "judge/member.h"

#include "base/base.h"

#include "check.h"

#include <string.h>

static const struct {
    const char *value; /* of the member; NULL: there is none */
    const char *text;
    double number; /* -7: none */
    uint64_t count;
} rows[] = {
    {NULL, "", -7, 0},
    {"null", "", -7, 0},
    {"\"seven\"", "seven", -7, 0},
    {"\"7\"", "7", -7, 0},
    {"true", "", -7, 0},
    {"[7]", "", -7, 0},
    {"0", "", 0, 0},
    {"7", "", 7, 7},
    {"-1", "", -1, 0},
    {"7.9", "", 7.9, 7},
    {"-0.5", "", -0.5, 0},
    {"1e18", "", 1e18, UINT64_C(1000000000000000000)},
    {"1e19", "", 1e19, 0},
    {"9007199254740993", "", 9007199254740992.0, UINT64_C(9007199254740993)},
    {"9223372036854775807", "", 9223372036854775807.0, INT64_MAX},
};

static json_t *object_of(const char *value)
{
    char text[64];
    (void)snprintf(text, sizeof text, "{%s%s}",
                   value == NULL ? "" : "\"key\": ", value == NULL ? "" : value);
    return json_loads(text, 0, NULL);
}

static void every_type(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *object = object_of(rows[i].value);
        check_row = rows[i].value == NULL ? "missing" : rows[i].value;
        CHECK(object != NULL);
        CHECK_STR(member_text(object, "key"), rows[i].text);
        CHECK(member_number(object, "key", -7) == rows[i].number);
        CHECK(member_count(object, "key") == rows[i].count);
        json_decref(object);
    }
}

static void no_object_has_no_members(void)
{
    CHECK_STR(member_text(NULL, "key"), "");
    CHECK(member_number(NULL, "key", 3) == 3);
    CHECK(member_count(NULL, "key") == 0);
    CHECK(member_as_count(NULL) == 0);
}

int main(void)
{
    RUN(every_type);
    RUN(no_object_has_no_members);
    return check_report();
}
