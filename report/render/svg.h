/*
 * Turns gnuplot's SVG into one that fits a page: no document prolog, no unused
 * definitions, the page's font, colours by role (enum ink) as CSS variables so
 * that one picture serves light, dark and paper, and words for screen readers.
 */
#ifndef GUST_SVG_H
#define GUST_SVG_H

#include "base/buf.h"

struct svg_words {
    const char *id; /* unique in the page; letters, digits, "_", "-" */
    const char *title;
    const char *description;
    const char *class_name;
    bool is_alone; /* a file of its own: carries its colours with it */
};

/* Appends the picture made from gnuplot's output; nothing but the words when raw is
 * not one of its documents. */
void svg_clean(const char *raw, const struct svg_words *words, struct buf *out);

/* The colours of enum ink as CSS: "--p1:#...;" light, or dark. */
void svg_colours(bool is_dark, struct buf *out);

#endif
