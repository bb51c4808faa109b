/* Filling paragraphs. */
#include "base/wrap.h"
#include "check.h"

static void paragraphs_are_filled(void)
{
    static const struct {
        const char *name, *text;
        size_t column, indent, width;
        const char *expected;
    } rows[] = {
        {"fits", "one two", 0, 0, 7, "one two\n"},
        {"one over", "one two", 0, 0, 6, "one\ntwo\n"},
        {"indent", "one two six", 0, 2, 9, "  one two\n  six\n"},
        {"after a name", "one two six", 4, 6, 13, "  one two\n      six\n"},
        {"name past the indent", "one", 6, 2, 20, "one\n"},
        {"long word", "a extraordinary b", 0, 0, 5, "a\nextraordinary\nb\n"},
        {"lines are joined", "one\ntwo", 0, 0, 20, "one two\n"},
        {"paragraphs", "one\n\ntwo", 0, 0, 20, "one\n\ntwo\n"},
        {"kept line", "one\n  $ two  x\nsix", 0, 0, 20, "one\n  $ two  x\nsix\n"},
        {"blanks", "one   two", 0, 0, 20, "one two\n"},
        {"nothing", "", 0, 0, 20, ""},
        {"nothing after a name", "", 4, 8, 20, "\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_row = rows[i].name;
        struct buf out;
        buf_init(&out, 1000);
        wrap_text(&out, rows[i].text, rows[i].column, rows[i].indent, rows[i].width);
        CHECK_STR(out.data, rows[i].expected);
        buf_release(&out);
    }
}

int main(void)
{
    RUN(paragraphs_are_filled);
    return check_report();
}
