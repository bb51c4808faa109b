/*
 * Files of all shards, side by side; see merge_files.h.
 *
 * Seconds are counted from the run's t0, which is the same in every shard. Of each
 * file the lines of a second are read before any of the next: a line of the log
 * belongs to the next when it starts there, a line of intervals.jsonl when it follows
 * the first line that the collector writes of a second. Lines about earlier seconds
 * (a request stays in the second it was due) come whenever their requests ended;
 * they make lines of their own, which readers add up.
 */
#include "command/merge_files.h"

#include "command/linesum.h"
#include "measure/logsum.h"
#include "measure/series.h"
#include "measure/wholelines.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES ((size_t)16 * 1024)
#define BATCH_BYTES ((size_t)64 << 20)
#define EVENTS_MAX 500
#define FAILURES_PER_CLASS 20

/* One file of one shard, with the line that is next. */
struct stream {
    struct wholelines lines;
    const char *path;
    size_t shard; /* in the set */
    const char *line;
    size_t length;
    bool has_line, opens; /* a second: no line before it is of a later one */
    int64_t t_ns;
};

struct streams {
    struct stream *items;
    size_t count;
};

/* What is done with lines: look fills t_ns and opens, take adds, flush writes. */
struct merger {
    const struct merge_set *set;
    struct rundir *out;
    struct logsum *log;
    struct linesum *lines;
    struct outliers *outliers;
    struct buf text;
    bool (*look)(struct stream *s, struct err *e);
    int (*take)(struct merger *m, const struct stream *s, struct err *e);
    int (*flush)(struct merger *m, struct err *e);
};

/* --- streams ----------------------------------------------------------------------- */

static int advance(const struct merger *m, struct stream *s, struct err *e)
{
    for (;;) {
        enum wholelines_status status =
            wholelines_next(&s->lines, &s->line, &s->length, e);
        s->has_line = status == WHOLELINES_LINE;
        if (status == WHOLELINES_END)
            return 0;
        bool is_wanted = status == WHOLELINES_LINE && m->look(s, e);
        if (e->is_set)
            return err_in(e, "%s line %" PRIu64, s->path, s->lines.number);
        if (is_wanted)
            return 0;
    }
}

static char *path_of(const struct merge_shard *s, enum rundir_file file)
{
    struct buf b;
    buf_init(&b, strlen(s->path) + 64);
    buf_printf(&b, "%s/%s", s->path, rundir_file_names[file]);
    char *path = buf_steal(&b);
    buf_release(&b);
    return path;
}

static int open_streams(const struct merger *m, enum rundir_file file,
                        struct streams *all, struct err *e)
{
    all->items = xcalloc(m->set->count, sizeof *all->items);
    for (size_t i = 0; i < m->set->count; i++) {
        if (!m->set->shards[i].is_used)
            continue;
        struct stream *s = &all->items[all->count++];
        s->shard = i;
        s->path = path_of(&m->set->shards[i], file);
        if (wholelines_open_small(&s->lines, s->path, BUFFER_BYTES, e) < 0 ||
            advance(m, s, e) < 0)
            return -1;
    }
    return 0;
}

static void close_streams(struct streams *all)
{
    for (size_t i = 0; i < all->count; i++) {
        wholelines_release(&all->items[i].lines);
        free((char *)(uintptr_t)all->items[i].path);
    }
    free(all->items);
    *all = (struct streams){0};
}

static bool is_later(const struct stream *s, int64_t t_ns)
{
    return s->opens && s->t_ns >= t_ns + NS_PER_S;
}

/* The next second that any stream has a line of, INT64_MAX at the end. */
static int64_t next_second(const struct streams *all, int64_t t_ns)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < all->count; i++) {
        const struct stream *s = &all->items[i];
        if (s->has_line && s->t_ns < next_ns)
            next_ns = s->t_ns;
    }
    if (next_ns != INT64_MAX && next_ns < t_ns + NS_PER_S)
        next_ns = t_ns + NS_PER_S;
    return next_ns;
}

static int merge_second(struct merger *m, struct streams *all, int64_t t_ns,
                        struct err *e)
{
    for (size_t i = 0; i < all->count; i++) {
        struct stream *s = &all->items[i];
        while (s->has_line && !is_later(s, t_ns)) {
            if (m->take(m, s, e) < 0)
                return err_in(e, "%s line %" PRIu64, s->path, s->lines.number);
            if (advance(m, s, e) < 0)
                return -1;
        }
    }
    return m->flush(m, e);
}

