/*
 * A picture to be drawn: words about it and gnuplot commands; a list of them; and
 * the script that draws the list.
 *
 * Every picture is drawn in two sizes, for wide and narrow pages, because text in
 * a scaled picture is unreadable. Colours are numbers of roles (enum ink), drawn as
 * rgb(n,n,n) and replaced by CSS variables afterwards: svg.h.
 */
#ifndef GUST_PLOT_H
#define GUST_PLOT_H

#include "base/buf.h"

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

/* Static texts. */
struct plot_words {
    const char *name; /* of the file, without .svg */
    const char *title;
    const char *caption; /* how to read it */
    const char *empty;   /* said instead when there is nothing to draw */
};

struct plot {
    struct plot_words words;
    struct buf data; /* datablocks, written once */
    struct buf draw; /* commands, run per size; empty: nothing to draw */
};

/* Zeroed is empty and valid. */
struct plots {
    struct plot *items;
    size_t count;
};

/* Appends an empty plot, to be filled; borrowed until the next one is added. */
struct plot *plots_add(struct plots *p, const struct plot_words *words);
void plots_release(struct plots *p);

bool plot_is_empty(const struct plot *p);

/* The script for all plots that are not empty. Each writes <name>.<size>.svg into
 * the working directory. */
void plots_script(const struct plots *p, struct buf *out);

#endif
