/*
 * `gust report RUN`: reads, judges, renders; see report.h. Standard output carries
 * the summary only, as text or JSON; where the page is goes to standard error.
 */
#include "command/report.h"

#include "base/terminal.h"
#include "command/capacity_report.h"
#include "judge/finding.h"
#include "render/file.h"
#include "render/html.h"
#include "render/junit.h"
#include "render/markdown.h"
#include "render/openmetrics.h"
#include "render/pictures.h"
#include "render/resilience_sheet.h"
#include "render/summary_json.h"
#include "render/summary_plots.h"
#include "render/text.h"
#include "render/vllm_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_BYTES (64u << 20)

/* The files that need nothing but the summary. */
static const struct {
    const char *name;
    void (*render)(const struct summary *s, struct buf *out);
} file_rows[] = {
    {"summary.json", summary_json},
    {"summary.md", summary_markdown},
    {"junit.xml", summary_junit},
    {"metrics.om", summary_openmetrics},
};

static char *join(const char *directory, const char *name)
{
    struct buf path;
    buf_init(&path, 65536);
    buf_printf(&path, "%s/%s", directory, name);
    char *joined = buf_steal(&path);
    buf_release(&path);
    return joined;
}

static char *directory_of(const struct summary *s, const struct report_options *o)
{
    struct buf path;
    if (o->directory != NULL)
        return xstrdup(o->directory);
    buf_init(&path, 65536);
    buf_printf(&path, "%s/report", s->path);
    if (s->arm_count > 1)
        buf_printf(&path, "-%s", s->arm);
    char *directory = buf_steal(&path);
    buf_release(&path);
    return directory;
}

char *report_page_path(const struct summary *s, const struct report_options *o)
{
    char *directory = directory_of(s, o);
    char *path = join(directory, "index.html");
    free(directory);
    return path;
}

static int make_directory(const char *path, struct err *e)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return err_set_errno(e, errno, "cannot make %s", path);
}

static int write_files(const struct summary *s, const char *directory, struct err *e)
{
    int result = 0;
    for (size_t i = 0; i < ARRAY_LEN(file_rows) && result == 0; i++) {
        struct buf out;
        buf_init(&out, OUTPUT_BYTES);
        file_rows[i].render(s, &out);
        result = file_write(directory, file_rows[i].name, &out, e);
        buf_release(&out);
    }
    return result;
}

static int write_page(const struct summary *s, const char *directory, bool has_plots,
                      struct err *e)
{
    struct pictures pictures;
    struct plots plots = {0};
    struct buf out;
    int result = 0;
    pictures_none(&pictures, "Pictures were not asked for.");
    if (has_plots) {
        summary_plots(s, &plots);
        result = pictures_draw(&plots, directory, &pictures, e);
    }
    buf_init(&out, OUTPUT_BYTES);
    if (result == 0) {
        summary_html(s, &pictures, &out);
        result = file_write(directory, "index.html", &out, e);
    }
    buf_release(&out);
    pictures_release(&pictures);
    plots_release(&plots);
    return result;
}

int report_render(const struct summary *s, const struct report_options *o,
                  struct err *e)
{
    char *directory = directory_of(s, o);
    int result = make_directory(directory, e);
    if (result == 0)
        result = write_files(s, directory, e);
    if (result == 0)
        result = write_page(s, directory, o->has_plots, e);
    free(directory);
    return result;
}

int report_write(const char *run_path, const struct report_options *o, struct err *e)
{
    struct summary *s = summary_read(run_path, o->arm, e);
    if (s == NULL)
        return -1;
    int result = report_render(s, o, e);
    summary_free(s);
    return result;
}

enum exit_code report_exit_code(const struct summary *s)
{
    return finding_rows[s->state].exit_code;
}

static const char *const format_names[] = {
    [FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_MARKDOWN] = "markdown",
    [FORMAT_VLLM] = "vllm", [FORMAT_NONE] = "none", [FORMAT_NONE + 1] = NULL,
};

struct report_settings {
    const char *arm;
    const char *out;
    bool has_plots;
    int format;
};

