/*
 * Pictures to send: valid PNG files of a given size in pixels, and PDF documents
 * whose pages are such pictures.
 *
 * A picture is drawn and compressed once, before the run. What makes each copy of
 * it unique, so that no cache of the server knows it, is its first row of pixels,
 * which stands uncompressed in front: a copy costs one move of its bytes and the
 * checksums of one row.
 *
 * A page shows words in black on white, as a scanned letter does, so that reading
 * it is real work; a photo shows coloured fields with some noise, and compresses to
 * about what a camera's file of that size has. LIMIT: the pages of one document
 * show the same words.
 */
#ifndef GUST_PICTURE_H
#define GUST_PICTURE_H

#include "base/buf.h"

#include <stdint.h>

#define PICTURE_SIDE_MIN 16
#define PICTURE_SIDE_MAX 10000
#define PICTURE_PAGES_MAX 200

enum picture_kind {
    PICTURE_PAGE,  /* grey */
    PICTURE_PHOTO, /* colour */
};

struct picture;

/* Sides in pixels, PICTURE_SIDE_MIN to PICTURE_SIDE_MAX. The same seed gives the
 * same picture. */
struct picture *picture_new(enum picture_kind kind, uint32_t width, uint32_t height,
                            uint64_t seed);
/* NULL is fine. */
void picture_free(struct picture *p);

/* Appends a PNG file that differs from all others in its first row. */
void picture_png(const struct picture *p, uint64_t unique, struct buf *out);
/* Appends a PDF file of 1 .. PICTURE_PAGES_MAX such pages. */
void picture_pdf(const struct picture *p, uint32_t pages, uint64_t unique,
                 struct buf *out);

/* Upper bounds of the bytes of these files. */
size_t picture_png_bytes(const struct picture *p);
size_t picture_pdf_bytes(const struct picture *p, uint32_t pages);

#endif
