/* The parts of every page; see page.h. */
#include "render/page.h"

#include "render/html_style.h"
#include "render/markup.h"

#include <ctype.h>
#include <string.h>

const char *const tone_names[] = {
    [TONE_GOOD] = "good",
    [TONE_NEUTRAL] = "neutral",
    [TONE_BAD] = "bad",
    [TONE_WARNING] = "warning",
};

void page_begin(const char *title, struct buf *out)
{
    buf_puts(out,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    markup_text(out, title);
    buf_puts(out, "</title>\n<style>\n");
    html_style(out);
    buf_puts(out, "\n</style>\n</head>\n<body>\n<main>\n");
}

void page_top(const char *what, const char *of, const struct page_link *links,
              struct buf *out)
{
    buf_puts(out, "<div class=\"top\"><span>");
    markup_text(out, what);
    buf_puts(out, " &middot; ");
    markup_text(out, of);
    buf_puts(out, "</span><nav aria-label=\"Sections\">");
    for (; links->href != NULL; links++)
        buf_printf(out, "<a href=\"%s\">%s</a>", links->href, links->text);
    buf_puts(out, "</nav></div>\n");
}

/* Capital letter, full stop. */
static void put_sentence(const char *sentence, struct buf *out)
{
    size_t length = strlen(sentence);
    char first[2] = {(char)toupper((unsigned char)sentence[0]), '\0'};
    markup_text(out, first);
    markup_text(out, length > 0 ? sentence + 1 : "");
    if (length > 0 && sentence[length - 1] != '.')
        buf_putc(out, '.');
}

void page_banner(const char *tone, const char *word, const char *sentence,
                 struct buf *out)
{
    buf_printf(out, "<header class=\"verdict %s\">\n<h1>%s</h1>\n<p>", tone, word);
    put_sentence(sentence, out);
    buf_puts(out, "</p>\n");
}

void page_end_banner(struct buf *out)
{
    buf_puts(out, "</header>\n");
}

void page_fact(const char *name, const char *value, struct buf *out)
{
    if (value[0] == '\0')
        return;
    buf_puts(out, "<div><dt>");
    markup_text(out, name);
    buf_puts(out, "</dt><dd>");
    markup_text(out, value);
    buf_puts(out, "</dd></div>\n");
}

void page_tile(const char *tone, const char *name, const char *value, const char *more,
               struct buf *out)
{
    bool is_words = strncmp(value, "n/a", 3) == 0 && strlen(value) > 3;
    buf_printf(out, "<div class=\"tile%s%s\"><div class=\"name\">",
               tone[0] != '\0' ? " " : "", tone);
    markup_text(out, name);
    buf_printf(out, "</div><div class=\"value%s\">", is_words ? " words" : "");
    markup_text(out, value);
    buf_puts(out, "</div><div class=\"more\">");
    markup_text(out, more);
    buf_puts(out, "</div></div>\n");
}

static void put_figure(const struct picture *picture, struct buf *out)
{
    bool is_drawn =
        picture->svg[PLOT_WIDE] != NULL && picture->svg[PLOT_NARROW] != NULL;
    buf_puts(out, "<figure>\n<figcaption><h3>");
    markup_text(out, picture->words.title);
    buf_puts(out, "</h3><p class=\"d\">");
    markup_text(out, is_drawn ? picture->words.caption : picture->words.empty);
    buf_puts(out, "</p></figcaption>\n");
    for (size_t size = 0; is_drawn && size < PLOT_SIZES; size++)
        buf_puts(out, picture->svg[size]);
    buf_puts(out, "</figure>\n");
}

void page_pictures(const struct pictures *p, struct buf *out)
{
    buf_puts(out, "<h2 id=\"pictures\">Pictures</h2>\n");
    if (p->missing != NULL) {
        buf_puts(out, "<p class=\"note\">");
        markup_text(out, p->missing);
        buf_puts(out, "</p>\n");
        return;
    }
    buf_puts(out, "<div class=\"plots\">\n");
    for (size_t i = 0; i < p->count; i++)
        put_figure(&p->items[i], out);
    buf_puts(out, "</div>\n");
}

void page_end(const char *tool, const char *const *files, struct buf *out)
{
    buf_puts(out, "<footer>Written by ");
    markup_text(out, tool);
    buf_puts(out, files[0] != NULL ? ". The same numbers for programs: " : "");
    for (size_t i = 0; files[i] != NULL; i++)
        buf_printf(out, "%s<a href=\"%s\">%s</a>", i > 0 ? ", " : "", files[i],
                   files[i]);
    buf_puts(out, ".</footer>\n</main>\n</body>\n</html>\n");
}