static const struct opt report_opts[] = {
    {.name = "format",
     .type = OPT_CHOICE,
     .offset = offsetof(struct report_settings, format),
     .fallback = "text",
     .arg = "FORMAT",
     .choices = format_names,
     .group = "Output",
     .help = "what standard output gets"},
    {.name = "out",
     .type = OPT_STRING,
     .offset = offsetof(struct report_settings, out),
     .arg = "DIR",
     .group = "Output",
     .help = "folder of the files (default: RUN/report)"},
    {.name = "plots",
     .type = OPT_FLAG,
     .offset = offsetof(struct report_settings, has_plots),
     .fallback = "true",
     .group = "Output",
     .help = "draw pictures, with gnuplot"},
    {.name = "arm",
     .type = OPT_STRING,
     .offset = offsetof(struct report_settings, arm),
     .arg = "NAME",
     .group = "Input",
     .help = "the arm to report of a run with several (default: the first)"},
    {.name = NULL},
};

void report_side_by_side(const struct summary *const *runs, size_t n)
{
    struct sheet sheet;
    struct buf out;
    buf_init(&out, 1u << 20);
    resilience_side_by_side(runs, n, &sheet);
    buf_putc(&out, '\n');
    sheet_text(&sheet, terminal_text_columns(STDOUT_FILENO),
               terminal_has_colour(STDOUT_FILENO), &out);
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    sheet_release(&sheet);
    buf_release(&out);
}

void report_put(const struct summary *s, enum report_format format, struct buf *out)
{
    switch (format) {
    case FORMAT_TEXT:
        summary_text(s, terminal_text_columns(STDOUT_FILENO),
                     terminal_has_colour(STDOUT_FILENO), out);
        break;
    case FORMAT_JSON:
        summary_json(s, out);
        break;
    case FORMAT_MARKDOWN:
        summary_markdown(s, out);
        break;
    case FORMAT_VLLM:
        summary_vllm_json(s, out);
        break;
    case FORMAT_NONE:
        break;
    }
}

static int run_report(const struct invocation *in)
{
    const struct report_settings *set = in->settings;
    const char *run_path = in->args.items[0];
    struct report_options options = {
        .arm = set->arm,
        .directory = set->out,
        .has_plots = set->has_plots,
    };
    struct err e = {0};
    if (capacity_report_is(run_path))
        return capacity_report_run(run_path, &options, (enum report_format)set->format);
    struct summary *s = summary_read(run_path, options.arm, &e);
    if (s == NULL)
        return command_fail(&e, EXIT_USAGE);
    enum exit_code code = report_exit_code(s);
    struct buf out;
    buf_init(&out, OUTPUT_BYTES);
    report_put(s, (enum report_format)set->format, &out);
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    buf_release(&out);
    if (report_render(s, &options, &e) < 0) {
        code = EXIT_CANNOT_RUN;
        (void)command_fail(&e, code);
    } else {
        char *page = report_page_path(s, &options);
        (void)fprintf(stderr, "report: %s\n", page);
        free(page);
    }
    summary_free(s);
    return (int)code;
}

const struct command command_report = {
    .name = "report",
    .summary = "judge a run and write its report",
    .usage = "RUN [options]",
    .description =
        "Reads the run directory RUN, says whether the run was valid and what it found, "
        "prints the summary, and writes RUN/report: index.html (one page without scripts "
        "or other files), summary.md, summary.json, junit.xml, metrics.om (OpenMetrics) "
        "and the pictures as SVG. Of a capacity search the curve, the trials and what "
        "was found.\n\n"
        "The exit code is the finding: 0 all SLOs met or none asked for, 1 an SLO was "
        "missed, 4 the run is invalid, incomplete or has too little data. Failed "
        "requests count as longer than every measured latency.",
    .examples = "gust report runs/2026-11-21-assistant\n"
                "gust report runs/2026-11-21-assistant --format json --no-plots",
    .options = report_opts,
    .settings_size = sizeof(struct report_settings),
    .args_min = 1,
    .args_max = 1,
    .run = run_report,
};
