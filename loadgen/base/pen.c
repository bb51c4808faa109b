/* Text for a terminal; see pen.h. */
#include "base/pen.h"

#include "base/wrap.h"

#define ITEM_INDENT 4

struct pen pen_make(struct buf *out, size_t width, bool is_colour)
{
    return (struct pen){
        .out = out,
        .width = width < PEN_WIDTH_LEAST ? PEN_WIDTH_LEAST : width,
        .is_colour = is_colour,
    };
}

void pen_styled(const struct pen *p, const char *code, const char *text)
{
    if (p->is_colour)
        buf_printf(p->out, "\033[%sm%s\033[0m", code, text);
    else
        buf_puts(p->out, text);
}

void pen_heading(const struct pen *p, const char *text)
{
    buf_putc(p->out, '\n');
    pen_styled(p, "1", text);
    buf_putc(p->out, '\n');
}

void pen_paragraph(const struct pen *p, size_t indent, const char *text)
{
    wrap_indent(p->out, indent);
    wrap_text(p->out, text, indent, indent, p->width);
}

void pen_item(const struct pen *p, const char *text)
{
    buf_puts(p->out, "  - ");
    wrap_text(p->out, text, ITEM_INDENT, ITEM_INDENT, p->width);
}
