/*
 * Lists of pictures and their script; see plot.h. What a picture sets and does not
 * unset would leak into the next one, so each starts from the same settings. A value
 * that is not there is written as NaN: gnuplot then interrupts the line. (A declared
 * "missing" value would be bridged.)
 */
#include "render/plot.h"

#include <stdlib.h>

#define PLOT_BYTES ((size_t)4 << 20)

const char *const plot_size_names[] = {
    [PLOT_WIDE] = "wide",
    [PLOT_NARROW] = "narrow",
};

static const struct {
    unsigned width, height;
} size_rows[] = {
    [PLOT_WIDE] = {560, 320},
    [PLOT_NARROW] = {400, 300},
};

struct plot *plots_add(struct plots *p, const struct plot_words *words)
{
    p->items = xrealloc_array(p->items, p->count + 1, sizeof *p->items);
    struct plot *plot = &p->items[p->count++];
    plot->words = *words;
    buf_init(&plot->data, PLOT_BYTES);
    buf_init(&plot->draw, PLOT_BYTES);
    return plot;
}

void plots_release(struct plots *p)
{
    for (size_t i = 0; i < p->count; i++) {
        buf_release(&p->items[i].data);
        buf_release(&p->items[i].draw);
    }
    free(p->items);
    *p = (struct plots){0};
}

bool plot_is_empty(const struct plot *p)
{
    return p->draw.len == 0 || p->draw.is_full || p->data.is_full;
}

/* What every picture starts from. */
static void put_preamble(struct buf *out)
{
    buf_printf(out,
               "set encoding utf8\n"
               "set border 1 lw 1 lc rgb \"#%02x%02x%02x\"\n"
               "set tics nomirror out scale 0.4 textcolor rgb \"#%02x%02x%02x\"\n"
               "set grid ytics noxtics lw 1 lt 1 lc rgb \"#%02x%02x%02x\"\n"
               "set style line 1\n",
               INK_AXIS, INK_AXIS, INK_AXIS, INK_AXIS, INK_AXIS, INK_AXIS, INK_GRID,
               INK_GRID, INK_GRID);
}

static void put_size(const struct plot *p, enum plot_size size, struct buf *out)
{
    buf_printf(out,
               "set terminal svg size %u,%u dynamic noenhanced font \"sans,13\" name "
               "\"%s_%s\"\nset output \"%s.%s.svg\"\n",
               size_rows[size].width, size_rows[size].height, p->words.name,
               plot_size_names[size], p->words.name, plot_size_names[size]);
    buf_printf(out,
               "unset object\nunset arrow\nunset xlabel\nset boxwidth 0.85\n"
               "set format x\nset format y \"%%g\"\nset margins -1,-1,-1,-1\n"
               "set grid ytics noxtics\nset key default\nset key above left Left "
               "reverse horizontal samplen 1.6 noenhanced textcolor rgb "
               "\"#%02x%02x%02x\"\n",
               INK_TEXT, INK_TEXT, INK_TEXT);
    buf_append(out, p->draw.data, p->draw.len);
}

void plots_script(const struct plots *p, struct buf *out)
{
    put_preamble(out);
    for (size_t i = 0; i < p->count; i++) {
        if (plot_is_empty(&p->items[i]))
            continue;
        buf_append(out, p->items[i].data.data, p->items[i].data.len);
        for (size_t size = 0; size < PLOT_SIZES; size++)
            put_size(&p->items[i], (enum plot_size)size, out);
    }
    buf_puts(out, "unset output\n");
}
