/*
 * Reading run directories: what was written comes back, a torn end is tolerated,
 * and everything else that is wrong is named with file and line.
 */
#include "base/buf.h"
#include "check.h"
#include "measure/rundir.h"
#include "measure/runread.h"
#include "scratch.h"

static const char manifest[] = "{\"schema\":1,\"status\":\"complete\",\"x\":[1,2]}";

/* A run with the given files; NULL: as the writer makes them, empty. */
struct files {
    const char *manifest, *hlog, *intervals;
};

static void write_run(struct scratch *s, const struct files *files)
{
    struct err e = {0};
    struct rundir *d = rundir_create(scratch_path(s, "run"), "x", 0, false, &e);
    CHECK_STR(e.text, "");
    rundir_close(d);
    if (files->manifest != NULL)
        scratch_write(scratch_path(s, "run/run.json"), files->manifest,
                      strlen(files->manifest));
    if (files->hlog != NULL)
        scratch_write(scratch_path(s, "run/latency.hlog"), files->hlog,
                      strlen(files->hlog));
    if (files->intervals != NULL)
        scratch_write(scratch_path(s, "run/intervals.jsonl"), files->intervals,
                      strlen(files->intervals));
}

/* A log of three series, two seconds each: the count tells which it is. */
static void make_log(struct buf *out)
{
    static const char *const tags[] = {"main/chat/p20/ttft", "main/chat/all/gap",
                                       "~canary/rag/all/failure"};
    struct hlog_encoder *encoder = hlog_encoder_new();
    buf_init(out, 1 << 20);
    hlog_header(out, "gust test", 0);
    for (unsigned second = 0; second < 2; second++) {
        for (unsigned i = 0; i < ARRAY_LEN(tags); i++) {
            struct hist_bin bin = {100 + i, 10 * second + i + 1};
            hlog_line(encoder, out, tags[i], second * NS_PER_S, NS_PER_S, &bin, 1);
        }
    }
    hlog_encoder_free(encoder);
}

/* What a visitor saw: one character string per line, and when it stops. */
struct seen {
    struct buf text;
    unsigned left; /* lines until it stops */
};

static bool see_bins(void *context, const struct series_name *name, int64_t start_ns,
                     const struct hist_bin *bins, size_t n)
{
    struct seen *seen = context;
    buf_printf(&seen->text, "%s%.*s %.*s %d %s %d: %zu x %u %u\n",
               name->is_measured ? "" : "~", (int)name->arm_length, name->arm,
               (int)name->class_length, name->class_name, name->stratum,
               metric_rows[name->metric].name, (int)(start_ns / NS_PER_S), n,
               bins[0].slot, (unsigned)bins[0].count);
    return --seen->left > 0;
}

static void log_comes_back(void)
{
    static const struct {
        const char *name;
        uint32_t mask;
        unsigned stop_after;
        const char *expected;
    } rows[] = {
        {"one metric", 1u << METRIC_GAP, 99,
         "main chat -1 gap 0: 1 x 101 2\nmain chat -1 gap 1: 1 x 101 12\n"},
        {"two metrics", 1u << METRIC_TTFT | 1u << METRIC_FAILURE, 99,
         "main chat 20 ttft 0: 1 x 100 1\n~canary rag -1 failure 0: 1 x 102 3\n"
         "main chat 20 ttft 1: 1 x 100 11\n~canary rag -1 failure 1: 1 x 102 13\n"},
        {"stopped", UINT32_MAX, 2,
         "main chat 20 ttft 0: 1 x 100 1\nmain chat -1 gap 0: 1 x 101 2\n"},
        {"none", 0, 99, ""},
    };
    struct scratch s = scratch_new();
    struct buf log;
    struct err e = {0};
    make_log(&log);
    write_run(&s, &(struct files){manifest, log.data, NULL});
    struct runread *r = runread_open(scratch_path(&s, "run"), &e);
    CHECK(r != NULL && r->status == RUN_COMPLETE && r->torn_lines == 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct seen seen = {.left = rows[i].stop_after};
        check_row = rows[i].name;
        buf_init(&seen.text, 4096);
        CHECK_INT(runread_log(r, rows[i].mask, see_bins, &seen, &e), 0);
        CHECK_STR(seen.text.data, rows[i].expected);
        buf_release(&seen.text);
    }
    CHECK_STR(e.text, "");
    runread_close(r);
    runread_close(NULL);
    buf_release(&log);
    scratch_remove(&s);
}

