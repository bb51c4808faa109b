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

static void name_of(char name[NAME_BYTES], const char *plot, enum plot_size size)
{
    (void)snprintf(name, NAME_BYTES, "%s.%s.svg", plot,
                   plot_size_names[size]); /* fits: the names are ours */
}

static void clean(const char *raw, const struct plot_words *plot, enum plot_size size,
                  bool is_alone, struct buf *out)
{
    char id[NAME_BYTES];
    (void)snprintf(id, sizeof id, "%s-%s", plot->name, plot_size_names[size]);
    struct svg_words words = {
        .id = id,
        .title = plot->title,
        .description = plot->caption,
        .class_name = plot_size_names[size],
        .is_alone = is_alone,
    };
    svg_clean(raw, &words, out);
}

/* Takes gnuplot's file, keeps its text for the page and leaves <name>.svg. */
static int take(const char *directory, enum plot_size size, struct picture *picture,
                struct err *e)
{
    char name[NAME_BYTES], alone_name[NAME_BYTES];
    struct buf raw, page, alone;
    buf_init(&raw, SVG_BYTES);
    buf_init(&page, SVG_BYTES);
    buf_init(&alone, SVG_BYTES);
    name_of(name, picture->words.name, size);
    (void)snprintf(alone_name, sizeof alone_name, "%s.svg", picture->words.name);
    int result = file_read(directory, name, &raw, e);
    file_remove(directory, name);
    if (result == 0) {
        clean(raw.data, &picture->words, size, false, &page);
        picture->svg[size] = buf_steal(&page);
    }
    if (result == 0 && size == PLOT_WIDE) {
        clean(raw.data, &picture->words, size, true, &alone);
        result = file_write(directory, alone_name, &alone, e);
    }
    buf_release(&alone);
    buf_release(&page);
    buf_release(&raw);
    return result;
}

static void remove_leftovers(const struct plots *plots, const char *directory)
{
    char name[NAME_BYTES];
    for (size_t i = 0; i < plots->count; i++) {
        const char *plot = plots->items[i].words.name;
        for (size_t size = 0; size < PLOT_SIZES; size++) {
            name_of(name, plot, (enum plot_size)size);
            file_remove(directory, name);
        }
        (void)snprintf(name, sizeof name, "%s.svg", plot);
        file_remove(directory, name);
    }
}

static enum gnuplot_result run(const struct plots *plots, const char *directory)
{
    struct err ignored = {0}; /* a report without pictures is still a report */
    struct buf script;
    buf_init(&script, SCRIPT_BYTES);
    plots_script(plots, &script);
    enum gnuplot_result result =
        script.is_full ? GNUPLOT_FAILED : gnuplot_run(directory, &script, &ignored);
    buf_release(&script);
    return result;
}

void pictures_none(struct pictures *out, const char *why)
{
    *out = (struct pictures){.missing = why};
}

static int take_all(const struct plots *plots, const char *directory,
                    struct pictures *out, struct err *e)
{
    *out = (struct pictures){
        .items = xcalloc(plots->count, sizeof *out->items),
        .count = plots->count,
    };
    for (size_t i = 0; i < plots->count; i++) {
        out->items[i].words = plots->items[i].words;
        if (plot_is_empty(&plots->items[i]))
            continue;
        for (size_t size = 0; size < PLOT_SIZES; size++)
            if (take(directory, (enum plot_size)size, &out->items[i], e) < 0)
                return -1;
    }
    return 0;
}

int pictures_draw(const struct plots *plots, const char *directory,
                  struct pictures *out, struct err *e)
{
    remove_leftovers(plots, directory);
    switch (run(plots, directory)) {
    case GNUPLOT_DONE:
        return take_all(plots, directory, out, e);
    case GNUPLOT_MISSING:
        pictures_none(out, "There are no pictures: gnuplot is not installed.");
        return 0;
    case GNUPLOT_FAILED:
        remove_leftovers(plots, directory);
        pictures_none(out, "There are no pictures: gnuplot failed.");
        return 0;
    }
    bug("gnuplot's result");
}

void pictures_release(struct pictures *p)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t size = 0; size < PLOT_SIZES; size++)
            free(p->items[i].svg[size]);
    free(p->items);
    *p = (struct pictures){0};
}
