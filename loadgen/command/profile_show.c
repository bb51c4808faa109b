/*
 * gust profile show: what a profile asks for, as text and as a picture.
 *
 * Lengths are shown as they would be sent: drawn by the code that the schedule
 * draws with, not derived from the parameters.
 */
#include "base/units.h"
#include "base/wrap.h"
#include "command/commands.h"
#include "command/density.h"
#include "command/profile.h"
#include "render/gnuplot.h"
#include "workload/lengths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAWS ((uint64_t)200000)
#define TEXT_BYTES_MAX ((size_t)1 << 20)
#define SCRIPT_BYTES_MAX ((size_t)32 << 20)
#define PATH_BYTES 4096
#define WIDTH 80
#define LABEL_COLUMN 15

struct settings {
    const char *plot;
    bool is_brief;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct opt options[] = {
    {.name = "plot",
     .letter = 'p',
     .type = OPT_STRING,
     .offset = FIELD(plot),
     .arg = "FILE.svg",
     .help = "draw the lengths of every class with gnuplot; the file must not exist"},
    {.name = "brief",
     .letter = 'b',
     .type = OPT_FLAG,
     .offset = FIELD(is_brief),
     .help = "tables only, no pictures made of text"},
    {.name = NULL},
};

static void put_label(const char *label, const char *text, struct buf *out)
{
    if (text[0] == '\0')
        return;
    buf_printf(out, "  %-*s", LABEL_COLUMN - 2, label);
    wrap_text(out, text, LABEL_COLUMN, LABEL_COLUMN, WIDTH);
}

static void put_phases(const struct profile *p, struct buf *out)
{
    char text[UNITS_TEXT];
    for (size_t i = 0; i < p->phase_count; i++)
        buf_printf(out, "  %-12s %s, %s%s\n", i == 0 ? "phases" : "", p->phases[i].name,
                   units_format_ns(text, p->phases[i].duration_ns),
                   p->phases[i].is_measured ? "" : ", not measured");
}

static void put_head(const struct profile *p, struct buf *out)
{
    buf_printf(out, "%s%s%s\n", p->name, p->title[0] ? ": " : "", p->title);
    put_label("about", p->description, out);
    put_label("source", p->source, out);
    put_label("licence", p->licence, out);
    put_label("date", p->date, out);
    buf_printf(out, "  %-12s ", "arrivals");
    profile_arrival_text(&p->arrival, out);
    buf_putc(out, '\n');
    put_phases(p, out);
    for (size_t i = 0; i < p->slo_count; i++) {
        buf_printf(out, "  %-12s ", i == 0 ? "objectives" : "");
        slo_format(&p->slos[i], out);
        buf_putc(out, '\n');
    }
}

static void put_prefix(const struct prefix_plan *p, struct buf *out)
{
    char groups[UNITS_TEXT], tokens[UNITS_TEXT];
    if (p->groups > 0)
        buf_printf(
            out,
            "  %.3g %% of the prompts start with one of %s shared prefixes of %s "
            "tokens on average\n",
            p->share * 100.0, units_format_count(groups, p->groups),
            units_format_count(tokens, (uint64_t)(dist_mean(&p->tokens) + 0.5)));
}

static void put_image(const struct request_class *c, struct buf *out)
{
    const struct image_plan *p = &c->image;
    double count = dist_mean(&p->count) < 1 ? 1 : dist_mean(&p->count);
    if (p->is_set)
        buf_printf(out, "  %.3g %s%s of %u x %u pixels on average\n", count,
                   c->api == API_OCR ? "page" : "picture", count > 1 ? "s" : "",
                   p->width, p->height);
}

static void put_class(const struct request_class *c, const struct sketch *s,
                      bool is_brief, struct buf *out)
{
    bool has_output = api_generates(c->api);
    buf_printf(out, "\nclass %s: %s%s, %.3g %% of the requests\n", c->name,
               api_names[c->api], c->is_stream ? ", streamed" : "", c->weight * 100.0);
    if (c->api != API_OCR)
        density_table(s, has_output, out);
    put_image(c, out);
    if (has_output)
        buf_printf(out,
                   "  correlation of prompt and output: %.2f by ranks, %.2f linear\n",
                   sketch_spearman(s), sketch_pearson(s));
    put_prefix(&c->prefix, out);
    if (c->conversation.is_set)
        buf_printf(
            out, "  conversations of %.3g turns on average; lengths are of the first\n",
            dist_mean(&c->conversation.turns));
    if (is_brief || c->api == API_OCR)
        return;
    buf_puts(out, "\n  prompt tokens\n");
    density_bars(s, SKETCH_PROMPT, out);
    if (!has_output)
        return;
    buf_puts(out, "\n  output tokens\n");
    density_bars(s, SKETCH_OUTPUT, out);
    buf_puts(out,
             "\n  output tokens over prompt tokens: the darker, the more requests\n");
    density_map(s, out);
}

static void script_head(size_t rows, const char *file, struct buf *out)
{
    buf_printf(out,
               "set terminal svg size 1200,%zu font \"sans-serif,13\" background "
               "rgb \"white\"\nset output '",
               320 * rows);
    for (const char *c = file; *c != '\0'; c++)
        buf_puts(out, *c == '\'' ? "''" : (char[]){*c, '\0'});
    buf_puts(out,
             "'\nset multiplot\nunset key\nset border 3 linecolor rgb \"#666666\"\n"
             "set tics nomirror\nset grid linecolor rgb \"#dddddd\"\n"
             "set palette defined (0 \"#dfe9f3\", 0.3 \"#7fa8cf\", 1 \"#12355b\")\n"
             "unset colorbox\n");
}

/* Draws into a file of path's folder; creating it first refuses an existing one. */
static int draw(const char *path, struct buf *script, struct err *e)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_BYTES];
    int n = slash ? snprintf(folder, sizeof folder, "%.*s/", (int)(slash - path), path)
                  : snprintf(folder, sizeof folder, ".");
    struct buf empty;
    if (n < 0 || n >= PATH_BYTES)
        return err_set(e, "%s: the path is too long", path);
    buf_init(&empty, 1);
    int result = profile_write_new(path, &empty, e);
    buf_release(&empty);
    if (result != 0)
        return -1;
    switch (gnuplot_run(folder, script, e)) {
    case GNUPLOT_DONE:
        return 0;
    case GNUPLOT_MISSING:
        err_set(e, "--plot needs the program gnuplot, which is not there");
        break;
    case GNUPLOT_FAILED:
        break;
    }
    (void)unlink(path); /* half a picture is none */
    return -1;
}

