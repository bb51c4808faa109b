/*
 * Reading a run directory. The two files that grow are streamed; only the
 * manifest is kept.
 */
#include "measure/runread.h"

#include "measure/rundir.h"
#include "measure/wholelines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MANIFEST_BYTES_MAX ((size_t)64 * 1024 * 1024)

const char *const run_status_names[5] = {
    [RUN_RUNNING] = "running",
    [RUN_COMPLETE] = "complete",
    [RUN_INTERRUPTED] = "interrupted",
    [RUN_ABORTED] = "aborted",
    NULL,
};

/* free() it. */
static char *path_in(const struct runread *r, const char *file)
{
    struct buf b;
    buf_init(&b, strlen(r->path) + strlen(file) + 1);
    buf_printf(&b, "%s/%s", r->path, file);
    char *path = buf_steal(&b);
    buf_release(&b);
    return path;
}

static int check_directory(const char *path, struct err *e)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return errno == ENOENT ? err_set(e, "%s: no such run directory", path)
                               : err_set_errno(e, errno, "%s", path);
    if (!S_ISDIR(facts.st_mode))
        return err_set(
            e,
            "%s: is no run directory but a file; percentiles of a summary or "
            "of another tool cannot be judged: that needs histograms",
            path);
    return 0;
}

static int check_manifest(struct runread *r, struct err *e)
{
    struct jnode root = jnode_root(r->manifest);
    uint64_t schema = 0;
    size_t status = 0;
    if (jnode_u64(&root, "schema", 1, UINT32_MAX, &schema, e) != 0)
        return -1;
    if (schema > RUNDIR_SCHEMA)
        return err_set(e, "schema: %" PRIu64 " is newer than %d: use a newer gust",
                       schema, RUNDIR_SCHEMA);
    if (jnode_choice(&root, "status", run_status_names, RUN_ABORTED + 1, &status, e) !=
        0)
        return -1;
    r->status = (enum run_status)status;
    return 0;
}

static int load_manifest(struct runread *r, struct err *e)
{
    struct stat facts;
    char *path = path_in(r, RUNDIR_MANIFEST);
    int rc = 0;
    if (stat(path, &facts) != 0 && errno == ENOENT)
        rc = err_set(e,
                     "%s: is no run directory: it has no run.json; percentiles of a "
                     "summary or of another tool cannot be judged: that needs "
                     "histograms",
                     r->path);
    else
        r->manifest = json_load(path, MANIFEST_BYTES_MAX, e);
    if (r->manifest == NULL)
        rc = -1;
    else if (check_manifest(r, e) != 0)
        rc = err_in(e, "%s", path);
    free(path);
    return rc;
}

static int count_torn(struct runread *r, struct err *e)
{
    int rc = 0;
    for (unsigned i = 0; i < RUNDIR_FILES && rc == 0; i++) {
        bool is_torn = false;
        char *path = path_in(r, rundir_file_names[i]);
        rc = wholelines_torn(path, &is_torn, e);
        r->torn_lines += is_torn;
        free(path);
    }
    return rc;
}

struct runread *runread_open(const char *path, struct err *e)
{
    if (check_directory(path, e) != 0)
        return NULL;
    struct runread *r = xcalloc(1, sizeof *r);
    r->path = xstrdup(path);
    if (load_manifest(r, e) == 0 && count_torn(r, e) == 0)
        return r;
    runread_close(r);
    return NULL;
}

void runread_close(struct runread *r)
{
    if (r == NULL)
        return;
    if (r->manifest != NULL)
        json_decref(r->manifest);
    free(r->path);
    free(r);
}

/* What is done with each line: 1 go on, 0 stop, -1 bad line. */
typedef int (*line_action)(void *context, const char *line, size_t length,
                           struct err *e);

static int each_line(struct runread *r, const char *file, line_action action,
                     void *context, struct err *e)
{
    char *path = path_in(r, file);
    struct wholelines lines;
    const char *line;
    size_t length;
    int rc = 1;
    if (wholelines_open(&lines, path, e) != 0) {
        rc = -1;
        goto out;
    }
    while (rc > 0) {
        enum wholelines_status status = wholelines_next(&lines, &line, &length, e);
        if (status == WHOLELINES_END)
            break;
        if (status == WHOLELINES_BAD)
            lines.number++;
        rc = status == WHOLELINES_BAD ? -1 : action(context, line, length, e);
    }
    if (rc < 0)
        rc = err_in(e, "%s line %" PRIu64, path, lines.number);
out:
    wholelines_release(&lines);
    free(path);
    return rc < 0 ? -1 : 0;
}

struct log_context {
    struct hlog_decoder *decoder;
    uint32_t metric_mask;
    runread_bins visit;
    void *context;
};

static int log_line(void *context, const char *line, size_t length, struct err *e)
{
    struct log_context *c = context;
    struct hlog_entry entry;
    struct series_name name;
    const struct hist_bin *bins;
    size_t n;
    enum hlog_status status = hlog_parse(line, length, &entry, e);
    if (status != HLOG_ENTRY)
        return status == HLOG_COMMENT ? 1 : -1;
    if (entry.tag == NULL)
        return err_set(e, "tag: is missing");
    if (series_parse(entry.tag, entry.tag_length, &name, e) != 0)
        return -1;
    if ((c->metric_mask >> name.metric & 1) == 0)
        return 1;
    if (hlog_decode(c->decoder, entry.payload, entry.payload_length, &bins, &n, e) != 0)
        return -1;
    return c->visit(c->context, &name, entry.start_ns, bins, n) ? 1 : 0;
}

int runread_log(struct runread *r, uint32_t metric_mask, runread_bins visit,
                void *context, struct err *e)
{
    struct log_context c = {hlog_decoder_new(), metric_mask, visit, context};
    int rc = each_line(r, rundir_file_names[RUNDIR_HLOG], log_line, &c, e);
    hlog_decoder_free(c.decoder);
    return rc;
}

struct object_context {
    runread_object visit;
    void *context;
};

static int object_line(void *context, const char *line, size_t length, struct err *e)
{
    const struct object_context *c = context;
    json_t *object = json_parse(line, length, e);
    if (object == NULL)
        return -1;
    int rc = json_is_object(object) ? c->visit(c->context, object) ? 1 : 0
                                    : err_set(e, "is no object");
    json_decref(object);
    return rc;
}

int runread_lines(struct runread *r, const char *file, runread_object visit,
                  void *context, struct err *e)
{
    struct object_context c = {visit, context};
    return each_line(r, file, object_line, &c, e);
}
