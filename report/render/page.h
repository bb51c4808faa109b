/*
 * The parts of every page: head, banner, facts, tiles, pictures, foot. Every text
 * that was not written here goes through markup.h.
 */
#ifndef GUST_PAGE_H
#define GUST_PAGE_H

#include "judge/finding.h"
#include "render/pictures.h"

/* CSS classes, by enum tone. */
extern const char *const tone_names[4];

/* A place in the page; lists end with NULL. */
struct page_link {
    const char *href, *text;
};

void page_begin(const char *title, struct buf *out);

/* The line above all: what this is, and of what. */
void page_top(const char *what, const char *of, const struct page_link *links,
              struct buf *out);

/* The finding in one big word and one sentence. More may follow before the end. */
void page_banner(const char *tone, const char *word, const char *sentence,
                 struct buf *out);
void page_end_banner(struct buf *out);

/* A pair for a list "<dl class=run>"; nothing when the value is empty. */
void page_fact(const char *name, const char *value, struct buf *out);

/* A headline number. tone: of the value, "" for none. */
void page_tile(const char *tone, const char *name, const char *value, const char *more,
               struct buf *out);

/* The section of pictures. */
void page_pictures(const struct pictures *p, struct buf *out);

/* files: names beside the page, NULL at the end. */
void page_end(const char *tool, const char *const *files, struct buf *out);

#endif
