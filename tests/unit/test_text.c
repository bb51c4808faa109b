/* Characters and words: every boundary of UTF-8, and words at either end of a text. */
#include "base/text.h"

#include "base/base.h"
#include "check.h"

static void characters_have_their_length(void)
{
    static const struct {
        const char *bytes;
        size_t left, length;
    } rows[] = {
        {"a", 1, 1},
        {"\x7f", 1, 1},
        {"\x80", 1, 0},
        {"\xc1\xbf", 2, 0},
        {"\xc2\x80", 2, 2},
        {"\xdf\xbf", 2, 2},
        {"\xc2", 1, 0},
        {"\xc2\x41", 2, 0},
        {"\xe0\x9f\xbf", 3, 0},
        {"\xe0\xa0\x80", 3, 3},
        {"\xed\x9f\xbf", 3, 3},
        {"\xed\xa0\x80", 3, 0},
        {"\xee\x80\x80", 3, 3},
        {"\xef\xbf\xbf", 3, 3},
        {"\xef\xbf", 2, 0},
        {"\xf0\x8f\xbf\xbf", 4, 0},
        {"\xf0\x90\x80\x80", 4, 4},
        {"\xf4\x8f\xbf\xbf", 4, 4},
        {"\xf4\x90\x80\x80", 4, 0},
        {"\xf5\x80\x80\x80", 4, 0},
        {"\xf0\x90\x80", 3, 0},
        {"\xf0\x90\x80\x41", 4, 0},
        {"\xff", 1, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char row[16];
        (void)snprintf(row, sizeof row, "row %zu", i);
        check_row = row;
        CHECK_INT(utf8_length((const unsigned char *)rows[i].bytes, rows[i].left),
                  rows[i].length);
        check_row = NULL;
    }
}

static void words_are_found(void)
{
    static const struct {
        const char *text, *part;
        bool has;
    } rows[] = {
        {"Rate limit exceeded", "rate", true},
        {"the RATE LIMIT", "rate limit", true},
        {"limit", "limit", true},
        {"limi", "limit", false},
        {"lim it", "limit", false},
        {"", "limit", false},
        {"slow limits", "limit", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].text;
        CHECK_INT(text_has(rows[i].text, rows[i].part), rows[i].has);
    }
}

int main(void)
{
    RUN(characters_have_their_length);
    RUN(words_are_found);
    return check_report();
}