static int merge_streams(struct merger *m, enum rundir_file file, struct err *e)
{
    struct streams all = {0};
    int rc = open_streams(m, file, &all, e);
    int64_t t_ns = 0;
    while (rc == 0 && t_ns != INT64_MAX) {
        rc = merge_second(m, &all, t_ns, e);
        t_ns = next_second(&all, t_ns);
    }
    close_streams(&all);
    return rc;
}

/* --- latency.hlog -------------------------------------------------------------------- */

static bool look_log(struct stream *s, struct err *e)
{
    struct hlog_entry entry;
    if (hlog_parse(s->line, s->length, &entry, e) != HLOG_ENTRY)
        return false;
    s->t_ns = entry.start_ns;
    s->opens = true;
    return true;
}

static int flush_log(struct merger *m, struct err *e)
{
    buf_reset(&m->text);
    logsum_write(m->log, &m->text);
    if (m->text.is_full)
        return err_set(e, "latency.hlog: one second has more than 64 MiB");
    return rundir_append(m->out, RUNDIR_HLOG, m->text.data, m->text.len, e);
}

static int take_log(struct merger *m, const struct stream *s, struct err *e)
{
    struct hlog_entry entry;
    struct series_name name;
    const struct hist_bin *bins;
    size_t n;
    enum hlog_status status = hlog_parse(s->line, s->length, &entry, e);
    assert(status == HLOG_ENTRY); /* look_log has seen it */
    if (entry.tag == NULL)
        return err_set(e, "tag: is missing");
    if (series_parse(entry.tag, entry.tag_length, &name, e) < 0 ||
        logsum_add(m->log, &entry, &bins, &n, e) < 0)
        return -1;
    outliers_add(m->outliers, s->shard, &name, bins, n);
    return logsum_is_full(m->log) ? flush_log(m, e) : 0;
}

/* --- intervals.jsonl ------------------------------------------------------------------- */

static bool look_lines(struct stream *s, struct err *e)
{
    if (linesum_look(s->line, s->length, &s->t_ns, &s->opens))
        return true;
    (void)err_set(e, "is no line of a run: it has no \"t\"");
    return false;
}

static int take_lines(struct merger *m, const struct stream *s, struct err *e)
{
    return linesum_add(m->lines, s->line, s->length, s->shard == m->set->first, e);
}

static int flush_lines(struct merger *m, struct err *e)
{
    buf_reset(&m->text);
    linesum_write(m->lines, &m->text);
    if (m->text.is_full)
        return err_set(e, "intervals.jsonl: one second has more than 64 MiB");
    return rundir_append(m->out, RUNDIR_INTERVALS, m->text.data, m->text.len, e);
}

/* --- events and failures ---------------------------------------------------------------- */

struct event {
    double t;
    char *kind, *text;
};

struct events {
    struct event items[EVENTS_MAX];
    size_t count, left_out;
};

/* Every shard has these; the merged run has one of each. */
static bool is_usual(const char *kind)
{
    static const char *const usual[] = {"start", "phase", "drain", "end"};
    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        if (strcmp(kind, usual[i]) == 0)
            return true;
    return false;
}

static void add_event(struct events *all, const struct merge_shard *s, bool is_first,
                      const json_t *line)
{
    const char *kind = json_string_value(json_object_get(line, "kind"));
    const char *said = json_string_value(json_object_get(line, "text"));
    struct buf text;
    if (kind == NULL || (is_usual(kind) && !is_first))
        return;
    if (all->count == EVENTS_MAX) {
        all->left_out++;
        return;
    }
    buf_init(&text, 1u << 16);
    buf_printf(&text, "%s%s%s", is_usual(kind) ? "" : s->name,
               is_usual(kind) ? "" : ": ", said ? said : "");
    all->items[all->count++] =
        (struct event){.t = json_number_value(json_object_get(line, "t")),
                       .kind = xstrdup(kind),
                       .text = buf_steal(&text)};
    buf_release(&text);
}

static int by_time(const void *a, const void *b)
{
    double x = ((const struct event *)a)->t, y = ((const struct event *)b)->t;
    return x < y ? -1 : x > y;
}

