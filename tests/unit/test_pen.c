/* Text for a terminal: styles only where asked, lines within the width. */
#include "base/pen.h"

#include "check.h"

#define LONG "one two three four five six seven eight nine ten eleven twelve"

static void write_all(struct buf *out, size_t width, bool is_colour)
{
    struct pen p = pen_make(out, width, is_colour);
    pen_styled(&p, "31", "bad");
    pen_heading(&p, "Head");
    pen_paragraph(&p, 3, LONG);
    pen_item(&p, LONG);
}

static const struct {
    const char *row;
    size_t width;
    bool is_colour;
    const char *expected;
} rows[] = {
    {"wide", 80, false, "bad\nHead\n   " LONG "\n  - " LONG "\n"},
    {"in colour", 80, true,
     "\033[31mbad\033[0m\n\033[1mHead\033[0m\n   " LONG "\n  - " LONG "\n"},
    {"narrower than the least is the least", 10, false,
     "bad\nHead\n"
     "   one two three four five six seven eight nine ten eleven\n   twelve\n"
     "  - one two three four five six seven eight nine ten eleven\n    twelve\n"},
};

static void text_is_written(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        write_all(&out, rows[i].width, rows[i].is_colour);
        check_row = rows[i].row;
        CHECK_STR(out.data, rows[i].expected);
        buf_release(&out);
    }
}

int main(void)
{
    RUN(text_is_written);
    return check_report();
}
