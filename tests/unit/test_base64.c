/* Base64: the vectors of RFC 4648, and what is no Base64. */
#include "base/base.h"
#include "base/base64.h"
#include "check.h"

static void base64_is_rfc_4648s(void)
{
    static const struct {
        const char *plain, *text;
    } rows[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"},
                {"\xfb\xff\xfe", "+//+"}};
    static const char *const bad[] = {
        "Z",    "Zg",       "Zg=",  "Zh==", "Zm9=", "====",
        "Z===", "Zg==Zg==", "Zm9 ", "Zm-_", "Z=g=", "\xff\xff\xff\xff"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[16] = "";
        unsigned char back[16] = "";
        size_t length = strlen(rows[i].plain);
        base64_encode(text, (const unsigned char *)rows[i].plain, length);
        CHECK_STR(text, rows[i].text);
        CHECK_INT(base64_decode(back, text, strlen(text)), length);
        CHECK_STR((const char *)back, rows[i].plain);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        unsigned char back[16];
        check_row = bad[i];
        CHECK(base64_decode(back, bad[i], strlen(bad[i])) == BASE64_BAD);
    }
}

int main(void)
{
    RUN(base64_is_rfc_4648s);
    return check_report();
}
