/*
 * A sheet: tables of named numbers with a title, a sentence and notes, made once
 * and written as text, Markdown, JSON or an HTML page. What `gust cost` says is
 * one, so that every form has the same rows.
 *
 *   {"title":...,"finding":...,"<table>":{"<row>":{"<column>":value}},"notes":[...]}
 *
 * in JSON; an amount of money is its exact decimal number there, a text is a
 * string, and what is not known is null ("n/a" for people).
 */
#ifndef GUST_SHEET_H
#define GUST_SHEET_H

#include "base/jout.h"
#include "base/money.h"
#include "render/pictures.h"

#define SHEET_COLUMNS_MAX 16

struct sheet_cell {
    char *text; /* for people */
    char *json; /* its value */
};

struct sheet_row {
    char *key, *label;
    struct sheet_cell cells[SHEET_COLUMNS_MAX];
    bool is_total; /* set off from the rows above */
};

struct sheet_table {
    const char *key, *heading; /* static */
    char *columns[SHEET_COLUMNS_MAX];
    size_t column_count;
    struct sheet_row *rows;
    size_t row_count;
};

/* Zeroed is empty and valid. */
struct sheet {
    char *title, *finding; /* finding: one line, what it comes to; may be NULL */
    char *currency;
    struct sheet_table *tables;
    size_t table_count;
    char **notes;
    size_t note_count;
};

void sheet_release(struct sheet *s);

void sheet_title(struct sheet *s, const char *title, const char *currency);
void sheet_finding(struct sheet *s, const char *format, ...) PRINTF_LIKE(2, 3);
void sheet_note(struct sheet *s, const char *format, ...) PRINTF_LIKE(2, 3);

/* A new table; key and heading are static texts. It is the last one, which the
 * functions below fill. */
void sheet_table(struct sheet *s, const char *key, const char *heading);
/* Returns its index. */
size_t sheet_column(struct sheet *s, const char *name);
/* A row; key NULL: as label. Cells that nobody fills are empty, null in JSON. */
void sheet_row(struct sheet *s, const char *key, const char *label);
/* The last row is a total. */
void sheet_total(struct sheet *s);

/* Cells of the last row. */
void sheet_put_text(struct sheet *s, size_t column, const char *text);
void sheet_put_money(struct sheet *s, size_t column, int64_t amount);
void sheet_put_units(struct sheet *s, size_t column, double units); /* of money */
void sheet_put_count(struct sheet *s, size_t column, double count);
void sheet_put_number(struct sheet *s, size_t column, double value, const char *unit);
/* A time with the unit that suits it; seconds in JSON. */
void sheet_put_seconds(struct sheet *s, size_t column, double value);
void sheet_put_share(struct sheet *s, size_t column, double share);

void sheet_text(const struct sheet *s, size_t width, bool is_colour, struct buf *out);
void sheet_markdown(const struct sheet *s, struct buf *out);
void sheet_json(const struct sheet *s, struct buf *out);
/* The same as a part of another document: below a second heading, as members of an
 * object that is open. */
void sheet_markdown_part(const struct sheet *s, struct buf *out);
void sheet_html_part(const struct sheet *s, const char *anchor, struct buf *out);
void sheet_json_part(const struct sheet *s, struct jout *j);
/* Its tables and notes alone, for a page with a head of its own. */
void sheet_html_tables(const struct sheet *s, struct buf *out);
/* A page of its own; pictures may be NULL. */
void sheet_html(const struct sheet *s, const char *what,
                const struct pictures *pictures, struct buf *out);

#endif
