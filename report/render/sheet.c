/* Building a sheet; see sheet.h. sheet_put.c writes it. */
#include "render/sheet.h"

#include "base/jout.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 4096

static void release_row(struct sheet_row *r)
{
    free(r->key);
    free(r->label);
    for (size_t c = 0; c < SHEET_COLUMNS_MAX; c++) {
        free(r->cells[c].text);
        free(r->cells[c].json);
    }
}

void sheet_release(struct sheet *s)
{
    for (size_t t = 0; t < s->table_count; t++) {
        struct sheet_table *table = &s->tables[t];
        for (size_t r = 0; r < table->row_count; r++)
            release_row(&table->rows[r]);
        for (size_t c = 0; c < table->column_count; c++)
            free(table->columns[c]);
        free(table->rows);
    }
    for (size_t i = 0; i < s->note_count; i++)
        free(s->notes[i]);
    free(s->tables);
    free(s->notes);
    free(s->title);
    free(s->finding);
    free(s->currency);
    *s = (struct sheet){0};
}

void sheet_title(struct sheet *s, const char *title, const char *currency)
{
    free(s->title);
    free(s->currency);
    s->title = xstrdup(title);
    s->currency = xstrdup(currency);
}

/* What a buffer holds, owned. */
static char *taken(struct buf *text)
{
    char *owned = buf_steal(text);
    buf_release(text);
    return owned;
}

void sheet_finding(struct sheet *s, const char *format, ...)
{
    struct buf text;
    va_list args;
    buf_init(&text, TEXT_BYTES);
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    free(s->finding);
    s->finding = taken(&text);
}

void sheet_note(struct sheet *s, const char *format, ...)
{
    struct buf text;
    va_list args;
    buf_init(&text, TEXT_BYTES);
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    s->notes = xrealloc_array(s->notes, s->note_count + 1, sizeof *s->notes);
    s->notes[s->note_count++] = taken(&text);
}

void sheet_table(struct sheet *s, const char *key, const char *heading)
{
    s->tables = xrealloc_array(s->tables, s->table_count + 1, sizeof *s->tables);
    s->tables[s->table_count++] = (struct sheet_table){.key = key, .heading = heading};
}

static struct sheet_table *last_table(struct sheet *s)
{
    assert(s->table_count > 0);
    return &s->tables[s->table_count - 1];
}

static struct sheet_row *last_row(struct sheet *s)
{
    struct sheet_table *t = last_table(s);
    assert(t->row_count > 0);
    return &t->rows[t->row_count - 1];
}

size_t sheet_column(struct sheet *s, const char *name)
{
    struct sheet_table *t = last_table(s);
    assert(t->column_count < SHEET_COLUMNS_MAX);
    t->columns[t->column_count] = xstrdup(name);
    return t->column_count++;
}

void sheet_row(struct sheet *s, const char *key, const char *label)
{
    struct sheet_table *t = last_table(s);
    t->rows = xrealloc_array(t->rows, t->row_count + 1, sizeof *t->rows);
    t->rows[t->row_count++] = (struct sheet_row){
        .key = xstrdup(key == NULL ? label : key), .label = xstrdup(label)};
}

void sheet_total(struct sheet *s)
{
    last_row(s)->is_total = true;
}

static void put(struct sheet *s, size_t column, const char *text, const char *json)
{
    assert(column < last_table(s)->column_count);
    struct sheet_cell *cell = &last_row(s)->cells[column];
    free(cell->text);
    free(cell->json);
    *cell = (struct sheet_cell){xstrdup(text), xstrdup(json)};
}

/* A number of JSON, or null. */
static void put_value(struct sheet *s, size_t column, const char *text, double value)
{
    struct buf json;
    struct jout j;
    buf_init(&json, TEXT_BYTES);
    jout_init(&j, &json, false);
    jout_num(&j, NULL, value);
    put(s, column, isfinite(value) ? text : "n/a", json.data);
    buf_release(&json);
}

void sheet_put_text(struct sheet *s, size_t column, const char *text)
{
    struct buf json;
    struct jout j;
    buf_init(&json, TEXT_BYTES);
    jout_init(&j, &json, false);
    jout_str(&j, NULL, text);
    put(s, column, text, json.data);
    buf_release(&json);
}

void sheet_put_money(struct sheet *s, size_t column, int64_t amount)
{
    char text[MONEY_TEXT], json[MONEY_TEXT];
    put(s, column, money_format(text, amount, s->currency), money_exact(json, amount));
}

void sheet_put_units(struct sheet *s, size_t column, double units)
{
    char text[MONEY_TEXT];
    put_value(s, column, money_format_units(text, units, s->currency), units);
}

void sheet_put_count(struct sheet *s, size_t column, double count)
{
    char text[UNITS_TEXT] = "";
    if (isfinite(count) && count >= 0 && count < 1e18)
        (void)units_format_count(text, (uint64_t)llround(count));
    else
        (void)snprintf(text, sizeof text, "%.4g", count);
    put_value(s, column, text, count);
}

void sheet_put_number(struct sheet *s, size_t column, double value, const char *unit)
{
    char number[UNITS_TEXT], text[128];
    (void)snprintf(text, sizeof text, "%s%s%s", units_format_rate(number, value),
                   unit[0] != '\0' ? " " : "", unit);
    put_value(s, column, text, value);
}

void sheet_put_seconds(struct sheet *s, size_t column, double value)
{
    char text[UNITS_TEXT];
    bool is_short = isfinite(value) && value >= 0 && value < 1e9;
    put_value(s, column,
              is_short ? units_format_ns(text, (int64_t)(value * 1e9 + 0.5)) : "n/a",
              value);
}

void sheet_put_share(struct sheet *s, size_t column, double share)
{
    char text[UNITS_TEXT];
    (void)snprintf(text, sizeof text, "%.3g %%", share * 100);
    put_value(s, column, text, share);
}
