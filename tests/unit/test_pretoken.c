/*
 * Pieces of text: every alternative of the pattern and every place where it would
 * backtrack; what a piece may not depend on; kinds of characters.
 */
#include "base/base.h"
#include "base/rng.h"
#include "check.h"
#include "fence.h"
#include "workload/pretoken.h"
#include "workload/unicode.h"

#define ROOM 256

/* The pieces of a text with | between them. */
static void cut(const char *text, size_t length, char out[ROOM])
{
    size_t used = 0, n = 0;
    for (size_t at = 0; at < length; at += n) {
        n = pretoken_next(text + at, length - at);
        CHECK(n >= 1 && n <= length - at && used + n + 2 < ROOM);
        if (n < 1 || n > length - at || used + n + 2 >= ROOM)
            break;
        used += (size_t)snprintf(out + used, ROOM - used, "%s%.*s", at > 0 ? "|" : "",
                                 (int)n, text + at);
    }
    out[used] = '\0';
}

static void pieces_are_the_patterns(void)
{
    static const struct {
        const char *text, *pieces;
    } rows[] = {
        {"", ""},
        {"The quick brown", "The| quick| brown"},
        {"HTTPServer iPhone McDonald", "HTTPServer| i|Phone| Mc|Donald"},
        {"ABC ABCd aBC", "ABC| ABCd| a|BC"},
        {"it's don't", "it|'s| don|'t"},
        {"(word) \"word\"", "(word|)| \"|word|\""},
        {"12345", "1|2|3|4|5"},
        {"a1b 2 c", "a|1|b| |2| c"},
        {"x\u00bd\u2167", "x|\u00bd|\u2167"},
        {"!!! ... ->", "!!!| ...| ->"},
        {"...\n\n", "...\n\n"},
        {"// a/b/\r\n/c", "//| a|/b|/\r\n/|c"},
        {"a\n\nb", "a|\n\n|b"},
        {"a \n \n b", "a| \n \n| b"},
        {"a\r\n\tb", "a|\r\n|\tb"},
        {"a   b", "a|  | b"},
        {"a   1", "a|  | |1"},
        {"a   .", "a|  | ."},
        {"a\t\t.", "a|\t|\t|."},
        {"a   ", "a|   "},
        {" \n", " \n"},
        {"\u3042BC", "\u3042|BC"},
        {"AB\u3042CD", "AB\u3042|CD"},
        {"AB\u3042CDe", "AB\u3042CDe"},
        {"\u0301A", "\u0301|A"},
        {"\u0301Ab", "\u0301Ab"},
        {"\u0301\u0301", "\u0301\u0301"},
        {".\u0301A", ".\u0301|A"},
        {" \u0301!", " \u0301|!"},
        {"!!\u0301.", "!!\u0301."},
        {"e\u0301E\u0301", "e\u0301|E\u0301"},
        {"\u01c5x \u01c5X \u02b0A", "\u01c5x| \u01c5X| \u02b0|A"},
        {"a\u00a0b\u3000\u3000c", "a|\u00a0b|\u3000|\u3000c"},
        {"a\xc2\x85\xc2\x85", "a|\xc2\x85\xc2\x85"},
        {"!?a \xff\xfe!", "!?|a| \xff\xfe!"},
        {"\xed\xa0\x80", "\xed\xa0\x80"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char got[ROOM];
        check_row = rows[i].text;
        cut(rows[i].text, strlen(rows[i].text), got);
        CHECK_STR(got, rows[i].pieces);
    }
}

/* Texts of the characters at which alternatives part ways. */
static size_t draw_text(struct rng *r, char *out, size_t characters)
{
    static const char *const sharp[] = {
        "a", "A", "\u02b0", "\u3042", "\u0301", "1",      " ",    "\n", "\r",
        ".", "/", "\u01c5", "\u00a0", "\u00e9", "\u00c9", "\xc3", "\t"};
    size_t length = 0;
    for (size_t i = 0; i < characters; i++) {
        const char *c = sharp[rng_below(r, ARRAY_LEN(sharp))];
        memcpy(out + length, c, strlen(c));
        length += strlen(c);
    }
    return length;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\xa0';
}

/* A text cut where a piece ends, but for blanks, has the same pieces up to there, and
 * nothing past a text's end is looked at. */
static void pieces_stay_when_the_text_is_cut(void)
{
    struct rng r;
    struct fence fence = fence_new(ROOM);
    rng_init(&r, 7, RNG_TEXT, 0);
    for (int i = 0; i < 20000; i++) {
        char text[ROOM];
        size_t length = draw_text(&r, text, 1 + rng_below(&r, 12)), ends[ROOM], n = 0;
        const char *at = fence_put(&fence, text, length);
        for (size_t end = 0; end < length; ends[n++] = end)
            end += pretoken_next(at + end, length - end);
        for (size_t last = 0; last < n; last++) {
            at = fence_put(&fence, text, ends[last]);
            if (is_blank(at[ends[last] - 1]))
                continue;
            for (size_t k = 0, start = 0; k <= last; start = ends[k++])
                CHECK_INT(pretoken_next(at + start, ends[last] - start),
                          ends[k] - start);
        }
    }
    fence_free(&fence);
}

static void kinds_are_unicodes(void)
{
    static const struct {
        uint32_t code;
        enum char_kind kind;
    } rows[] = {
        {0, CHAR_OTHER},        {'\t', CHAR_SPACE},     {'\n', CHAR_NEWLINE},
        {0x0b, CHAR_SPACE},     {'\r', CHAR_NEWLINE},   {0x1c, CHAR_OTHER},
        {' ', CHAR_SPACE},      {'0', CHAR_NUMBER},     {'A', CHAR_UPPER},
        {'z', CHAR_LOWER},      {0x7f, CHAR_OTHER},     {0x85, CHAR_SPACE},
        {0xa0, CHAR_SPACE},     {0xaa, CHAR_LETTER},    {0xb2, CHAR_NUMBER},
        {0xb5, CHAR_LOWER},     {0x1c5, CHAR_UPPER},    {0x2b0, CHAR_LETTER},
        {0x300, CHAR_MARK},     {0x903, CHAR_MARK},     {0x20dd, CHAR_MARK},
        {0x2028, CHAR_SPACE},   {0x200b, CHAR_OTHER},   {0x2160, CHAR_NUMBER},
        {0x3007, CHAR_NUMBER},  {0x4e00, CHAR_LETTER},  {0xd7a3, CHAR_LETTER},
        {0xe000, CHAR_OTHER},   {0x1c89, CHAR_UPPER},   {0x1c8a, CHAR_LOWER},
        {0x1f600, CHAR_OTHER},  {0x2ffff, CHAR_OTHER},  {0xe0100, CHAR_MARK},
        {0x10ffff, CHAR_OTHER}, {0x110000, CHAR_OTHER}, {UINT32_MAX, CHAR_OTHER},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "U+%04X", rows[i].code);
        check_row = name;
        CHECK_INT(unicode_kind(rows[i].code), rows[i].kind);
    }
    check_row = NULL;
    for (uint32_t code = 0; code < 128; code++)
        CHECK_INT(unicode_ascii[code], unicode_kind(code));
}

static void glyphs_are_whole_or_single_bytes(void)
{
    static const struct {
        const char *text;
        unsigned bytes;
    } rows[] = {
        {"", 0},
        {"a", 1},
        {"\u00e9", 2},
        {"\u3042", 3},
        {"\U0001f600", 4},
        {"\xc3", 1},
        {"\xc0\x80", 1},
        {"\xe0\x80\x80", 1},
        {"\xe3\x81", 1},
        {"\xf0\x9f\x98", 1},
        {"\xf0\x80\x80\x80", 1},
        {"\xf4\x90\x80\x80", 1},
        {"\xed\xa0\x80", 1},
        {"\x80", 1},
        {"\xf8\x88\x80\x80", 1},
        {"\xc3(", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const uint8_t *at = (const uint8_t *)rows[i].text;
        check_row = rows[i].text;
        CHECK_INT(unicode_glyph(at, at + strlen(rows[i].text)).bytes, rows[i].bytes);
    }
}

int main(void)
{
    RUN(pieces_are_the_patterns);
    RUN(pieces_stay_when_the_text_is_cut);
    RUN(kinds_are_unicodes);
    RUN(glyphs_are_whole_or_single_bytes);
    return check_report();
}
