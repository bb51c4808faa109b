/*
 * The option rows as text for people: --help and the man page; see opts.h.
 * Bounds, choices and defaults are printed from the row, never written twice.
 */
#include "base/opts.h"
#include "base/wrap.h"

#include <math.h>
#include <string.h>

#define HELP_COLUMN 28
#define TEXT_MAX_BYTES 65536

struct scale {
    double factor;
    const char *unit;
};

static const struct scale durations[] = {
    {86400e9, "d"}, {3600e9, "h"}, {60e9, "m"}, {1e9, "s"},
    {1e6, "ms"},    {1e3, "us"},   {1, "ns"},
};
static const struct scale sizes[] = {
    {1 << 30, "g"},
    {1 << 20, "m"},
    {1 << 10, "k"},
    {1, ""},
};

static const char *const placeholders[] = {
    [OPT_FLAG] = "",        [OPT_STRING] = "TEXT", [OPT_LIST] = "TEXT",
    [OPT_U64] = "N",        [OPT_DOUBLE] = "X",    [OPT_SHARE] = "5%",
    [OPT_DURATION] = "10s", [OPT_RATE] = "20/s",   [OPT_SIZE] = "64k",
    [OPT_CHOICE] = "NAME",
};

const char *opts_placeholder(const struct opt *row)
{
    return row->arg != NULL ? row->arg : placeholders[row->type];
}

/* In the largest unit that leaves no fraction: "90s", "4k"; 0 needs no unit. */
static void put_scaled(struct buf *out, double value, const struct scale *scales,
                       size_t n)
{
    size_t i = 0;
    if (value == 0) {
        buf_putc(out, '0');
        return;
    }
    while (i + 1 < n && (value < scales[i].factor || fmod(value, scales[i].factor) > 0))
        i++;
    buf_printf(out, "%.15g%s", value / scales[i].factor, scales[i].unit);
}

static void put_bound(const struct opt *row, double bound, struct buf *out)
{
    switch (row->type) {
    case OPT_DURATION:
        put_scaled(out, bound, durations, ARRAY_LEN(durations));
        break;
    case OPT_SIZE:
        put_scaled(out, bound, sizes, ARRAY_LEN(sizes));
        break;
    case OPT_SHARE:
        buf_printf(out, "%.10g%%", bound * 100);
        break;
    case OPT_RATE:
        buf_printf(out, "%.10g/s", bound);
        break;
    case OPT_U64:
    case OPT_DOUBLE:
        buf_printf(out, "%.15g", bound);
        break;
    case OPT_FLAG:
    case OPT_STRING:
    case OPT_LIST:
    case OPT_CHOICE:
        break;
    }
}

void opts_range(const struct opt *row, struct buf *out)
{
    if (!(row->min < row->max))
        return;
    put_bound(row, row->min, out);
    buf_puts(out, "..");
    put_bound(row, row->max, out);
}

static bool is_on(const struct opt *row)
{
    return row->type == OPT_FLAG && row->fallback != NULL &&
           strcmp(row->fallback, "true") == 0;
}

static bool has_default(const struct opt *row)
{
    if (row->type == OPT_FLAG)
        return is_on(row);
    return row->fallback != NULL && *row->fallback != '\0';
}

/* "help: a, b, c (1..1000, default 10; repeatable)". */
static void put_sentence(const struct opt *row, struct buf *out)
{
    buf_puts(out, row->help);
    for (size_t i = 0; row->type == OPT_CHOICE && row->choices[i] != NULL; i++)
        buf_printf(out, "%s%s", i ? ", " : ": ", row->choices[i]);
    const char *separator = " (";
    size_t before = out->len;
    if (row->min < row->max) {
        buf_puts(out, separator);
        opts_range(row, out);
        separator = ", ";
    }
    if (has_default(row)) {
        buf_printf(out, "%sdefault %s", separator, is_on(row) ? "on" : row->fallback);
        separator = ", ";
    }
    if (row->type == OPT_LIST)
        buf_printf(out, "%srepeatable", separator);
    if (out->len > before)
        buf_putc(out, ')');
}

/* "-d, --duration 60s"; a flag that is on shows how to turn it off. */
static void put_synopsis(const struct opt *row, struct buf *out)
{
    if (row->letter != 0)
        buf_printf(out, "-%c, ", row->letter);
    buf_printf(out, "--%s%s", is_on(row) ? "[no-]" : "", row->name);
    if (row->type != OPT_FLAG)
        buf_printf(out, " %s", opts_placeholder(row));
}

static const char *group_of(const struct opt *row)
{
    return row->group != NULL ? row->group : "Options";
}

static bool starts_group(const struct opt *table, const struct opt *row)
{
    return row == table || strcmp(group_of(row), group_of(row - 1)) != 0;
}

static void help_row(const struct opt *row, size_t width, struct buf *out)
{
    size_t start = out->len;
    wrap_indent(out, row->letter != 0 ? 2 : 6);
    put_synopsis(row, out);
    size_t column = out->len - start;
    if (column + 2 > HELP_COLUMN) {
        buf_putc(out, '\n');
        column = 0;
    }
    struct buf sentence;
    buf_init(&sentence, TEXT_MAX_BYTES);
    put_sentence(row, &sentence);
    wrap_text(out, sentence.data, column, HELP_COLUMN, width);
    buf_release(&sentence);
}

void opts_help(const struct opt *table, size_t width, struct buf *out)
{
    for (const struct opt *row = table; row->name != NULL; row++) {
        if (starts_group(table, row))
            buf_printf(out, "%s%s:\n", row == table ? "" : "\n", group_of(row));
        help_row(row, width, out);
    }
}

/* roff reads a leading dot or quote as a request and "-" as a hyphen. */
void opts_roff_text(const char *text, struct buf *out)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool is_line_start = c == text || c[-1] == '\n';
        if (is_line_start && (*c == '.' || *c == '\''))
            buf_puts(out, "\\&");
        if (*c == '\\')
            buf_puts(out, "\\e");
        else if (*c == '-')
            buf_puts(out, "\\-");
        else
            buf_putc(out, *c);
    }
}

static void roff_row(const struct opt *row, struct buf *out)
{
    struct buf text;
    buf_init(&text, TEXT_MAX_BYTES);
    put_synopsis(row, &text);
    buf_puts(out, ".TP\n.B ");
    opts_roff_text(text.data, out);
    buf_reset(&text);
    put_sentence(row, &text);
    buf_putc(out, '\n');
    opts_roff_text(text.data, out);
    buf_putc(out, '\n');
    buf_release(&text);
}

void opts_roff(const struct opt *table, struct buf *out)
{
    for (const struct opt *row = table; row->name != NULL; row++) {
        if (starts_group(table, row)) {
            buf_puts(out, ".PP\n.I ");
            opts_roff_text(group_of(row), out);
            buf_puts(out, ":\n");
        }
        roff_row(row, out);
    }
}
