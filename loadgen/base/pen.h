/*
 * What every text for a terminal is written with: styled words, headings, filled
 * paragraphs and items. The width and whether there is colour are decided once.
 */
#ifndef GUST_PEN_H
#define GUST_PEN_H

#include "base/buf.h"

#define PEN_WIDTH_LEAST 60 /* columns: a narrower terminal wraps by itself */

struct pen {
    struct buf *out; /* borrowed */
    size_t width;
    bool is_colour;
};

struct pen pen_make(struct buf *out, size_t width, bool is_colour);

/* A word in a style: SGR codes of ECMA-48, "1;31" is bold red. */
void pen_styled(const struct pen *p, const char *code, const char *text);

/* An empty line and a bold one. */
void pen_heading(const struct pen *p, const char *text);

/* A paragraph with indent blanks before each line. */
void pen_paragraph(const struct pen *p, size_t indent, const char *text);

/* "  - text". */
void pen_item(const struct pen *p, const char *text);

#endif
