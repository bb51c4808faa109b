/*
 * Reading a run directory: tolerant of a run that was killed (a last line cut
 * short is dropped and counted), strict about everything else.
 *
 * The log is streamed: one line at a time goes to a visitor; nothing grows with
 * the length of the run. See rundir.h for the files.
 */
#ifndef GUST_RUNREAD_H
#define GUST_RUNREAD_H

#include "base/json.h"
#include "measure/hlog.h"
#include "measure/series.h"

enum run_status {
    RUN_RUNNING, /* or killed: nobody sealed it */
    RUN_COMPLETE,
    RUN_INTERRUPTED,
    RUN_ABORTED,
};

extern const char *const run_status_names[5]; /* NULL-terminated */

struct runread {
    char *path;
    json_t *manifest;
    enum run_status status;
    unsigned torn_lines; /* last lines without newline, dropped; files with one */
};

/* Loads run.json and checks its schema; a newer schema or a directory that is
 * no run is an error that says so. */
struct runread *runread_open(const char *path, struct err *e);
void runread_close(struct runread *r);

/* Called per hlog line with the decoded bins; return false to stop. */
typedef bool (*runread_bins)(void *context, const struct series_name *name,
                             int64_t start_ns, const struct hist_bin *bins, size_t n);

/* Visits lines whose metric is in the mask (bit per enum metric); others are
 * not decoded. The error names file and line number. 0 also when visit stopped
 * it. */
MUST_CHECK int runread_log(struct runread *r, uint32_t metric_mask, runread_bins visit,
                           void *context, struct err *e);

/* Called per object of a .jsonl file (rundir_file_names), borrowed for the
 * call; return false to stop. */
typedef bool (*runread_object)(void *context, const json_t *object);
MUST_CHECK int runread_lines(struct runread *r, const char *file, runread_object visit,
                             void *context, struct err *e);

#endif
