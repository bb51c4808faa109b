/* Cleaning of gnuplot's SVG, line by line. */
#include "render/svg.h"

#include "check.h"

#define HEAD                                                                                \
    "<?xml version=\"1.0\" encoding=\"utf-8\"  standalone=\"no\"?>\n<svg \n viewBox=\"0 0 " \
    "560 320\"\n xmlns=\"http://www.w3.org/2000/svg\"\n>\n<title>gnuplot</title>\n"         \
    "<g id=\"gnuplot_canvas\">\n<defs>\n<circle id='gpDot'/>\n</defs>\n"
#define TAIL "</g>\n</svg>\n"

static const struct svg_words words = {
    .id = "ttft-wide",
    .title = "Time to <first> token",
    .description = "How to read it",
    .class_name = "wide",
};

/* What becomes of the lines between head and tail. */
static void lines(void)
{
    static const struct {
        const char *name, *raw, *expected;
    } rows[] = {
        {"colours of roles become variables",
         "\t<path stroke='rgb(  5,   5,   5)' d='M1,2'/>\n",
         "\t<path stroke='var(--p5)' d='M1,2'/>\n"},
        {"in both spellings", "<a fill=\"rgb(10,10,10)\"/>\n",
         "<a fill=\"var(--p10)\"/>\n"},
        {"other colours stay", "<a fill=\"rgb(1,2,3)\"/>\n",
         "<a fill=\"rgb(1,2,3)\"/>\n"},
        {"no role has this number", "<a fill=\"rgb(99,99,99)\"/>\n",
         "<a fill=\"rgb(99,99,99)\"/>\n"},
        {"not a colour", "<text>rgb(x</text>\n", "<text>rgb(x</text>\n"},
        {"groups that draw nothing go",
         "<g fill=\"none\" color=\"black\">\n</g>\n<g id=\"a\">\n</g>\n",
         "<g id=\"a\">\n</g>\n"},
        {"what the root says goes", "<tspan font-family=\"sans\" >7</tspan>\n",
         "<tspan >7</tspan>\n"},
        {"empty lines go", "\n\n<a/>\n\n", "<a/>\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char raw[1024], expected[512];
        struct buf out;
        buf_init(&out, 65536);
        check_row = rows[i].name;
        (void)snprintf(raw, sizeof raw, "%s%s%s", HEAD, rows[i].raw, TAIL);
        (void)snprintf(expected, sizeof expected, "</desc>\n<g>\n%s%s",
                       rows[i].expected, TAIL);
        svg_clean(raw, &words, &out);
        const char *body = strstr(out.data, "</desc>\n");
        CHECK_STR(body, expected);
        buf_release(&out);
    }
}

static void words_and_size(void)
{
    static const char root[] = "<svg class=\"wide\" viewBox=\"0 0 560 320\" ";
    struct buf out;
    buf_init(&out, 65536);
    svg_clean(HEAD TAIL, &words, &out);
    CHECK(strncmp(out.data, root, strlen(root)) == 0);
    CHECK(strstr(out.data,
                 "role=\"img\" aria-labelledby=\"ttft-wide-t ttft-wide-d\"") != NULL);
    CHECK(strstr(out.data, "<title id=\"ttft-wide-t\">Time to &lt;first&gt; token<") !=
          NULL);
    CHECK(strstr(out.data, "gnuplot") == NULL);
    CHECK(strstr(out.data, "<style>") == NULL);
    buf_release(&out);
}

static void alone_it_carries_its_colours(void)
{
    struct svg_words alone = words;
    struct buf out;
    alone.is_alone = true;
    buf_init(&out, 65536);
    svg_clean(HEAD TAIL, &alone, &out);
    CHECK(strstr(out.data, "<style>svg{--p1:#") != NULL);
    CHECK(strstr(out.data, "prefers-color-scheme:dark") != NULL);
    buf_release(&out);
}

static void not_an_svg(void)
{
    struct buf out;
    buf_init(&out, 65536);
    svg_clean("gnuplot: no such terminal", &words, &out);
    CHECK(strstr(out.data, "no such terminal") == NULL);
    CHECK_STR(strstr(out.data, "<g>\n"), "<g>\n</g>\n</svg>\n");
    buf_release(&out);
}

int main(void)
{
    RUN(lines);
    RUN(words_and_size);
    RUN(alone_it_carries_its_colours);
    RUN(not_an_svg);
    return check_report();
}
