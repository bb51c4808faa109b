/* Nothing that comes from outside may become markup, or break an XML reader. */
#include "render/markup.h"

#include "check.h"

static void escapes(void)
{
    static const struct {
        const char *name, *text, *expected;
    } rows[] = {
        {"plain", "ttft p95 812 ms", "ttft p95 812 ms"},
        {"element", "<script>alert(1)</script>",
         "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"attribute", "\" onload='x'", "&quot; onload=&#39;x&#39;"},
        {"entity", "a & b &amp;", "a &amp; b &amp;amp;"},
        {"UTF-8 of two, three and four bytes", "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80",
         "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
        {"control characters", "a\x01\x1B[31mb\tc\n",
         "a\xEF\xBF\xBD\xEF\xBF\xBD[31mb\tc\n"},
        {"a lone continuation byte", "a\x80z", "a\xEF\xBF\xBDz"},
        {"a cut sequence at the end", "a\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"an overlong slash", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"an overlong <", "\xE0\x80\xBC", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"a surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"past U+10FFFF", "\xF4\x90\x80\x80",
         "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        check_row = rows[i].name;
        markup_text(&out, rows[i].text);
        CHECK_STR(out.data, rows[i].expected);
        buf_reset(&out);
        markup_printf(&out, "%s", rows[i].text);
        CHECK_STR(out.data, rows[i].expected);
        buf_release(&out);
    }
}

static void markdown(void)
{
    static const struct {
        const char *name, *text, *expected;
    } rows[] = {
        {"plain", "ttft p95 812 ms (100 %) - \xC3\xA9.",
         "ttft p95 812 ms (100 %) - \xC3\xA9."},
        {"a cell's end", "a|b", "a\\|b"},
        {"its escape", "a\\|b", "a\\\\\\|b"},
        {"element", "<b>&amp;", "\\<b\\>\\&amp;"},
        {"link", "![x](http://y)", "!\\[x\\](http://y)"},
        {"emphasis, code, heading", "*a* _b_ `c` # d", "\\*a\\* \\_b\\_ \\`c\\` \\# d"},
        {"a row's end", "a\r\nb\tc\x1B[m", "a  b c \\[m"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;
        buf_init(&out, 4096);
        check_row = rows[i].name;
        markup_markdown(&out, rows[i].text);
        CHECK_STR(out.data, rows[i].expected);
        buf_release(&out);
    }
}

int main(void)
{
    RUN(escapes);
    RUN(markdown);
    return check_report();
}
