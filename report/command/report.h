/*
 * The report of a run: `gust report RUN`, and what `gust run` calls at its end.
 */
#ifndef GUST_REPORT_H
#define GUST_REPORT_H

#include "base/command.h"
#include "judge/summary.h"

/* The summary on standard output; the text is as wide as the terminal. */
enum report_format {
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_MARKDOWN,
    FORMAT_VLLM, /* the result file of vLLM's benchmark */
    FORMAT_NONE,
};

struct report_options {
    const char *arm;       /* NULL: the run's first */
    const char *directory; /* of the files; NULL: RUN/report */
    bool has_plots;
};

/* Writes index.html, summary.md, summary.json, junit.xml, metrics.om and the
 * pictures from a summary that was read. Replaces what a report before left. */
MUST_CHECK int report_render(const struct summary *s, const struct report_options *o,
                             struct err *e);

/* Appends the summary in a format, coloured when standard output is a terminal. */
void report_put(const struct summary *s, enum report_format format, struct buf *out);

/* Prints runs of the same requests under several client policies as one table. */
void report_side_by_side(const struct summary *const *runs, size_t n);

/* Reads the run directory, judges it and renders it. */
MUST_CHECK int report_write(const char *run_path, const struct report_options *o,
                            struct err *e);

/* "RUN/report/index.html", free() it; of a run of several arms, whose verdict has
 * RUN/report, "RUN/report-<arm>/index.html". */
char *report_page_path(const struct summary *s, const struct report_options *o);

/* The exit code that the run's finding deserves. */
enum exit_code report_exit_code(const struct summary *s);

#endif
