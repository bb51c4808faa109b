/* Filling paragraphs; see wrap.h. */
#include "base/wrap.h"

#include <string.h>

struct cursor {
    struct buf *out;
    size_t column;
    size_t indent;
    size_t width;
    bool is_at_start; /* nothing written since the last indentation */
};

void wrap_indent(struct buf *out, size_t n)
{
    buf_printf(out, "%*s", (int)n, "");
}

static void next_line(struct cursor *c)
{
    buf_putc(c->out, '\n');
    c->column = 0;
    c->is_at_start = true;
}

static void put_word(struct cursor *c, const char *word, size_t length)
{
    if (!c->is_at_start && c->column + 1 + length > c->width)
        next_line(c);
    if (c->is_at_start && c->column < c->indent) {
        wrap_indent(c->out, c->indent - c->column);
        c->column = c->indent;
    } else if (!c->is_at_start) {
        buf_putc(c->out, ' ');
        c->column++;
    }
    buf_append(c->out, word, length);
    c->column += length;
    c->is_at_start = false;
}

static void put_words(struct cursor *c, const char *line, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t start = i;
        while (i < length && line[i] != ' ')
            i++;
        if (i > start)
            put_word(c, line + start, i - start);
        while (i < length && line[i] == ' ')
            i++;
    }
}

static void put_line(struct cursor *c, const char *line, size_t length)
{
    bool is_verbatim = length > 0 && line[0] == ' ';
    if ((is_verbatim || length == 0) && !c->is_at_start)
        next_line(c);
    if (length == 0) {
        next_line(c);
    } else if (is_verbatim) {
        wrap_indent(c->out, c->indent);
        buf_append(c->out, line, length);
        next_line(c);
    } else {
        put_words(c, line, length);
    }
}

void wrap_text(struct buf *out, const char *text, size_t column, size_t indent,
               size_t width)
{
    struct cursor c = {out, column, indent, width, true};
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        put_line(&c, text, length);
        text += length;
        if (*text == '\n')
            text++;
    }
    if (!c.is_at_start || c.column > 0)
        next_line(&c);
}
