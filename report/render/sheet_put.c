/* Writing a sheet; see sheet.h. One function per form, all walk the same rows. */
#include "base/jout.h"
#include "base/pen.h"
#include "base/wrap.h"
#include "render/markup.h"
#include "render/page.h"
#include "render/sheet.h"

#include <string.h>

#define INDENT 2
#define BETWEEN 2

static const char *text_of(const struct sheet_cell *c)
{
    return c->text == NULL ? "" : c->text;
}

/* --- text ------------------------------------------------------------------------ */

/* Columns that the terminal shows; "µ" and the like are not used, so bytes do. */
static size_t width_of(const struct sheet_table *t, size_t column)
{
    size_t width = strlen(t->columns[column]);
    for (size_t r = 0; r < t->row_count; r++) {
        size_t length = strlen(text_of(&t->rows[r].cells[column]));
        width = length > width ? length : width;
    }
    return width;
}

static size_t label_width(const struct sheet_table *t)
{
    size_t width = 0;
    for (size_t r = 0; r < t->row_count; r++) {
        size_t length = strlen(t->rows[r].label);
        width = length > width ? length : width;
    }
    return width;
}

static void put_right(const char *text, size_t width, struct buf *out)
{
    size_t length = strlen(text);
    wrap_indent(out, BETWEEN + (length < width ? width - length : 0));
    buf_puts(out, text);
}

/* Blanks at the end of a line are none. */
static void end_line(struct buf *out)
{
    size_t length = out->len;
    while (length > 0 && out->data[length - 1] == ' ')
        length--;
    buf_truncate(out, length);
    buf_putc(out, '\n');
}

static void text_table(const struct pen *p, const struct sheet_table *t)
{
    struct buf *out = p->out;
    size_t label = label_width(t), heading = strlen(t->heading);
    label = heading > label + INDENT ? heading - INDENT : label;
    buf_putc(out, '\n');
    pen_styled(p, "1", t->heading);
    wrap_indent(out, INDENT + label - heading);
    for (size_t c = 0; c < t->column_count; c++)
        put_right(t->columns[c], width_of(t, c), out);
    end_line(out);
    for (size_t r = 0; r < t->row_count; r++) {
        const struct sheet_row *row = &t->rows[r];
        wrap_indent(out, INDENT);
        buf_puts(out, row->label);
        wrap_indent(out, label - strlen(row->label));
        for (size_t c = 0; c < t->column_count; c++)
            put_right(text_of(&row->cells[c]), width_of(t, c), out);
        end_line(out);
    }
}

void sheet_text(const struct sheet *s, size_t width, bool is_colour, struct buf *out)
{
    struct pen pen = pen_make(out, width, is_colour);
    pen_styled(&pen, "1", s->title);
    buf_putc(out, '\n');
    if (s->finding != NULL)
        pen_paragraph(&pen, INDENT, s->finding);
    for (size_t t = 0; t < s->table_count; t++)
        text_table(&pen, &s->tables[t]);
    if (s->note_count > 0)
        buf_putc(out, '\n');
    for (size_t i = 0; i < s->note_count; i++)
        pen_item(&pen, s->notes[i]);
}

/* --- Markdown -------------------------------------------------------------------- */

static void markdown_table(const struct sheet_table *t, const char *level,
                           struct buf *out)
{
    buf_printf(out, "\n%s %s\n\n| |", level, t->heading);
    for (size_t c = 0; c < t->column_count; c++) {
        buf_putc(out, ' ');
        markup_markdown(out, t->columns[c]);
        buf_puts(out, " |");
    }
    buf_puts(out, "\n| --- |");
    for (size_t c = 0; c < t->column_count; c++)
        buf_puts(out, " ---: |");
    for (size_t r = 0; r < t->row_count; r++) {
        buf_puts(out, "\n| ");
        markup_markdown(out, t->rows[r].label);
        buf_puts(out, " |");
        for (size_t c = 0; c < t->column_count; c++) {
            buf_putc(out, ' ');
            markup_markdown(out, text_of(&t->rows[r].cells[c]));
            buf_puts(out, " |");
        }
    }
    buf_putc(out, '\n');
}

static void put_markdown(const struct sheet *s, const char *title_level,
                         const char *table_level, struct buf *out)
{
    buf_printf(out, "%s ", title_level);
    markup_markdown(out, s->title);
    buf_putc(out, '\n');
    if (s->finding != NULL) {
        buf_putc(out, '\n');
        markup_markdown(out, s->finding);
        buf_putc(out, '\n');
    }
    for (size_t t = 0; t < s->table_count; t++)
        markdown_table(&s->tables[t], table_level, out);
    if (s->note_count > 0)
        buf_putc(out, '\n');
    for (size_t i = 0; i < s->note_count; i++) {
        buf_puts(out, "- ");
        markup_markdown(out, s->notes[i]);
        buf_putc(out, '\n');
    }
}

