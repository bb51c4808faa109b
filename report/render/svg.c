/*
 * Cleans gnuplot's SVG; see svg.h. Its output is regular: one element per line or
 * less, attributes always written the same way. So this is text replacement line by
 * line, and what is not recognised passes unchanged.
 */
#include "render/svg.h"

#include "render/markup.h"
#include "render/plot.h"

#include <stdlib.h>
#include <string.h>

#define COLOUR_MAX 255

/* Contrast of text inks is above 4.5:1 on the page, of lines above 3:1. */
static const struct {
    const char *light, *dark;
} ink_rows[INK_COUNT] = {
    [INK_AXIS] = {"#5b6472", "#9aa4b2"}, [INK_GRID] = {"#e3e7ec", "#2b323c"},
    [INK_TEXT] = {"#1d232b", "#e6e9ee"}, [INK_SHADE] = {"#f1f3f6", "#1d232b"},
    [INK_1] = {"#1f5fd0", "#6ea3ff"},    [INK_2] = {"#c2570c", "#fb9a4b"},
    [INK_3] = {"#14805e", "#3ecf9a"},    [INK_4] = {"#7a3ccf", "#b794f6"},
    [INK_5] = {"#8b95a3", "#7d8896"},    [INK_BAD] = {"#c0262d", "#ff7b7b"},
};

void svg_colours(bool is_dark, struct buf *out)
{
    for (size_t i = INK_AXIS; i < INK_COUNT; i++)
        buf_printf(out, "--p%zu:%s;", i,
                   is_dark ? ink_rows[i].dark : ink_rows[i].light);
}

/* The ink of a colour "rgb(n,n,n)" or "rgb(  n,   n,   n)" at text; 0: another.
 * *length is what it occupies. */
static unsigned ink_at(const char *text, size_t *length)
{
    const char *at = text + strlen("rgb(");
    unsigned long parts[3];
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        char *end = NULL;
        parts[i] = strtoul(at, &end, 10);
        if (end == at || *end != (i < 2 ? ',' : ')'))
            return 0;
        at = end + 1;
    }
    *length = (size_t)(at - text);
    bool is_ink = parts[0] == parts[1] && parts[1] == parts[2] && parts[0] < INK_COUNT;
    return is_ink ? (unsigned)parts[0] : 0;
}

/* Attributes that say what the root element says already. */
static const char *const dropped[] = {
    " font-family=\"sans\" ",
    " font-size=\"13.00\" ",
    " stroke-linecap=\"butt\" stroke-linejoin=\"miter\"",
    " stroke-width=\"1.00\"",
    " class=\"gridline\" ",
};

static size_t dropped_at(const char *text, size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(dropped); i++) {
        size_t n = strlen(dropped[i]);
        if (n <= length && memcmp(text, dropped[i], n) == 0)
            return n;
    }
    return 0;
}

static void put_line(const char *line, size_t length, struct buf *out)
{
    for (size_t i = 0; i < length;) {
        size_t used = dropped_at(line + i, length - i);
        if (used > 0) {
            buf_putc(out, ' ');
            i += used;
            continue;
        }
        bool is_colour = length - i > 4 && memcmp(line + i, "rgb(", 4) == 0;
        unsigned ink = is_colour ? ink_at(line + i, &used) : 0;
        if (ink > 0)
            buf_printf(out, "var(--p%u)", ink);
        else
            buf_putc(out, line[i]);
        i += ink > 0 ? used : 1;
    }
    buf_putc(out, '\n');
}

static bool starts(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* The value of viewBox in the document's head. */
static void put_view_box(const char *raw, struct buf *out)
{
    static const char key[] = "viewBox=\"";
    const char *at = strstr(raw, key);
    if (at != NULL)
        buf_append(out, at, strcspn(at + strlen(key), "\"") + strlen(key) + 1);
}

static void put_colours(struct buf *out)
{
    buf_puts(out, "<style>svg{");
    svg_colours(false, out);
    buf_puts(out, "}@media(prefers-color-scheme:dark){svg{background:#14181d;");
    svg_colours(true, out);
    buf_puts(out, "}}</style>\n");
}

static void put_root(const char *raw, const struct svg_words *w, struct buf *out)
{
    buf_printf(out, "<svg class=\"%s\" ", w->class_name);
    put_view_box(raw, out);
    buf_printf(out,
               " xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
               "aria-labelledby=\"%s-t %s-d\" font-family=\"system-ui,sans-serif\" "
               "font-size=\"13\" stroke-width=\"1\">\n<title id=\"%s-t\">",
               w->id, w->id, w->id);
    markup_text(out, w->title);
    buf_printf(out, "</title>\n<desc id=\"%s-d\">", w->id);
    markup_text(out, w->description);
    buf_puts(out, "</desc>\n");
    if (w->is_alone)
        put_colours(out);
}

/* An element "<g ...>" whose next line closes it draws nothing. */
static bool is_empty_group(const char *line, const char *next)
{
    return starts(line, "<g fill=") && next != NULL && starts(next, "</g>\n");
}

/* The text after the first "</defs>" line, or raw's root element's end. */
static const char *body_of(const char *raw)
{
    const char *defs = strstr(raw, "</defs>\n");
    return defs == NULL ? NULL : defs + strlen("</defs>\n");
}

void svg_clean(const char *raw, const struct svg_words *words, struct buf *out)
{
    put_root(raw, words, out);
    buf_puts(out, "<g>\n");
    const char *line = body_of(raw);
    while (line != NULL && *line != '\0') {
        size_t length = strcspn(line, "\n");
        const char *next = line[length] == '\n' ? line + length + 1 : NULL;
        if (is_empty_group(line, next))
            next = strchr(next, '\n') + 1;
        else if (length > 0)
            put_line(line, length, out);
        line = next;
    }
    if (body_of(raw) == NULL)
        buf_puts(out, "</g>\n</svg>\n");
}