/* Cut at every byte: the whole lines come, the rest is one torn line. */
static void torn_end_is_dropped(void)
{
    struct scratch s = scratch_new();
    struct buf log;
    struct err e = {0};
    make_log(&log);
    write_run(&s, &(struct files){manifest, NULL, NULL});
    size_t lines = 0;
    for (size_t cut = 0; cut <= log.len; cut++) {
        bool is_whole = cut == 0 || log.data[cut - 1] == '\n';
        lines += cut > 0 && is_whole;
        if (!is_whole && cut % 7 != 0) /* a sample of them: it is about files */
            continue;
        scratch_write(scratch_path(&s, "run/latency.hlog"), log.data, cut);
        struct runread *r = runread_open(scratch_path(&s, "run"), &e);
        struct seen seen = {.left = 99};
        buf_init(&seen.text, 4096);
        CHECK_INT(r->torn_lines, !is_whole);
        CHECK_INT(runread_log(r, UINT32_MAX, see_bins, &seen, &e), 0);
        CHECK_INT(99 - seen.left, lines > 7 ? lines - 7 : 0); /* 7 are the header */
        buf_release(&seen.text);
        runread_close(r);
    }
    CHECK_STR(e.text, "");
    buf_release(&log);
    scratch_remove(&s);
}

static void bad_runs_are_refused(void)
{
    static const struct {
        const char *name, *manifest, *error;
    } rows[] = {
        {"no manifest", NULL, "/run: is no run directory: it has no run.json"},
        {"empty", "", "/run.json: line 1 column"},
        {"no json", "{", "/run.json: line 1 column 1"},
        {"no object", "[]", "/run.json: "},
        {"no schema", "{\"status\":\"running\"}", "schema"},
        {"newer", "{\"schema\":2,\"status\":\"running\"}",
         "/run.json: schema: 2 is newer than 1"},
        {"no status", "{\"schema\":1}", "status"},
        {"odd status", "{\"schema\":1,\"status\":\"done\"}", "status"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scratch s = scratch_new();
        struct err e = {0};
        check_row = rows[i].name;
        write_run(&s, &(struct files){rows[i].manifest, NULL, NULL});
        CHECK(runread_open(scratch_path(&s, "run"), &e) == NULL);
        if (strstr(e.text, rows[i].error) == NULL)
            CHECK_STR(e.text, rows[i].error);
        scratch_remove(&s);
    }
}

static void paths_that_are_no_runs(void)
{
    struct scratch s = scratch_new();
    struct err e = {0};
    CHECK(runread_open(scratch_path(&s, "none"), &e) == NULL);
    CHECK(strstr(e.text, "/none: no such run directory") != NULL);
    err_clear(&e);
    scratch_write(scratch_path(&s, "file"), "x", 1);
    CHECK(runread_open(scratch_path(&s, "file"), &e) == NULL);
    CHECK(strstr(e.text, "/file: is no run directory but a file") != NULL);
    err_clear(&e);
    write_run(&s, &(struct files){manifest, NULL, NULL});
    (void)unlink(scratch_path(&s, "run/latency.hlog"));
    CHECK(runread_open(scratch_path(&s, "run"), &e) == NULL);
    CHECK(strstr(e.text, "latency.hlog: No such file") != NULL);
    scratch_remove(&s);
}

static void bad_log_lines_are_named(void)
{
    static const struct {
        const char *name, *line, *error;
    } rows[] = {
        {"no fields", "hello", "/latency.hlog line 2: start: is not a number"},
        {"no tag", "0,1,1,HISTx", "line 2: tag: is missing"},
        {"odd tag", "Tag=a/b/gap,0,1,1,HISTx", "line 2: tag: a/b/gap is not <arm>/"},
        {"odd metric", "Tag=a/b/all/gip,0,1,1,HISTx", "line 2: tag: gip is no metric"},
        {"odd payload", "Tag=a/b/all/gap,0,1,1,HISTx",
         "line 2: payload: is not Base64"},
        {"zero byte", "Tag=a/b/all/gap,0,1,1,\x01", "line 2: payload: is not Base64"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scratch s = scratch_new();
        struct err e = {0};
        struct buf log;
        struct seen seen = {.left = 99};
        check_row = rows[i].name;
        buf_init(&log, 4096);
        buf_init(&seen.text, 4096);
        buf_printf(&log, "# comment\n%s\n", rows[i].line);
        write_run(&s, &(struct files){manifest, log.data, NULL});
        struct runread *r = runread_open(scratch_path(&s, "run"), &e);
        CHECK_INT(runread_log(r, 1u << METRIC_GAP, see_bins, &seen, &e), -1);
        if (strstr(e.text, rows[i].error) == NULL)
            CHECK_STR(e.text, rows[i].error);
        runread_close(r);
        buf_release(&seen.text);
        buf_release(&log);
        scratch_remove(&s);
    }
}

/* Other series are skipped undecoded: a bad payload there is not looked at. */
static void skipped_series_are_not_decoded(void)
{
    struct scratch s = scratch_new();
    struct err e = {0};
    struct seen seen = {.left = 99};
    write_run(&s, &(struct files){manifest, "Tag=a/b/all/gap,0,1,1,?\n", NULL});
    struct runread *r = runread_open(scratch_path(&s, "run"), &e);
    buf_init(&seen.text, 4096);
    CHECK_INT(runread_log(r, 1u << METRIC_TTFT, see_bins, &seen, &e), 0);
    CHECK_INT(runread_log(r, 1u << METRIC_GAP, see_bins, &seen, &e), -1);
    buf_release(&seen.text);
    runread_close(r);
    scratch_remove(&s);
}

static bool see_object(void *context, const json_t *object)
{
    struct seen *seen = context;
    const json_t *t = json_object_get(object, "t");
    buf_printf(&seen->text, "%d ", (int)json_integer_value(t));
    return --seen->left > 0;
}

static void objects_come_back(void)
{
    static const struct {
        const char *name, *lines;
        unsigned stop_after;
        int rc;
        const char *seen, *error;
    } rows[] = {
        {"two", "{\"t\":1}\n{\"t\":2}\n", 99, 0, "1 2 ", ""},
        {"torn", "{\"t\":1}\n{\"t\":", 99, 0, "1 ", ""},
        {"only torn", "{\"t\":1}", 99, 0, "", ""},
        {"stopped", "{\"t\":1}\n{\"t\":2}\n", 1, 0, "1 ", ""},
        {"broken", "{\"t\":1}\n{\"t\":\n", 99, -1, "1 ", "/intervals.jsonl line 2: "},
        {"empty line", "\n", 99, -1, "", "/intervals.jsonl line 1: "},
        {"no object", "{\"t\":1}\n[3]\n", 99, -1, "1 ", "line 2: is no object"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scratch s = scratch_new();
        struct err e = {0};
        struct seen seen = {.left = rows[i].stop_after};
        check_row = rows[i].name;
        buf_init(&seen.text, 4096);
        write_run(&s, &(struct files){manifest, NULL, rows[i].lines});
        struct runread *r = runread_open(scratch_path(&s, "run"), &e);
        CHECK_INT(runread_lines(r, "intervals.jsonl", see_object, &seen, &e),
                  rows[i].rc);
        CHECK_STR(seen.text.data, rows[i].seen);
        CHECK(e.is_set == (rows[i].rc != 0) && strstr(e.text, rows[i].error) != NULL);
        runread_close(r);
        buf_release(&seen.text);
        scratch_remove(&s);
    }
}

/* Lines longer than the first buffer make it grow; past the cap they are refused. */
static void long_lines(void)
{
    struct scratch s = scratch_new();
    struct err e = {0};
    struct seen seen = {.left = 99};
    struct buf lines;
    buf_init(&seen.text, 4096);
    buf_init(&lines, 32 << 20);
    for (unsigned i = 0; i < 3; i++)
        buf_printf(&lines, "{\"pad\":\"%*s\",\"t\":%u}\n", 700000, "", i);
    write_run(&s, &(struct files){manifest, NULL, lines.data});
    struct runread *r = runread_open(scratch_path(&s, "run"), &e);
    CHECK_INT(runread_lines(r, "intervals.jsonl", see_object, &seen, &e), 0);
    CHECK_STR(seen.text.data, "0 1 2 ");
    buf_printf(&lines, "%*s", 9 << 20, "");
    scratch_write(scratch_path(&s, "run/intervals.jsonl"), lines.data, lines.len);
    CHECK_INT(runread_lines(r, "intervals.jsonl", see_object, &seen, &e), -1);
    CHECK(strstr(e.text, "/intervals.jsonl line 4: longer than 8388608 bytes") != NULL);
    runread_close(r);
    buf_release(&lines);
    buf_release(&seen.text);
    scratch_remove(&s);
}

int main(void)
{
    RUN(log_comes_back);
    RUN(torn_end_is_dropped);
    RUN(bad_runs_are_refused);
    RUN(paths_that_are_no_runs);
    RUN(bad_log_lines_are_named);
    RUN(skipped_series_are_not_decoded);
    RUN(objects_come_back);
    RUN(long_lines);
    return check_report();
}
