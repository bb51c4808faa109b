/*
 * Lengths on log scales: the numbers behind the pictures of a profile, for the
 * terminal (density_text) and for gnuplot (density_plot).
 */
#ifndef GUST_DENSITY_H
#define GUST_DENSITY_H

#include "base/buf.h"
#include "workload/sketch.h"

#define SCALE_CELLS_MAX 128

/* Cells of equal width in log2(tokens); cell i starts at 2^((first + i) / steps).
 * A length of 0 goes into the first cell. */
struct scale {
    enum sketch_axis axis;
    int steps; /* cells per octave, 1.. */
    int first;
    size_t count; /* 1..SCALE_CELLS_MAX */
};

/* The finest scale of at most max cells over the lengths of a sketch, but for the
 * share tail at each end; what lies outside goes into the first and last cell. */
struct scale scale_over(const struct sketch *s, enum sketch_axis axis, double tail,
                        size_t max);

/* The smallest and largest whole number in a cell; last < first where the scale is
 * finer than the numbers, and nothing can be in it. i may be count. */
double scale_first(const struct scale *scale, size_t i);
double scale_last(const struct scale *scale, size_t i);

/* Share of the pairs in each cell of one scale; count values. */
void scale_shares(const struct scale *scale, const struct sketch *s, double *shares);

/* Share of the pairs in each cell of two scales, [y * x->count + x]; x is of
 * prompts, y of outputs. */
void scale_joint(const struct scale *x, const struct scale *y, const struct sketch *s,
                 double *shares);

/* Appends the quantiles of both lengths as a table. Outputs are left out where
 * the API has none. */
void density_table(const struct sketch *s, bool has_output, struct buf *out);

/* Appends a bar per cell of one length, 80 columns wide. */
void density_bars(const struct sketch *s, enum sketch_axis axis, struct buf *out);

/* Appends both lengths as a map of characters, 80 columns wide. */
void density_map(const struct sketch *s, struct buf *out);

/* Appends gnuplot commands for a panel of each length and one of both, titled;
 * row of rows panels from the top. has_output false: the prompts alone. */
void density_plot(const struct sketch *s, const char *title, bool has_output,
                  size_t row, size_t rows, struct buf *out);

#endif