static int write_events(struct events *all, struct rundir *out, struct err *e)
{
    int rc = 0;
    char text[96];
    qsort(all->items, all->count, sizeof all->items[0], by_time);
    for (size_t i = 0; i < all->count; i++) {
        const struct event *event = &all->items[i];
        double t = event->t > 0 && event->t < 1e9 ? event->t : 0;
        if (rc == 0)
            rc = rundir_event(out, llround(t * 1e9), event->kind, event->text, e);
        free(event->kind);
        free(event->text);
    }
    if (rc < 0 || all->left_out == 0)
        return rc;
    (void)snprintf(text, sizeof text, "%zu further events stay with their shards",
                   all->left_out);
    return rundir_event(out, 0, "warning", text, e);
}

/* A bounded sample: of each class the first of the first shards that have any. */
static int add_failure(struct rundir *out, unsigned counts[OUTCOME_COUNT],
                       const json_t *line, const char *text, size_t length,
                       struct err *e)
{
    const char *name = json_string_value(json_object_get(line, "outcome"));
    enum outcome o = name != NULL ? outcome_find(name) : OUTCOME_COUNT;
    if (o >= OUTCOME_COUNT || counts[o] == FAILURES_PER_CLASS)
        return 0;
    counts[o]++;
    return rundir_append(out, RUNDIR_FAILURES, text, length, e);
}

static int each_small(const struct merger *m, enum rundir_file file,
                      struct events *events, struct err *e)
{
    unsigned counts[OUTCOME_COUNT] = {0};
    int rc = 0;
    for (size_t i = 0; i < m->set->count && rc == 0; i++) {
        struct wholelines lines;
        const char *line;
        size_t length;
        if (!m->set->shards[i].is_used)
            continue;
        char *path = path_of(&m->set->shards[i], file);
        rc = wholelines_open_small(&lines, path, BUFFER_BYTES, e);
        while (rc == 0 &&
               wholelines_next(&lines, &line, &length, e) == WHOLELINES_LINE) {
            json_t *object = json_parse(line, length, e);
            if (object == NULL)
                rc = err_in(e, "%s line %" PRIu64, path, lines.number);
            else if (file == RUNDIR_EVENTS)
                add_event(events, &m->set->shards[i], i == m->set->first, object);
            else
                rc = add_failure(m->out, counts, object, line, length + 1, e);
            json_decref(object);
        }
        wholelines_release(&lines);
        free(path);
    }
    return rc;
}

static int merge_small(struct merger *m, struct err *e)
{
    struct events *events = xcalloc(1, sizeof *events);
    int rc = each_small(m, RUNDIR_EVENTS, events, e);
    if (write_events(events, m->out, e) < 0 ||
        (rc == 0 && each_small(m, RUNDIR_FAILURES, events, e) < 0))
        rc = -1;
    free(events);
    return rc;
}

/* --- all of it ----------------------------------------------------------------------------- */

static int write_header(struct merger *m, int64_t t0_wall_ns, struct err *e)
{
    char tool[64];
    (void)snprintf(tool, sizeof tool, "gust %.40s", gust_version);
    buf_reset(&m->text);
    hlog_header(&m->text, tool, t0_wall_ns);
    return rundir_append(m->out, RUNDIR_HLOG, m->text.data, m->text.len, e);
}

int merge_files(const struct merge_set *set, struct rundir *out, int64_t t0_wall_ns,
                struct outliers *outliers, struct err *e)
{
    struct merger m = {.set = set,
                       .out = out,
                       .log = logsum_new(),
                       .lines = linesum_new(),
                       .outliers = outliers,
                       .look = look_log,
                       .take = take_log,
                       .flush = flush_log};
    buf_init(&m.text, BATCH_BYTES);
    int rc = write_header(&m, t0_wall_ns, e);
    if (rc == 0)
        rc = merge_streams(&m, RUNDIR_HLOG, e);
    m.look = look_lines;
    m.take = take_lines;
    m.flush = flush_lines;
    if (rc == 0)
        rc = merge_streams(&m, RUNDIR_INTERVALS, e);
    if (rc == 0)
        rc = merge_small(&m, e);
    logsum_free(m.log);
    linesum_free(m.lines);
    buf_release(&m.text);
    return rc;
}
