/*
 * Making a run directory and writing into it. The directory is held open, so
 * that it may be renamed, and nobody else's file is ever written: every file is
 * made exclusively.
 */
#include "measure/rundir.h"

#include "base/jout.h"
#include "measure/appendfile.h"
#include "measure/records.h"
#include "measure/series.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MANIFEST_NEW "run.json.new"
#define FAILURES_PER_CLASS 20
#define LINE_BYTES_MAX ((size_t)64 * 1024)
#define SAME_NAME_MAX 100 /* runs of one name begun in one second */

const char *const rundir_file_names[RUNDIR_FILES] = {
    [RUNDIR_INTERVALS] = "intervals.jsonl",
    [RUNDIR_HLOG] = "latency.hlog",
    [RUNDIR_EVENTS] = "events.jsonl",
    [RUNDIR_FAILURES] = "failures.jsonl",
};

struct rundir {
    char *path;
    int dir_fd;
    struct appendfile files[RUNDIR_FILES];
    struct records *records; /* NULL: not asked for */
    unsigned failures[OUTCOME_COUNT];
    struct buf line;
};

/* mkdir of every directory above the last; those that exist are fine. */
static int make_parents(const char *path, struct err *e)
{
    int rc = 0;
    char *copy = xstrdup(path);
    for (char *slash = strchr(copy + 1, '/'); slash != NULL && rc == 0;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            rc = err_set_errno(e, errno, "cannot make directory %s", copy);
        *slash = '/';
    }
    free(copy);
    return rc;
}

/* A new directory at exactly this path. */
static int make_at(const char *path, struct err *e)
{
    if (make_parents(path, e) != 0)
        return -1;
    if (mkdir(path, 0777) == 0)
        return 0;
    if (errno == EEXIST)
        return err_set(e, "%s: exists already; results are never overwritten", path);
    return err_set_errno(e, errno, "cannot make directory %s", path);
}

/* runs/20260131-145959-<name>, and -2, -3 ... behind it when that is taken. */
static char *make_default(const char *name, int64_t wall_ns, struct err *e)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    struct tm utc = {0};
    char date[32] = "", clean[SERIES_NAME_MAX + 1], path[128], suffix[16] = "";
    if (gmtime_r(&seconds, &utc) != NULL)
        (void)strftime(date, sizeof date, "%Y%m%d-%H%M%S", &utc); /* fits */
    for (unsigned number = 2; number <= SAME_NAME_MAX; number++) {
        (void)snprintf(path, sizeof path, "runs/%s-%s%s", date,
                       series_clean(clean, name), suffix); /* fits */
        if (make_parents(path, e) != 0)
            return NULL;
        if (mkdir(path, 0777) == 0)
            return xstrdup(path);
        if (errno != EEXIST)
            break;
        (void)snprintf(suffix, sizeof suffix, "-%u", number); /* fits */
    }
    (void)err_set_errno(e, errno, "cannot make directory %s", path);
    return NULL;
}

char *rundir_make(const char *path, const char *name, int64_t wall_ns, struct err *e)
{
    if (path == NULL || path[0] == '\0')
        return make_default(name, wall_ns, e);
    return make_at(path, e) == 0 ? xstrdup(path) : NULL;
}

static int open_files(struct rundir *d, bool has_records, struct err *e)
{
    d->dir_fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->dir_fd < 0)
        return err_set_errno(e, errno, "cannot open %s", d->path);
    for (unsigned i = 0; i < RUNDIR_FILES; i++)
        if (appendfile_create(&d->files[i], d->dir_fd, rundir_file_names[i], e) != 0)
            return err_in(e, "%s", d->path);
    if (!has_records)
        return 0;
    d->records = records_create(d->dir_fd, e);
    return d->records != NULL ? 0 : err_in(e, "%s", d->path);
}

struct rundir *rundir_create(const char *path, const char *name, int64_t wall_ns,
                             bool has_records, struct err *e)
{
    struct rundir *d = xcalloc(1, sizeof *d);
    d->dir_fd = -1;
    for (unsigned i = 0; i < RUNDIR_FILES; i++)
        d->files[i].fd = -1;
    buf_init(&d->line, LINE_BYTES_MAX);
    d->path = rundir_make(path, name, wall_ns, e);
    if (d->path != NULL && open_files(d, has_records, e) == 0)
        return d;
    rundir_close(d);
    return NULL;
}

void rundir_close(struct rundir *d)
{
    if (d == NULL)
        return;
    struct err e = {0};
    if (d->records != NULL && records_flush(d->records, &e) != 0)
        err_clear(&e); /* who wants to know has called rundir_sync */
    records_free(d->records);
    for (unsigned i = 0; i < RUNDIR_FILES; i++)
        appendfile_close(&d->files[i]);
    if (d->dir_fd >= 0)
        (void)close(d->dir_fd); /* only read from */
    buf_release(&d->line);
    free(d->path);
    free(d);
}

