/* Lengths on log scales, as numbers and as text; see density.h. */
#include "command/density.h"

#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define BAR_COLUMNS 45
#define BAR_TAIL 0.005
#define LABEL_COLUMNS 11
#define MAP_COLUMNS 64

static const char map_shades[] = " .:-=+*#%@";

static int cell_of(int steps, uint32_t tokens)
{
    return tokens > 1 ? (int)floor(log2((double)tokens) * steps + 1e-9) : 0;
}

struct scale scale_over(const struct sketch *s, enum sketch_axis axis, double tail,
                        size_t max)
{
    static const int steps[] = {16, 8, 4, 2};
    assert(s->count > 0);
    assert(max >= 25 && max <= SCALE_CELLS_MAX); /* 24 octaves always fit */
    uint32_t shortest = (uint32_t)sketch_quantile(s, axis, tail);
    uint32_t longest = (uint32_t)sketch_quantile(s, axis, 1.0 - tail);
    struct scale scale = {.axis = axis, .steps = 1};
    for (size_t i = 0; i < ARRAY_LEN(steps) && scale.steps == 1; i++) {
        int cells = cell_of(steps[i], longest) - cell_of(steps[i], shortest);
        if ((size_t)cells < max)
            scale.steps = steps[i];
    }
    scale.first = cell_of(scale.steps, shortest);
    scale.count = (size_t)(cell_of(scale.steps, longest) - scale.first) + 1;
    return scale;
}

double scale_first(const struct scale *scale, size_t i)
{
    return ceil(exp2((double)(scale->first + (int)i) / scale->steps) - 1e-9);
}

double scale_last(const struct scale *scale, size_t i)
{
    return scale_first(scale, i + 1) - 1.0;
}

/* Cell of a bucket: that of its first length, which may lie before the shortest. */
static size_t cell_of_bucket(const struct scale *scale, size_t bucket)
{
    int cell = cell_of(scale->steps, sketch_bucket_first(bucket)) - scale->first;
    size_t last = scale->count - 1;
    return cell < 0 ? 0 : (size_t)cell < last ? (size_t)cell : last;
}

void scale_shares(const struct scale *scale, const struct sketch *s, double *shares)
{
    assert(scale->count > 0 && scale->count <= SCALE_CELLS_MAX);
    for (size_t i = 0; i < scale->count; i++)
        shares[i] = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++)
        shares[cell_of_bucket(scale, i)] +=
            (double)s->margin[scale->axis][i] / (double)s->count;
}

void scale_joint(const struct scale *x, const struct scale *y, const struct sketch *s,
                 double *shares)
{
    for (size_t i = 0; i < x->count * y->count; i++)
        shares[i] = 0.0;
    for (size_t i = 0; i < SKETCH_BUCKETS; i++) {
        const uint32_t *row = s->table + i * SKETCH_BUCKETS;
        size_t column = cell_of_bucket(x, i);
        for (size_t k = 0; s->margin[SKETCH_PROMPT][i] > 0 && k < SKETCH_BUCKETS; k++)
            shares[cell_of_bucket(y, k) * x->count + column] +=
                row[k] / (double)s->count;
    }
}

static void put_count(struct buf *out, int width, double tokens)
{
    char text[UNITS_TEXT];
    buf_printf(out, "%*s", width, units_format_count(text, (uint64_t)(tokens + 0.5)));
}

static void table_row(const struct sketch *s, enum sketch_axis axis, const char *name,
                      const double *shares, size_t n, struct buf *out)
{
    buf_printf(out, "  %-8s", name);
    put_count(out, 9, sketch_mean(s, axis));
    for (size_t i = 0; i < n; i++)
        put_count(out, 9, sketch_quantile(s, axis, shares[i]));
    buf_putc(out, '\n');
}

void density_table(const struct sketch *s, bool has_output, struct buf *out)
{
    static const double shares[] = {0.01, 0.1, 0.5, 0.9, 0.99, 1.0};
    buf_printf(out, "  %-8s%9s%9s%9s%9s%9s%9s%9s\n", "tokens", "mean", "p1", "p10",
               "p50", "p90", "p99", "max");
    table_row(s, SKETCH_PROMPT, "prompt", shares, ARRAY_LEN(shares), out);
    if (has_output)
        table_row(s, SKETCH_OUTPUT, "output", shares, ARRAY_LEN(shares), out);
}

/* The first and last row reach as far as the lengths do, as their counts do. */
static void bar_label(const struct scale *scale, size_t i, const struct sketch *s,
                      struct buf *out)
{
    bool is_end = i + 1 == scale->count;
    put_count(out, LABEL_COLUMNS, i > 0 ? scale_first(scale, i) : s->min[scale->axis]);
    buf_puts(out, " -");
    put_count(out, LABEL_COLUMNS, is_end ? s->max[scale->axis] : scale_last(scale, i));
}

static void bar(double share, double greatest, struct buf *out)
{
    int length = (int)(share / greatest * BAR_COLUMNS + 0.5);
    buf_puts(out, " |");
    for (int k = 0; k < length; k++)
        buf_putc(out, '#');
    buf_printf(out, "%*s%5.1f %%\n", BAR_COLUMNS - length, "", share * 100.0);
}

void density_bars(const struct sketch *s, enum sketch_axis axis, struct buf *out)
{
    double shares[SCALE_CELLS_MAX], greatest = 0.0;
    struct scale scale = scale_over(s, axis, BAR_TAIL, 25);
    scale_shares(&scale, s, shares);
    for (size_t i = 0; i < scale.count; i++)
        greatest = fmax(greatest, shares[i]);
    for (size_t i = 0; i < scale.count; i++) {
        if (scale_last(&scale, i) < scale_first(&scale, i))
            continue;
        bar_label(&scale, i, s, out);
        bar(shares[i], greatest, out);
    }
}

/* Empty is blank, the fullest cell is the darkest; in between by the square root,
 * so that thin regions show. */
static char shade_of(double share, double greatest)
{
    double darkest = (double)(sizeof map_shades - 2);
    double shade = ceil(sqrt(share / greatest) * darkest);
    return map_shades[share > 0.0 ? (size_t)shade : 0];
}

void density_map(const struct sketch *s, struct buf *out)
{
    struct scale x = scale_over(s, SKETCH_PROMPT, BAR_TAIL, MAP_COLUMNS);
    struct scale y = scale_over(s, SKETCH_OUTPUT, BAR_TAIL, 25);
    double *shares = xcalloc(x.count * y.count, sizeof *shares), greatest = 0.0;
    scale_joint(&x, &y, s, shares);
    for (size_t i = 0; i < x.count * y.count; i++)
        greatest = fmax(greatest, shares[i]);
    for (size_t row = y.count; row-- > 0;) {
        if (scale_last(&y, row) < scale_first(&y, row))
            continue;
        put_count(out, LABEL_COLUMNS, scale_first(&y, row));
        buf_puts(out, " |");
        for (size_t column = 0; column < x.count; column++)
            buf_putc(out, shade_of(shares[row * x.count + column], greatest));
        buf_puts(out, "|\n");
    }
    free(shares);
    buf_printf(out, "%*s", LABEL_COLUMNS + 2, "");
    size_t before = out->len;
    put_count(out, 0, scale_first(&x, 0));
    int left = (int)x.count - (int)(out->len - before);
    put_count(out, left > 0 ? left : 0, scale_last(&x, x.count - 1));
    buf_puts(out, " prompt tokens\n");
}
