/* Drawing and cleaning the pictures; see pictures.h. */
#include "render/pictures.h"

#include "render/file.h"
#include "render/gnuplot.h"
#include "render/svg.h"

#include <stdio.h>
#include <stdlib.h>

#define SCRIPT_BYTES (16u << 20)
#define SVG_BYTES (8u << 20)
#define NAME_BYTES 64

static void name_of(char name[NAME_BYTES], size_t plot, size_t size)
{
    (void)snprintf(name, NAME_BYTES, "%s.%s.svg", plot_rows[plot].name,
                   plot_size_names[size]); /* fits: the names are ours */
}

static void clean(const char *raw, size_t plot, size_t size, bool is_alone,
                  struct buf *out)
{
    char id[NAME_BYTES];
    (void)snprintf(id, sizeof id, "%s-%s", plot_rows[plot].name, plot_size_names[size]);
    struct svg_words words = {
        .id = id,
        .title = plot_rows[plot].title,
        .description = plot_rows[plot].caption,
        .class_name = plot_size_names[size],
        .is_alone = is_alone,
    };
    svg_clean(raw, &words, out);
}

/* Takes gnuplot's file, keeps its text for the page and leaves <name>.svg. */
static int take(const char *directory, size_t plot, size_t size,
                struct picture *picture, struct err *e)
{
    char name[NAME_BYTES], alone_name[NAME_BYTES];
    struct buf raw, page, alone;
    buf_init(&raw, SVG_BYTES);
    buf_init(&page, SVG_BYTES);
    buf_init(&alone, SVG_BYTES);
    name_of(name, plot, size);
    (void)snprintf(alone_name, sizeof alone_name, "%s.svg", plot_rows[plot].name);
    int result = file_read(directory, name, &raw, e);
    file_remove(directory, name);
    if (result == 0) {
        clean(raw.data, plot, size, false, &page);
        picture->svg[size] = buf_steal(&page);
    }
    if (result == 0 && size == PLOT_WIDE) {
        clean(raw.data, plot, size, true, &alone);
        result = file_write(directory, alone_name, &alone, e);
    }
    buf_release(&alone);
    buf_release(&page);
    buf_release(&raw);
    return result;
}

static void remove_leftovers(const char *directory)
{
    char name[NAME_BYTES];
    for (size_t i = 0; i < plot_count; i++) {
        for (size_t size = 0; size < PLOT_SIZES; size++) {
            name_of(name, i, size);
            file_remove(directory, name);
        }
        (void)snprintf(name, sizeof name, "%s.svg", plot_rows[i].name);
        file_remove(directory, name);
    }
}

static enum gnuplot_result run(const struct summary *s, const char *directory)
{
    struct err ignored = {0}; /* a report without pictures is still a report */
    struct buf script;
    buf_init(&script, SCRIPT_BYTES);
    plot_script(s, &script);
    enum gnuplot_result result =
        script.is_full ? GNUPLOT_FAILED : gnuplot_run(directory, &script, &ignored);
    buf_release(&script);
    return result;
}

void pictures_none(struct pictures *out, const char *why)
{
    *out = (struct pictures){
        .items = xcalloc(plot_count, sizeof *out->items),
        .missing = why,
    };
}

int pictures_draw(const struct summary *s, const char *directory, struct pictures *out,
                  struct err *e)
{
    pictures_none(out, NULL);
    remove_leftovers(directory);
    switch (run(s, directory)) {
    case GNUPLOT_DONE:
        break;
    case GNUPLOT_MISSING:
        out->missing = "There are no pictures: gnuplot is not installed.";
        return 0;
    case GNUPLOT_FAILED:
        out->missing = "There are no pictures: gnuplot failed.";
        remove_leftovers(directory);
        return 0;
    }
    for (size_t i = 0; i < plot_count; i++) {
        if (plot_rows[i].is_empty(s))
            continue;
        for (size_t size = 0; size < PLOT_SIZES; size++)
            if (take(directory, i, size, &out->items[i], e) < 0)
                return -1;
    }
    return 0;
}

void pictures_release(struct pictures *p)
{
    for (size_t i = 0; p->items != NULL && i < plot_count; i++)
        for (size_t size = 0; size < PLOT_SIZES; size++)
            free(p->items[i].svg[size]);
    free(p->items);
    *p = (struct pictures){0};
}
