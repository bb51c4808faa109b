/*
 * The run directory on a disk that is fine and on one that is full: nothing is
 * overwritten, no line is ever cut, and what was written stays readable.
 */
#define _GNU_SOURCE /* unshare */
#include "base/json.h"
#include "check.h"
#include "measure/rundir.h"
#include "scratch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zstd.h>

#define WALL_NS INT64_C(1441812279474000000) /* 2015-09-09 15:24:39 UTC */

static struct rundir *make(struct scratch *s, bool has_records)
{
    struct err e = {0};
    struct rundir *d =
        rundir_create(scratch_path(s, "run"), "x", WALL_NS, has_records, &e);
    CHECK_STR(e.text, "");
    return d;
}

static void check_file(struct scratch *s, const char *name, const char *expected)
{
    size_t length = 0;
    char *text = scratch_read(scratch_path(s, name), &length);
    CHECK_STR(text, expected);
    free(text);
}

static void parents_are_made_and_runs_kept(void)
{
    struct scratch s = scratch_new();
    struct err e = {0};
    char path[600];
    (void)snprintf(path, sizeof path, "%s", scratch_path(&s, "a/b/run"));
    struct rundir *d = rundir_create(path, "x", WALL_NS, false, &e);
    CHECK_STR(rundir_path(d), path);
    CHECK_INT(rundir_append(d, RUNDIR_HLOG, "first\n", 6, &e), 0);
    rundir_close(d);
    CHECK(rundir_create(path, "x", WALL_NS, false, &e) == NULL);
    CHECK(strstr(e.text, "a/b/run: exists already; results are never overwritten"));
    check_file(&s, "a/b/run/latency.hlog", "first\n");
    check_file(&s, "a/b/run/intervals.jsonl", "");
    CHECK(access(scratch_path(&s, "a/b/run/requests.csv.zst"), F_OK) != 0);
    rundir_close(NULL);
    scratch_remove(&s);
}

static void unusable_paths_say_why(void)
{
    struct scratch s = scratch_new();
    struct err e = {0};
    scratch_write(scratch_path(&s, "file"), "", 0);
    CHECK(rundir_create(scratch_path(&s, "file/run"), "x", 0, false, &e) == NULL);
    CHECK(strstr(e.text, "cannot make directory") && strstr(e.text, "Not a directory"));
    err_clear(&e);
    CHECK(rundir_create(scratch_path(&s, "file"), "x", 0, false, &e) == NULL);
    CHECK(strstr(e.text, "exists already"));
    scratch_remove(&s);
}

static void default_names_are_dated(void)
{
    struct scratch s = scratch_new();
    struct err e = {0};
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(chdir(s.path), 0);
    struct rundir *first = rundir_create("", "my chat", WALL_NS, false, &e);
    struct rundir *second = rundir_create(NULL, "my chat", WALL_NS, false, &e);
    CHECK_STR(rundir_path(first), "runs/20150909-152439-my_chat");
    CHECK_STR(rundir_path(second), "runs/20150909-152439-my_chat-2");
    rundir_close(first);
    rundir_close(second);
    CHECK_INT(fchdir(here), 0);
    (void)close(here);
    scratch_remove(&s);
}

static void manifest_is_replaced_whole(void)
{
    struct scratch s = scratch_new();
    struct rundir *d = make(&s, false);
    struct err e = {0};
    CHECK_INT(rundir_manifest(d, "{\"a\":1}", 7, &e), 0);
    check_file(&s, "run/run.json", "{\"a\":1}\n");
    CHECK_INT(rundir_manifest(d, "{}\n", 3, &e), 0);
    check_file(&s, "run/run.json", "{}\n");
    CHECK(access(scratch_path(&s, "run/run.json.new"), F_OK) != 0);
    CHECK_INT(rundir_sync(d, &e), 0);
    rundir_close(d);
    scratch_remove(&s);
}

static void events_are_json(void)
{
    struct scratch s = scratch_new();
    struct rundir *d = make(&s, false);
    struct err e = {0};
    CHECK_INT(rundir_event(d, 1500 * NS_PER_MS, "phase", "a \"b\"\n", &e), 0);
    CHECK_INT(rundir_event(d, -NS_PER_S, "start", "", &e), 0);
    check_file(&s, "run/events.jsonl",
               "{\"t\":1.5,\"kind\":\"phase\",\"text\":\"a \\\"b\\\"\\n\"}\n"
               "{\"t\":-1,\"kind\":\"start\",\"text\":\"\"}\n");
    char *long_text = calloc(1, 100001);
    memset(long_text, 1, 100000);
    CHECK_INT(rundir_event(d, 0, "warning", long_text, &e), 0); /* cut, not refused */
    free(long_text);
    rundir_close(d);
    scratch_remove(&s);
}