/* Class names go into a gnuplot string: what has a meaning there becomes a blank. */
static void plot_class(const struct request_class *c, const struct sketch *s,
                       size_t row, size_t rows, struct buf *script)
{
    char title[128];
    (void)snprintf(title, sizeof title, "%s", c->name); /* may be cut */
    for (char *at = strpbrk(title, "\"\\`{}^_@&~\n"); at;
         at = strpbrk(at, "\"\\`{}^_@&~\n"))
        *at = ' ';
    density_plot(s, title, api_generates(c->api), row, rows, script);
}

static int show(const struct profile *p, const struct settings *s, struct err *e)
{
    struct buf text, script;
    const char *slash = s->plot ? strrchr(s->plot, '/') : NULL;
    int result = 0;
    buf_init(&text, TEXT_BYTES_MAX);
    buf_init(&script, SCRIPT_BYTES_MAX);
    put_head(p, &text);
    if (s->plot)
        script_head(p->class_count, slash ? slash + 1 : s->plot, &script);
    for (size_t i = 0; i < p->class_count; i++) {
        struct sketch lengths;
        sketch_init(&lengths);
        profile_draw(&p->classes[i], DRAWS, &lengths);
        put_class(&p->classes[i], &lengths, s->is_brief, &text);
        if (s->plot)
            plot_class(&p->classes[i], &lengths, i, p->class_count, &script);
        sketch_release(&lengths);
    }
    (void)fputs(text.data, stdout); /* the end of main judges standard output */
    if (s->plot)
        result = draw(s->plot, &script, e);
    buf_release(&script);
    buf_release(&text);
    return result;
}

static int run(const struct invocation *in)
{
    const struct settings *s = in->settings;
    struct err e = {0};
    struct profile *p = profile_load(in->args.items[0], &e);
    int result = p ? show(p, s, &e) : -1;
    profile_free(p);
    return result == 0 ? EXIT_GO : command_fail(&e, EXIT_USAGE);
}

const struct command command_profile_show = {
    .name = "profile show",
    .summary = "draw what a profile asks for",
    .usage = "PROFILE [options]",
    .description =
        "Prints a profile's arrivals, phases, objectives and, for each class, the "
        "quantiles of prompt and output lengths, their correlation, a bar chart of each "
        "and a map of both, all on log scales. Lengths are drawn as gust run would draw "
        "them: 200,000 requests a class.",
    .examples = "gust profile show azure-2023-conv\n"
                "gust profile show my.json --plot my.svg",
    .options = options,
    .settings_size = sizeof(struct settings),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
