/* A profile's lengths as gnuplot commands; see density.h. */
#include "command/density.h"

#include <math.h>
#include <stdlib.h>

#define PANEL_CELLS 64

/* A cell as the ends of its box: half a token around the numbers in it, so that
 * there is no gap where the numbers are sparser than the cells. */
static void put_ends(const struct scale *scale, size_t i, struct buf *out)
{
    buf_printf(out, "%.6g %.6g ", scale_first(scale, i) - 0.5,
               scale_last(scale, i) + 0.5);
}

/* Heights are densities over log length: boxes of uneven width stay comparable. */
static void put_shares(const struct scale *scale, const struct sketch *s,
                       struct buf *out)
{
    double shares[SCALE_CELLS_MAX];
    scale_shares(scale, s, shares);
    buf_puts(out, "$shares << EOD\n");
    for (size_t i = 0; i < scale->count; i++)
        if (shares[i] > 0.0) {
            double first = scale_first(scale, i) - 0.5,
                   last = scale_last(scale, i) + 0.5;
            put_ends(scale, i, out);
            buf_printf(out, "%.6g\n", shares[i] / log2(last / first));
        }
    buf_puts(out, "EOD\n");
}

static void put_joint(const struct scale *x, const struct scale *y,
                      const struct sketch *s, struct buf *out)
{
    double *shares = xcalloc(x->count * y->count, sizeof *shares);
    scale_joint(x, y, s, shares);
    buf_puts(out, "$joint << EOD\n");
    for (size_t i = 0; i < x->count * y->count; i++)
        if (shares[i] > 0.0) {
            put_ends(x, i % x->count, out);
            put_ends(y, i / x->count, out);
            buf_printf(out, "%.6g\n", shares[i] * 100.0);
        }
    buf_puts(out, "EOD\n");
    free(shares);
}

/* The box of a panel on the page: three columns, `rows` rows. */
static void put_panel(struct buf *out, size_t column, size_t row, size_t rows)
{
    double height = 1.0 / (double)rows;
    buf_printf(out, "set size 0.33,%.4f\nset origin %.4f,%.4f\n", height,
               0.335 * (double)column, 1.0 - height * (double)(row + 1));
}

/* gnuplot labels decades only, and a short axis may have none: ticks are at 1, 2, 5
 * of each decade, or at 1 alone when there are many. */
static void put_ticks(double first, double last, struct buf *out)
{
    static const double factors[] = {1.0, 2.0, 5.0};
    size_t per_decade = last / first < 100.0 ? ARRAY_LEN(factors) : 1;
    const char *separator = "";
    for (double decade = 1.0; decade < last; decade *= 10.0)
        for (size_t i = 0; i < per_decade; i++) {
            double tick = decade * factors[i];
            if (tick < first || tick > last)
                continue;
            buf_printf(out, "%s%.0f", separator, tick);
            separator = ", ";
        }
}

static void put_axis(char axis, const struct scale *scale, const char *label,
                     struct buf *out)
{
    double first = scale_first(scale, 0) - 0.5;
    double last = scale_last(scale, scale->count - 1) + 0.5;
    buf_printf(out, "set %clabel \"%s\"\nset %crange [%.6g:%.6g]\n", axis, label, axis,
               first, last);
    buf_printf(out, "set logscale %c 10\nset %ctics (", axis, axis);
    put_ticks(first, last, out);
    buf_puts(out, ")\n");
}

static void put_histogram(const struct scale *scale, const char *label, struct buf *out)
{
    put_axis('x', scale, label, out);
    buf_puts(out, "set ylabel \"density\"\nset yrange [0:*]\nunset logscale y\n"
                  "unset ytics\n"
                  "plot $shares using 1:(0):1:2:(0):3 with boxxyerror fill solid 0.7 "
                  "noborder linecolor rgb \"#3b6ea5\"\n");
}

void density_plot(const struct sketch *s, const char *title, bool has_output,
                  size_t row, size_t rows, struct buf *out)
{
    struct scale x = scale_over(s, SKETCH_PROMPT, 0.0, PANEL_CELLS);
    struct scale y = scale_over(s, SKETCH_OUTPUT, 0.0, PANEL_CELLS);
    buf_printf(out, "set title \"class %s\"\n", title);
    put_panel(out, 0, row, rows);
    put_shares(&x, s, out);
    put_histogram(&x, "prompt tokens", out);
    buf_puts(out, "set title \" \"\n"); /* keeps the panels of a row the same height */
    if (!has_output)
        return;
    put_panel(out, 1, row, rows);
    put_shares(&y, s, out);
    put_histogram(&y, "output tokens", out);
    put_panel(out, 2, row, rows);
    put_joint(&x, &y, s, out);
    put_axis('x', &x, "prompt tokens", out);
    put_axis('y', &y, "output tokens", out);
    buf_puts(out, "plot $joint using 1:3:1:2:3:4:5 with boxxyerror fill solid noborder "
                  "linecolor palette\n");
}
