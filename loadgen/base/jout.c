/* Writes JSON text into a buf; see jout.h. */
#include "base/jout.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void jout_init(struct jout *j, struct buf *out, bool is_pretty)
{
    *j = (struct jout){.out = out, .is_pretty = is_pretty};
}

static void new_line(struct jout *j)
{
    if (!j->is_pretty)
        return;
    buf_putc(j->out, '\n');
    for (unsigned i = 0; i < j->depth; i++)
        buf_puts(j->out, "  ");
}

/* Comma and key: what stands before every value. */
static void before(struct jout *j, const char *key)
{
    if (j->has_item[j->depth])
        buf_putc(j->out, ',');
    j->has_item[j->depth] = true;
    if (j->depth > 0)
        new_line(j);
    if (key == NULL)
        return;
    buf_putc(j->out, '"');
    buf_json_escape(j->out, key, strlen(key));
    buf_puts(j->out, j->is_pretty ? "\": " : "\":");
}

static void begin(struct jout *j, const char *key, char bracket)
{
    before(j, key);
    buf_putc(j->out, bracket);
    j->depth++;
    assert(j->depth < ARRAY_LEN(j->has_item));
    j->has_item[j->depth] = false;
}

static void end(struct jout *j, char bracket)
{
    assert(j->depth > 0);
    bool had_item = j->has_item[j->depth];
    j->depth--;
    if (had_item)
        new_line(j);
    buf_putc(j->out, bracket);
}

void jout_object(struct jout *j, const char *key)
{
    begin(j, key, '{');
}

void jout_array(struct jout *j, const char *key)
{
    begin(j, key, '[');
}

void jout_end_object(struct jout *j)
{
    end(j, '}');
}

void jout_end_array(struct jout *j)
{
    end(j, ']');
}

void jout_strn(struct jout *j, const char *key, const char *text, size_t length)
{
    before(j, key);
    buf_putc(j->out, '"');
    buf_json_escape(j->out, text, length);
    buf_putc(j->out, '"');
}

void jout_str(struct jout *j, const char *key, const char *text)
{
    if (text == NULL)
        jout_null(j, key);
    else
        jout_strn(j, key, text, strlen(text));
}

void jout_u64(struct jout *j, const char *key, uint64_t value)
{
    char digits[20];
    size_t first = sizeof digits;
    before(j, key);
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buf_append(j->out, digits + first, sizeof digits - first);
}

void jout_i64(struct jout *j, const char *key, int64_t value)
{
    before(j, key);
    buf_printf(j->out, "%" PRId64, value);
}

void jout_num(struct jout *j, const char *key, double value)
{
    if (!isfinite(value)) {
        jout_null(j, key);
        return;
    }
    before(j, key);
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_puts(j->out, text);
}

void jout_bool(struct jout *j, const char *key, bool value)
{
    before(j, key);
    buf_puts(j->out, value ? "true" : "false");
}

void jout_null(struct jout *j, const char *key)
{
    before(j, key);
    buf_puts(j->out, "null");
}

void jout_raw(struct jout *j, const char *key, const char *json, size_t length)
{
    before(j, key);
    buf_append(j->out, json, length);
}