static void failures_are_a_bounded_sample(void)
{
    struct scratch s = scratch_new();
    struct rundir *d = make(&s, false);
    struct err e = {0};
    struct failure_note n = {.number = 7,
                             .due_ns = 2 * NS_PER_S,
                             .end_ns = 3 * NS_PER_S,
                             .http = 429,
                             .outcome = OUTCOME_RATE_LIMITED,
                             .provider_code = "1300",
                             .correlation_id = "abc",
                             .snippet = "{\"message\":\"slow\xff\"}"};
    for (unsigned i = 0; i < 50; i++)
        CHECK_INT(rundir_failure(d, &n, "main", "chat", &e), 0);
    n.outcome = OUTCOME_RESET;
    CHECK_INT(rundir_failure(d, &n, "main", "chat", &e), 0);
    rundir_close(d);
    size_t length = 0, lines = 0;
    char *text = scratch_read(scratch_path(&s, "run/failures.jsonl"), &length);
    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    CHECK_INT(lines, 21);
    json_t *o = json_parse(text, strcspn(text, "\n"), &e);
    CHECK_STR(json_string_value(json_object_get(o, "outcome")), "rate_limited_429");
    CHECK_STR(json_string_value(json_object_get(o, "arm")), "main");
    CHECK_STR(json_string_value(json_object_get(o, "snippet")),
              "{\"message\":\"slow\xef\xbf\xbd\"}");
    CHECK_INT(json_integer_value(json_object_get(o, "http")), 429);
    json_decref(o);
    free(text);
    scratch_remove(&s);
}

static void check_ends_whole(struct scratch *s, const char *name, size_t expected)
{
    size_t length = 0;
    char *text = scratch_read(scratch_path(s, name), &length);
    CHECK_INT(length, expected);
    CHECK(length == 0 || text[length - 1] == '\n');
    free(text);
}

/* The limit of a file's size stands for the full disk: it works for every user. */
static void limited_file_keeps_whole_lines(void)
{
    struct scratch s = scratch_new();
    struct rundir *d = make(&s, false);
    struct err e = {0};
    struct rlimit before, limit;
    char line[400];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    (void)signal(SIGXFSZ, SIG_IGN);
    CHECK_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1000;
    CHECK_INT(rundir_manifest(d, "{\"old\":1}\n", 10, &e), 0);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CHECK_INT(rundir_append(d, RUNDIR_INTERVALS, line, sizeof line, &e), 0);
    CHECK_INT(rundir_append(d, RUNDIR_INTERVALS, line, sizeof line, &e), 0);
    CHECK_INT(rundir_append(d, RUNDIR_INTERVALS, line, sizeof line, &e), -1);
    CHECK(strstr(e.text, "/run: cannot write intervals.jsonl: File too large"));
    check_ends_whole(&s, "run/intervals.jsonl", 800);
    err_clear(&e);
    CHECK_INT(rundir_append(d, RUNDIR_INTERVALS, "short\n", 6, &e), 0);
    check_ends_whole(&s, "run/intervals.jsonl", 806);
    char big[2000] = "";
    memset(big, ' ', sizeof big);
    CHECK_INT(rundir_manifest(d, big, sizeof big, &e), -1);
    check_file(&s, "run/run.json", "{\"old\":1}\n"); /* the last good one stays */
    CHECK(access(scratch_path(&s, "run/run.json.new"), F_OK) != 0);
    CHECK_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
    err_clear(&e);
    CHECK_INT(rundir_append(d, RUNDIR_INTERVALS, line, sizeof line, &e), 0);
    check_ends_whole(&s, "run/intervals.jsonl", 1206);
    rundir_close(d);
    scratch_remove(&s);
}

/* A disk of 64 KiB, in a mount namespace that vanishes with this process. */
static bool mount_small_disk(const char *path)
{
    return unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0;
}

static void fill_small_disk(struct scratch *s)
{
    struct rundir *d = make(s, true);
    struct err e = {0};
    char line[1000];
    size_t written = 0;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    CHECK_INT(rundir_manifest(d, "{}\n", 3, &e), 0);
    while (written < 100 &&
           rundir_append(d, RUNDIR_INTERVALS, line, sizeof line, &e) == 0)
        written++;
    CHECK(written > 10 && written < 65);
    CHECK(strstr(e.text, "cannot write intervals.jsonl: No space left on device"));
    check_ends_whole(s, "run/intervals.jsonl", written * sizeof line);
    err_clear(&e);
    (void)(rundir_manifest(d, line, sizeof line, &e) == 0); /* may fit or not */
    size_t length = 0;
    char *text = scratch_read(scratch_path(s, "run/run.json"), &length);
    CHECK(length == 3 || length == sizeof line);
    free(text);
    rundir_close(d);
}