const char *rundir_path(const struct rundir *d)
{
    return d->path;
}

int rundir_append(struct rundir *d, enum rundir_file file, const char *lines,
                  size_t length, struct err *e)
{
    if (length == 0)
        return 0;
    assert(lines[length - 1] == '\n');
    if (appendfile_write(&d->files[file], lines, length, e) != 0)
        return err_in(e, "%s", d->path);
    return 0;
}

static int append_line(struct rundir *d, enum rundir_file file, struct err *e)
{
    buf_putc(&d->line, '\n');
    assert(!d->line.is_full);
    return rundir_append(d, file, d->line.data, d->line.len, e);
}

static double seconds_of(int64_t t_ns)
{
    return (double)t_ns / (double)NS_PER_S;
}

/* Room for the text of an event when every byte of it becomes \u00xx. */
#define EVENT_TEXT_MAX (LINE_BYTES_MAX / 6 - 256)

int rundir_event(struct rundir *d, int64_t t_ns, const char *kind, const char *text,
                 struct err *e)
{
    struct jout j;
    buf_reset(&d->line);
    jout_init(&j, &d->line, false);
    jout_object(&j, NULL);
    jout_num(&j, "t", seconds_of(t_ns));
    jout_str(&j, "kind", kind);
    jout_strn(&j, "text", text, strnlen(text, EVENT_TEXT_MAX));
    jout_end_object(&j);
    return append_line(d, RUNDIR_EVENTS, e);
}

int rundir_failure(struct rundir *d, const struct failure_note *n, const char *arm,
                   const char *class_name, struct err *e)
{
    assert(n->outcome < OUTCOME_COUNT);
    if (d->failures[n->outcome] == FAILURES_PER_CLASS)
        return 0;
    d->failures[n->outcome]++;
    struct jout j;
    buf_reset(&d->line);
    jout_init(&j, &d->line, false);
    jout_object(&j, NULL);
    jout_u64(&j, "number", n->number);
    jout_num(&j, "due", seconds_of(n->due_ns));
    jout_num(&j, "end", seconds_of(n->end_ns));
    jout_str(&j, "arm", arm);
    jout_str(&j, "class", class_name);
    jout_str(&j, "outcome", outcome_rows[n->outcome].name);
    jout_u64(&j, "http", n->http);
    jout_u64(&j, "curl", n->curl);
    jout_str(&j, "provider_code", n->provider_code);
    jout_str(&j, "correlation_id", n->correlation_id);
    jout_str(&j, "request_id", n->request_id);
    jout_str(&j, "snippet", n->snippet);
    jout_end_object(&j);
    return append_line(d, RUNDIR_FAILURES, e);
}

int rundir_record(struct rundir *d, const struct sample *s, const char *arm,
                  const char *class_name, struct err *e)
{
    if (d->records == NULL || records_add(d->records, s, arm, class_name, e) == 0)
        return 0;
    return err_in(e, "%s", d->path);
}

/* The new manifest beside the old one, on the disk before it takes its place. */
static int write_manifest(struct rundir *d, const char *json, size_t length,
                          struct err *e)
{
    struct appendfile f;
    (void)unlinkat(d->dir_fd, MANIFEST_NEW, 0); /* of an attempt that failed */
    if (appendfile_create(&f, d->dir_fd, MANIFEST_NEW, e) != 0)
        return -1;
    int rc = appendfile_write(&f, json, length, e);
    if (rc == 0 && json[length - 1] != '\n')
        rc = appendfile_write(&f, "\n", 1, e);
    if (rc == 0)
        rc = appendfile_sync(&f, e);
    appendfile_close(&f);
    return rc;
}

static int sync_directory(struct rundir *d, struct err *e)
{
    if (fsync(d->dir_fd) != 0)
        return err_set_errno(e, errno, "cannot write %s to the disk", d->path);
    return 0;
}

int rundir_manifest(struct rundir *d, const char *json, size_t length, struct err *e)
{
    assert(length > 0);
    if (write_manifest(d, json, length, e) != 0) {
        (void)unlinkat(d->dir_fd, MANIFEST_NEW, 0); /* gives its space back */
        return err_in(e, "%s", d->path);
    }
    if (renameat(d->dir_fd, MANIFEST_NEW, d->dir_fd, RUNDIR_MANIFEST) != 0)
        return err_set_errno(e, errno, "%s: cannot replace run.json", d->path);
    return sync_directory(d, e);
}

int rundir_sync(struct rundir *d, struct err *e)
{
    int rc = d->records != NULL ? records_sync(d->records, e) : 0;
    for (unsigned i = 0; i < RUNDIR_FILES; i++)
        if (appendfile_sync(&d->files[i], e) != 0)
            rc = -1;
    return rc == 0 ? sync_directory(d, e) : err_in(e, "%s", d->path);
}
