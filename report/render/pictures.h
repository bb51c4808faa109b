/*
 * The drawn pictures of a report: gnuplot's output, cleaned, ready for the page,
 * and the files beside it.
 */
#ifndef GUST_PICTURES_H
#define GUST_PICTURES_H

#include "base/err.h"
#include "render/plot.h"

struct picture {
    struct plot_words words;
    char *svg[PLOT_SIZES]; /* NULL: nothing to draw */
};

struct pictures {
    struct picture *items; /* one per plot */
    size_t count;
    const char *missing; /* why there are none at all; NULL: there are */
};

/* Draws into directory, where <name>.svg remain. Without gnuplot, or when it fails,
 * there are no pictures and `missing` says so: a report without them is still one.
 * Fails only when the directory cannot be used. */
MUST_CHECK int pictures_draw(const struct plots *plots, const char *directory,
                             struct pictures *out, struct err *e);
/* No pictures, because of why (static text). */
void pictures_none(struct pictures *out, const char *why);
void pictures_release(struct pictures *p);

#endif
