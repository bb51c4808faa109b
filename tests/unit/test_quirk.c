/* Which quirks of libcurl hold for which version and options. */
#include "engine/quirk.h"

#include "check.h"

#include "base/base.h"

static const struct {
    const char *name;
    unsigned version, conditions;
    size_t expected;
    const char *words; /* in one of them; "": not looked for */
} rows[] = {
    {"Debian 12", 0x075801, 0, 1, "connect and TLS times are missing"},
    {"Debian 12, limits", 0x075801, QUIRK_TIMERS, 1, ""},
    {"Debian 12, HTTP/2", 0x075801, QUIRK_HTTP2, 5, "GOAWAY"},
    {"Debian 12, h2c", 0x075801, QUIRK_HTTP2 | QUIRK_CLEAR, 6,
     "every request gets a connection of its own"},
    {"Debian 12, all", 0x075801, QUIRK_HTTP2 | QUIRK_CLEAR | QUIRK_TIMERS, 7,
     "flow window"},
    {"8.0.0, all", 0x080000, QUIRK_HTTP2 | QUIRK_CLEAR | QUIRK_TIMERS, 3,
     "flow window"},
    {"8.2.1, all", 0x080201, QUIRK_HTTP2 | QUIRK_CLEAR | QUIRK_TIMERS, 2, "8.3.0"},
    {"8.5.0, HTTP/2", 0x080500, QUIRK_HTTP2, 1, "finer over HTTP/1.1"},
    {"8.5.0", 0x080500, 0, 0, ""},
    {"8.9.0", 0x080900, 0, 1, "8.9.0 keeps asking"},
    {"8.9.1", 0x080901, 0, 0, ""},
    {"8.10.1", 0x080a01, 0, 1, "freeze"},
    {"8.11.0", 0x080b00, 0, 0, ""},
    {"8.21.0", 0x081500, 0, 1, "leak sockets"},
};

static void quirks_are_told(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *texts[QUIRKS_MAX];
        size_t n = quirks_of(rows[i].version, rows[i].conditions, texts);
        bool has_words = rows[i].words[0] == '\0';
        for (size_t k = 0; k < n; k++)
            has_words |= strstr(texts[k], rows[i].words) != NULL;
        check_row = rows[i].name;
        CHECK_INT(n, rows[i].expected);
        CHECK(has_words);
    }
}

static void clear_http2_is_not_reused_before_8(void)
{
    CHECK(quirk_breaks_h2c_reuse(0x075801));
    CHECK(!quirk_breaks_h2c_reuse(0x080000));
}

int main(void)
{
    RUN(quirks_are_told);
    RUN(clear_http2_is_not_reused_before_8);
    return check_report();
}
