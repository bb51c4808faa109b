/* The journal of a capacity search; see journal.h. */
#include "judge/journal.h"

#include "base/jout.h"
#include "base/json.h"
#include "measure/appendfile.h"
#include "measure/wholelines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES_MAX (1u << 20)
#define PATH_BYTES 4096

struct journal {
    struct appendfile file;
};

static int open_folder(const char *dir, struct err *e)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot open %s", dir);
    return fd;
}

/* The line and its newline, on the disk. */
static int append_line(struct journal *j, struct buf *line, struct err *e)
{
    buf_putc(line, '\n');
    if (line->is_full)
        return err_set(e, "a line of %s is too long", JOURNAL_FILE);
    if (appendfile_write(&j->file, line->data, line->len, e) < 0)
        return -1;
    return appendfile_sync(&j->file, e);
}

static void write_facts(const char *started, const struct journal_fact *facts, size_t n,
                        struct buf *out)
{
    struct jout j;
    jout_init(&j, out, false);
    jout_object(&j, NULL);
    jout_u64(&j, "schema", CAPACITY_SCHEMA);
    jout_str(&j, "kind", "search");
    jout_str(&j, "started", started);
    for (size_t i = 0; i < n; i++)
        jout_str(&j, facts[i].name, facts[i].value);
    jout_end_object(&j);
}

struct journal *journal_begin(const char *dir, const char *started,
                              const struct journal_fact *facts, size_t n, struct err *e)
{
    struct journal *j = xcalloc(1, sizeof *j);
    struct buf line;
    int dir_fd = open_folder(dir, e);
    int rc = dir_fd < 0 ? -1 : appendfile_create(&j->file, dir_fd, JOURNAL_FILE, e);
    if (rc < 0)
        j->file.fd = -1;
    buf_init(&line, LINE_BYTES_MAX);
    write_facts(started, facts, n, &line);
    if (rc == 0)
        rc = append_line(j, &line, e);
    buf_release(&line);
    if (dir_fd >= 0)
        (void)close(dir_fd);
    if (rc == 0)
        return j;
    journal_close(j);
    return NULL;
}

/* --- going on ------------------------------------------------------------------------ */

static int compare_facts(const struct jnode *root, const char *dir,
                         const struct journal_fact *facts, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        const char *then = NULL;
        if (jnode_string(root, facts[i].name, &then, e) < 0)
            return -1;
        if (strcmp(then, facts[i].value) != 0)
            return err_set(e, "%s was searched with %s \"%s\", not \"%s\"", dir,
                           facts[i].name, then, facts[i].value);
    }
    return 0;
}

static int read_facts(const char *text, size_t length, const char *dir,
                      const struct journal_fact *facts, size_t n, struct capacity *c,
                      struct err *e)
{
    json_t *document = json_parse(text, length, e);
    struct jnode root = jnode_root(document);
    uint64_t schema = 0;
    const char *started = NULL;
    int rc = -1;
    if (document == NULL)
        return -1;
    if (jnode_u64(&root, "schema", CAPACITY_SCHEMA, CAPACITY_SCHEMA, &schema, e) == 0 &&
        jnode_string(&root, "started", &started, e) == 0)
        rc = compare_facts(&root, dir, facts, n, e);
    if (rc == 0) {
        free(c->started);
        c->started = xstrdup(started);
    }
    json_decref(document);
    return rc;
}

static int read_trial(const char *text, size_t length, struct capacity *c,
                      struct err *e)
{
    struct capacity_point p;
    if (capacity_point_read(text, length, &p, e) < 0)
        return -1;
    return capacity_add(c, &p) ? 0
                               : err_set(e, "more than %d trials", CAPACITY_POINTS_MAX);
}

/* All whole lines; *good is their length together. */
static int read_lines(const char *path, const char *dir,
                      const struct journal_fact *facts, size_t n, struct capacity *c,
                      int64_t *good, struct err *e)
{
    struct wholelines lines = {.fd = -1};
    enum wholelines_status status = WHOLELINES_LINE;
    const char *text = NULL;
    size_t length = 0;
    *good = 0;
    if (wholelines_open(&lines, path, e) < 0)
        return -1;
    int rc = 0;
    while (rc == 0) {
        status = wholelines_next(&lines, &text, &length, e);
        if (status != WHOLELINES_LINE)
            break;
        rc = *good == 0 ? read_facts(text, length, dir, facts, n, c, e)
                        : read_trial(text, length, c, e);
        *good += (int64_t)length + 1;
    }
    if (rc < 0 || status == WHOLELINES_BAD)
        rc = err_in(e, "%s line %llu", path, (unsigned long long)lines.number);
    else if (*good == 0)
        rc = err_set(e, "%s: is empty", path);
    wholelines_release(&lines);
    return rc;
}

struct journal *journal_resume(const char *dir, const struct journal_fact *facts,
                               size_t n, struct capacity *c, struct err *e)
{
    char path[PATH_BYTES];
    int64_t good = 0;
    int length = snprintf(path, sizeof path, "%s/%s", dir, JOURNAL_FILE);
    if (length < 0 || length >= PATH_BYTES) {
        (void)err_set(e, "%s: the path is too long", dir);
        return NULL;
    }
    if (read_lines(path, dir, facts, n, c, &good, e) < 0)
        return NULL;
    struct journal *j = xcalloc(1, sizeof *j);
    int dir_fd = open_folder(dir, e);
    int rc =
        dir_fd < 0 ? -1 : appendfile_continue(&j->file, dir_fd, JOURNAL_FILE, good, e);
    if (dir_fd >= 0)
        (void)close(dir_fd);
    if (rc == 0)
        return j;
    free(j);
    return NULL;
}

int journal_append(struct journal *j, const struct capacity_point *p, size_t slo_count,
                   struct err *e)
{
    struct buf line;
    buf_init(&line, LINE_BYTES_MAX);
    capacity_point_write(p, slo_count, &line);
    int rc = append_line(j, &line, e);
    buf_release(&line);
    return rc;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    appendfile_close(&j->file);
    free(j);
}