static void full_disk_keeps_whole_lines(void)
{
    struct scratch s = scratch_new();
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (!mount_small_disk(s.path))
            _exit(77); /* only root may: the test above stands alone */
        fill_small_disk(&s);
        _exit(check_is_bad);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
    scratch_remove(&s);
}

/* All frames of a record file as text; free() it. */
static char *unpack(struct scratch *s, const char *name)
{
    size_t length = 0, cap = 1 << 22;
    char *packed = scratch_read(scratch_path(s, name), &length);
    char *text = calloc(1, cap);
    size_t n = ZSTD_decompress(text, cap - 1, packed, length); /* frame by frame */
    CHECK(!ZSTD_isError(n));
    text[ZSTD_isError(n) ? 0 : n] = '\0'; /* it scribbles behind the end */
    free(packed);
    return text;
}

static size_t count(const char *text, char what, const char *end)
{
    size_t n = 0;
    for (; *text != '\0' && text != end; text++)
        n += *text == what;
    return n;
}

static void records_have_the_columns_of_their_heading(void)
{
    struct scratch s = scratch_new();
    struct rundir *d = make(&s, true);
    struct err e = {0};
    struct sample sample = {.number = 3, .due_ns = -5, .outcome = OUTCOME_OK};
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        sample.value_ns[m] = SAMPLE_UNDEFINED;
    sample.value_ns[METRIC_TTFT] = INT64_MAX;
    CHECK_INT(rundir_record(d, &sample, "main", "chat", &e), 0);
    CHECK_INT(rundir_sync(d, &e), 0);
    char *text = unpack(&s, "run/requests.csv.zst"); /* readable before the close */
    char *row = strchr(text, '\n') + 1;
    CHECK_INT(strncmp(text, "arm,class,outcome,number,due_ns,end_ns,", 39), 0);
    CHECK_INT(strncmp(row, "main,chat,ok,3,-5,0,", 20), 0);
    CHECK(strstr(row, ",9223372036854775807,,") != NULL);
    CHECK_INT(count(row, ',', NULL), count(text, ',', row));
    CHECK(strstr(text, ",ttft_ns,") != NULL && strstr(text, "gap") == NULL);
    free(text);
    rundir_close(d);
    scratch_remove(&s);
}

/* A killed run has lost the rows of the last frame, but no frame is cut. */
static void records_are_whole_frames(void)
{
    struct scratch s = scratch_new();
    struct rundir *d = make(&s, true);
    struct err e = {0};
    struct sample sample = {.outcome = OUTCOME_RESET};
    for (uint64_t i = 0; i < 10000; i++) {
        sample.number = i;
        CHECK_INT(rundir_record(d, &sample, "main", "chat", &e), 0);
    }
    char *text = unpack(&s, "run/requests.csv.zst");
    size_t rows = count(text, '\n', NULL) - 1;
    CHECK(rows > 5000 && rows < 10000);
    free(text);
    rundir_close(d);
    text = unpack(&s, "run/requests.csv.zst");
    CHECK_INT(count(text, '\n', NULL), 10001);
    CHECK(strstr(text, "\nmain,chat,reset,9999,") != NULL);
    free(text);
    scratch_remove(&s);
}

static void no_records_unless_asked(void)
{
    struct scratch s = scratch_new();
    struct rundir *d = make(&s, false);
    struct err e = {0};
    struct sample sample = {0};
    CHECK_INT(rundir_record(d, &sample, "main", "chat", &e), 0);
    CHECK_INT(rundir_sync(d, &e), 0);
    rundir_close(d);
    scratch_remove(&s);
}

int main(void)
{
    RUN(parents_are_made_and_runs_kept);
    RUN(unusable_paths_say_why);
    RUN(default_names_are_dated);
    RUN(manifest_is_replaced_whole);
    RUN(events_are_json);
    RUN(failures_are_a_bounded_sample);
    RUN(limited_file_keeps_whole_lines);
    RUN(full_disk_keeps_whole_lines);
    RUN(records_have_the_columns_of_their_heading);
    RUN(records_are_whole_frames);
    RUN(no_records_unless_asked);
    return check_report();
}