void sheet_markdown(const struct sheet *s, struct buf *out)
{
    put_markdown(s, "#", "##", out);
}

void sheet_markdown_part(const struct sheet *s, struct buf *out)
{
    buf_putc(out, '\n');
    put_markdown(s, "##", "###", out);
}

/* --- JSON ------------------------------------------------------------------------ */

static void json_row(const struct sheet_table *t, const struct sheet_row *row,
                     struct jout *j)
{
    jout_object(j, row->key);
    for (size_t c = 0; c < t->column_count; c++) {
        const char *json = row->cells[c].json;
        if (json == NULL)
            jout_null(j, t->columns[c]);
        else
            jout_raw(j, t->columns[c], json, strlen(json));
    }
    jout_end_object(j);
}

void sheet_json_part(const struct sheet *s, struct jout *j)
{
    jout_str(j, "title", s->title);
    jout_str(j, "finding", s->finding);
    for (size_t t = 0; t < s->table_count; t++) {
        jout_object(j, s->tables[t].key);
        for (size_t r = 0; r < s->tables[t].row_count; r++)
            json_row(&s->tables[t], &s->tables[t].rows[r], j);
        jout_end_object(j);
    }
    jout_array(j, "notes");
    for (size_t i = 0; i < s->note_count; i++)
        jout_str(j, NULL, s->notes[i]);
    jout_end_array(j);
}

void sheet_json(const struct sheet *s, struct buf *out)
{
    struct jout j;
    jout_init(&j, out, true);
    jout_object(&j, NULL);
    jout_u64(&j, "schema", 1);
    jout_str(&j, "currency", s->currency);
    sheet_json_part(s, &j);
    jout_end_object(&j);
    buf_putc(out, '\n');
}

/* --- HTML ------------------------------------------------------------------------ */

static void html_table(const struct sheet_table *t, const char *level, struct buf *out)
{
    buf_printf(out, "<%s>", level);
    markup_text(out, t->heading);
    buf_printf(out, "</%s>\n", level);
    buf_puts(out, "<div class=\"scroll\"><table>\n<thead><tr><th></th>");
    for (size_t c = 0; c < t->column_count; c++) {
        buf_puts(out, "<th scope=\"col\" class=\"n\">");
        markup_text(out, t->columns[c]);
        buf_puts(out, "</th>");
    }
    buf_puts(out, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < t->row_count; r++) {
        const struct sheet_row *row = &t->rows[r];
        buf_puts(out, "<tr><th scope=\"row\">");
        markup_text(out, row->label);
        buf_puts(out, "</th>");
        for (size_t c = 0; c < t->column_count; c++) {
            buf_puts(out, row->is_total ? "<td class=\"n\"><b>" : "<td class=\"n\">");
            markup_text(out, text_of(&row->cells[c]));
            buf_puts(out, row->is_total ? "</b></td>" : "</td>");
        }
        buf_puts(out, "</tr>\n");
    }
    buf_puts(out, "</tbody></table></div>\n");
}

static void html_notes_of(const struct sheet *s, struct buf *out)
{
    for (size_t i = 0; i < s->note_count; i++) {
        buf_puts(out, "<p class=\"note\">");
        markup_text(out, s->notes[i]);
        buf_puts(out, "</p>\n");
    }
}

void sheet_html_part(const struct sheet *s, const char *anchor, struct buf *out)
{
    buf_printf(out, "<h2 id=\"%s\">", anchor);
    markup_text(out, s->title);
    buf_puts(out, "</h2>\n");
    if (s->finding != NULL) {
        buf_puts(out, "<p>");
        markup_text(out, s->finding);
        buf_puts(out, "</p>\n");
    }
    for (size_t t = 0; t < s->table_count; t++)
        html_table(&s->tables[t], "h3", out);
    html_notes_of(s, out);
}

void sheet_html_tables(const struct sheet *s, struct buf *out)
{
    for (size_t t = 0; t < s->table_count; t++)
        html_table(&s->tables[t], "h2", out);
    html_notes_of(s, out);
}

void sheet_html(const struct sheet *s, const char *what,
                const struct pictures *pictures, struct buf *out)
{
    static const struct page_link links[] = {{NULL, NULL}};
    static const char *const files[] = {"cost.json", "cost.md", NULL};
    page_begin(s->title, out);
    page_top(what, s->title, links, out);
    page_banner("neutral", "Cost", s->finding == NULL ? s->title : s->finding, out);
    page_end_banner(out);
    if (pictures != NULL)
        page_pictures(pictures, out);
    sheet_html_tables(s, out);
    page_end("gust", files, out);
}
