/* The script of a list of pictures: data once, commands per size, holes stay holes. */
#include "render/plot.h"

#include "check.h"

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

static void scripts(void)
{
    static const struct plot_words full = {.name = "full"}, none = {.name = "none"};
    struct plots plots = {0};
    struct buf out;
    struct plot *plot = plots_add(&plots, &none);
    buf_puts(&plot->data, "$none << EOD\nEOD\n");
    CHECK(plot_is_empty(plot));
    plot = plots_add(&plots, &full);
    buf_puts(&plot->data, "$full << EOD\n1 2\n2 nan\nEOD\n");
    buf_puts(&plot->draw, "plot $full with lines\n");
    CHECK(!plot_is_empty(plot));
    buf_init(&out, 1 << 16);
    plots_script(&plots, &out);
    CHECK_INT(count_of(out.data, "$full << EOD"), 1);
    CHECK_INT(count_of(out.data, "plot $full with lines\n"), PLOT_SIZES);
    CHECK_INT(count_of(out.data, "set output \"full.wide.svg\""), 1);
    CHECK_INT(count_of(out.data, "set output \"full.narrow.svg\""), 1);
    CHECK(strstr(out.data, "none") == NULL);
    CHECK(strstr(out.data, "missing") == NULL); /* it would bridge what is not there */
    buf_release(&out);
    plots_release(&plots);
    CHECK_INT(plots.count, 0);
}

int main(void)
{
    RUN(scripts);
    return check_report();
}
