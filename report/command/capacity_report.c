/* The report of a capacity search; see capacity_report.h. */
#include "command/capacity_report.h"

#include "base/terminal.h"
#include "render/capacity_html.h"
#include "render/capacity_plots.h"
#include "render/capacity_sheet.h"
#include "render/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_BYTES (16u << 20)

static char *path_of(const char *directory, const char *name)
{
    struct buf path;
    buf_init(&path, 65536);
    buf_printf(&path, "%s/%s", directory, name);
    char *joined = buf_steal(&path);
    buf_release(&path);
    return joined;
}

bool capacity_report_is(const char *directory)
{
    char *path = path_of(directory, CAPACITY_FILE);
    bool is_there = access(path, F_OK) == 0;
    free(path);
    return is_there;
}

enum exit_code capacity_report_exit(enum capacity_verdict v)
{
    switch (v) {
    case CAPACITY_FOUND:
    case CAPACITY_AT_LEAST:
        return EXIT_GO;
    case CAPACITY_NEVER:
        return EXIT_NO_GO;
    case CAPACITY_GENERATOR:
    case CAPACITY_INCOMPLETE:
    case CAPACITY_VERDICTS:
        break;
    }
    return EXIT_INCONCLUSIVE;
}

static int write_page(const struct capacity *c, const struct sheet *sheet,
                      const char *folder, bool has_plots, struct buf *out,
                      struct err *e)
{
    struct pictures pictures;
    struct plots plots = {0};
    int rc = 0;
    pictures_none(&pictures, "Pictures were not asked for.");
    if (has_plots) {
        capacity_plots(c, &plots);
        rc = pictures_draw(&plots, folder, &pictures, e);
    }
    buf_reset(out);
    if (rc == 0) {
        capacity_html(c, sheet, &pictures, out);
        rc = file_write(folder, "index.html", out, e);
    }
    pictures_release(&pictures);
    plots_release(&plots);
    return rc;
}

static int write_all(const struct capacity *c, const char *folder, bool has_plots,
                     struct err *e)
{
    struct sheet sheet = {0};
    struct buf out;
    capacity_sheet(c, &sheet);
    buf_init(&out, OUTPUT_BYTES);
    sheet_json(&sheet, &out);
    int rc = file_write(folder, "capacity-report.json", &out, e);
    buf_reset(&out);
    sheet_markdown(&sheet, &out);
    if (rc == 0)
        rc = file_write(folder, "capacity.md", &out, e);
    if (rc == 0)
        rc = write_page(c, &sheet, folder, has_plots, &out, e);
    buf_release(&out);
    sheet_release(&sheet);
    return rc;
}

int capacity_report_write(const struct capacity *c, const char *directory,
                          const struct report_options *options, struct err *e)
{
    char *folder = options->directory != NULL ? xstrdup(options->directory)
                                              : path_of(directory, "report");
    int rc = 0;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        rc = err_set_errno(e, errno, "cannot make %s", folder);
    if (rc == 0)
        rc = write_all(c, folder, options->has_plots, e);
    if (rc == 0)
        (void)fprintf(stderr, "report: %s/index.html\n", folder);
    free(folder);
    return rc;
}

/* vLLM's result has no place for a search. */
static int put(const struct capacity *c, enum report_format format, struct err *e)
{
    struct sheet sheet = {0};
    struct buf out;
    int rc = 0;
    capacity_sheet(c, &sheet);
    buf_init(&out, OUTPUT_BYTES);
    switch (format) {
    case FORMAT_TEXT:
        sheet_text(&sheet, terminal_text_columns(STDOUT_FILENO),
                   terminal_has_colour(STDOUT_FILENO), &out);
        break;
    case FORMAT_JSON:
        sheet_json(&sheet, &out);
        break;
    case FORMAT_MARKDOWN:
        sheet_markdown(&sheet, &out);
        break;
    case FORMAT_VLLM:
        rc = err_set(e, "--format vllm is about one run: give one of the trials");
        break;
    case FORMAT_NONE:
        break;
    }
    (void)fwrite(out.data, 1, out.len, stdout); /* main checks stdout at the end */
    buf_release(&out);
    sheet_release(&sheet);
    return rc;
}

int capacity_report_run(const char *directory, const struct report_options *options,
                        enum report_format format)
{
    struct err e = {0};
    struct capacity c;
    enum exit_code code = EXIT_USAGE;
    char *path = path_of(directory, CAPACITY_FILE);
    capacity_init(&c);
    if (options->arm != NULL) {
        (void)err_set(&e, "--arm: a search has none; give one of its trials");
    } else if (capacity_read(path, &c, &e) == 0 && put(&c, format, &e) == 0) {
        code = capacity_report_exit(c.verdict);
        if (capacity_report_write(&c, directory, options, &e) < 0)
            code = EXIT_CANNOT_RUN;
    }
    capacity_release(&c);
    free(path);
    return e.is_set ? command_fail(&e, code) : (int)code;
}
