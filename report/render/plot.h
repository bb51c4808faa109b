/*
 * The pictures of a report, one row each: name, words about it, when there is
 * anything to draw, and the function that writes its gnuplot commands.
 *
 * Every picture is drawn in two sizes, for wide and narrow pages, because text in
 * a scaled picture is unreadable. Colours are numbers of roles (enum ink), drawn as
 * rgb(n,n,n) and replaced by CSS variables afterwards: svg.h.
 */
#ifndef GUST_PLOT_H
#define GUST_PLOT_H

#include "judge/summary.h"

/* The CSS variable --p<number>. */
enum ink {
    INK_AXIS = 1,
    INK_GRID,
    INK_TEXT,
    INK_SHADE, /* seconds outside the measured window */
    INK_1,     /* series, in the order of their use */
    INK_2,
    INK_3,
    INK_4,
    INK_5,
    INK_BAD, /* limits and failures */
    INK_COUNT
};

enum plot_size { PLOT_WIDE, PLOT_NARROW, PLOT_SIZES };

extern const char *const plot_size_names[PLOT_SIZES];

struct plot_row {
    const char *name; /* of the file, without .svg */
    const char *title;
    const char *caption; /* how to read it */
    const char *empty;   /* said instead when there is nothing to draw */
    bool (*is_empty)(const struct summary *s);
    void (*data)(const struct summary *s, struct buf *out); /* datablocks, once */
    void (*draw)(const struct summary *s, struct buf *out); /* per size */
};

extern const struct plot_row plot_rows[];
extern const size_t plot_count;

/* The script for all pictures that are not empty. Each writes <name>.<size>.svg
 * into the working directory. */
void plot_script(const struct summary *s, struct buf *out);

#endif
