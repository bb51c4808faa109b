/*
 * Client against server, joined: rows are matched by run, number and turn; what
 * cannot be matched is counted, not guessed.
 */
#include "fixtures/join.h"

#include "base/buf.h"
#include "scratch.h"

#include <zstd.h>

#define HEADING                                                                        \
    "arm,class,outcome,number,turn,hidden_attempts,output_tokens,decode_ns,"           \
    "ttft_sent_ns,e2e_sent_ns\n"
#define MANIFEST "{\"run_id\":\"c0ffee\"}\n"

/* A run directory and the truth beside it. */
struct world {
    struct scratch dir;
    char truth[512];
};

static void put(struct world *w, const char *name, const char *text)
{
    scratch_write(scratch_path(&w->dir, name), text, strlen(text));
}

/* Compresses text into frames of at most frame bytes, as a run does. */
static void put_records(struct world *w, const char *text, size_t frame)
{
    size_t length = strlen(text), cap = ZSTD_compressBound(length) + 1024, used = 0;
    char *out = calloc(1, cap);
    for (size_t at = 0; at < length; at += frame) {
        size_t n = length - at < frame ? length - at : frame;
        used += ZSTD_compress(out + used, cap - used, text + at, n, 3);
    }
    scratch_write(scratch_path(&w->dir, "requests.csv.zst"), out, used);
    free(out);
}

static void world_init(struct world *w, const char *records, const char *truth)
{
    w->dir = scratch_new();
    put(w, "run.json", MANIFEST);
    put_records(w, records, strlen(records));
    put(w, "truth.jsonl", truth);
    (void)snprintf(w->truth, sizeof w->truth, "%s", w->dir.joined);
}

#define SEEN_MAX 8

struct seen {
    struct joined rows[SEEN_MAX];
    size_t count;
};

static void keep(void *context, const struct joined *j)
{
    struct seen *s = context;
    if (s->count < SEEN_MAX)
        s->rows[s->count] = *j;
    s->count++;
}

static int join(struct world *w, struct seen *seen, struct join_counts *counts,
                struct err *e)
{
    *seen = (struct seen){0};
    return join_run(w->dir.path, w->truth, keep, seen, counts, e);
}

static const char truth[] =
    "{\"id\":null,\"status\":200,\"fault\":null,\"request_ns\":1}\n" /* calibration */
    "{\"id\":\"c0ffee-2.1\",\"status\":200,\"fault\":null,\"output_tokens\":9,"
    "\"request_ns\":1000,\"first_content_ns\":1500,\"last_content_ns\":4000}\n"
    "{\"id\":\"c0ffee-1.0\",\"status\":500,\"fault\":\"status\",\"output_tokens\":0,"
    "\"request_ns\":700,\"first_content_ns\":null,\"last_content_ns\":null}\n"
    "{\"id\":\"c0ffee93.0\",\"status\":200,\"fault\":null,\"request_ns\":1}\n"
    "{\"id\":\"0ther0-3.0\",\"status\":200,\"fault\":null,\"request_ns\":1}\n"
    "{\"id\":\"c0ffee-1.0\",\"status\":500,\"fault\":\"status\",\"request_ns\":800}\n";

static const char records[] =
    HEADING "target,chat,ok,2,1,1,9,2400,600,3000\n"
            "target,chat,shed,4,0,0,0,0,,\n" /* never sent: no row */
            "target,chat,server_500,1,0,0,0,0,,\n"
            "target,chat,ok,3,0,0,5,100,50,150\n" /* another run's truth */
            "target,chat,no_such_outcome,5,0,0,0,0,,\n";

static void rows_meet_their_truth(void)
{
    struct world w;
    struct seen seen;
    struct join_counts counts;
    struct err e = {0};
    world_init(&w, records, truth);
    CHECK_INT(join(&w, &seen, &counts, &e), 0);
    CHECK_STR(e.text, "");
    CHECK_INT(counts.records, 3);
    CHECK_INT(counts.matched, 2);
    CHECK_INT(counts.repeated, 1);
    CHECK_INT(seen.count, 2);
    const struct joined *ok = &seen.rows[0], *bad = &seen.rows[1];
    CHECK_INT(ok->number, 2);
    CHECK_INT(ok->outcome, OUTCOME_OK);
    CHECK_INT(ok->hidden_attempts, 1);
    CHECK_INT(ok->output_tokens, 9);
    CHECK_INT(ok->true_output_tokens, 9);
    CHECK_INT(ok->ttft_sent_ns, 600);
    CHECK_INT(ok->true_ttft_ns, 500);
    CHECK_INT(ok->e2e_sent_ns, 3000);
    CHECK_INT(ok->true_e2e_ns, 3000);
    CHECK_INT(ok->decode_ns, 2400);
    CHECK_INT(ok->true_decode_ns, 2500);
    CHECK_STR(ok->fault, "");
    CHECK_INT(bad->outcome, OUTCOME_SERVER_500);
    CHECK_STR(bad->fault, "status");
    CHECK_INT(bad->status, 500);
    CHECK_INT(bad->ttft_sent_ns, -1);
    CHECK_INT(bad->true_ttft_ns, -1);
    CHECK_INT(bad->true_decode_ns, -1);
    scratch_remove(&w.dir);
}

#define MANY 20000

static void count_only(void *context, const struct joined *j)
{
    *(uint64_t *)context += j->number;
}

/* More text than any buffer on the way, in frames as a run writes them: the end of
 * the last frame must not stay inside of the decompressor. */
static void long_files_are_read_to_their_end(void)
{
    static const size_t frames[] = {256 * 1024, 4096, 64u << 20};
    struct world w;
    struct buf rows, lines;
    buf_init(&rows, 64u << 20);
    buf_init(&lines, 64u << 20);
    buf_puts(&rows, HEADING);
    for (unsigned i = 0; i < MANY; i++) {
        buf_printf(&rows, "target,chat,ok,%u,0,0,9,2400,600,3000\n", i);
        buf_printf(&lines, "{\"id\":\"c0ffee-%u.0\",\"request_ns\":1}\n", i);
    }
    world_init(&w, HEADING, lines.data);
    for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
        struct join_counts counts;
        struct err e = {0};
        uint64_t sum = 0;
        put_records(&w, rows.data, frames[i]);
        CHECK_INT(join_run(w.dir.path, w.truth, count_only, &sum, &counts, &e), 0);
        CHECK_INT(counts.records, MANY);
        CHECK_INT(counts.matched, MANY);
        CHECK_INT(sum, (uint64_t)MANY * (MANY - 1) / 2);
    }
    buf_release(&rows);
    buf_release(&lines);
    scratch_remove(&w.dir);
}

/* The run was killed: its last frame is cut. What is whole is joined. */
static void a_cut_file_gives_what_is_whole(void)
{
    struct world w;
    struct seen seen;
    struct join_counts counts;
    struct err e = {0};
    size_t length = 0;
    world_init(&w, records, truth);
    put_records(&w, records, 110); /* the third frame begins within the fourth row */
    char *whole = scratch_read(scratch_path(&w.dir, "requests.csv.zst"), &length);
    scratch_write(scratch_path(&w.dir, "requests.csv.zst"), whole, length - 50);
    free(whole);
    CHECK_INT(join(&w, &seen, &counts, &e), 0);
    CHECK_INT(counts.records, 2);
    scratch_remove(&w.dir);
}

static const struct {
    const char *name, *file, *text, *error;
} broken[] = {
    {"no manifest", "run.json", "", "run.json"},
    {"no id", "run.json", "{}", "has no run_id"},
    {"odd truth", "truth.jsonl", "{\"id\":\"c0ffee-1.0\"}\nnonsense\n", "line 2"},
    {"odd records", "requests.csv.zst", "this is no zstd", "requests.csv.zst"},
    {"empty records", "requests.csv.zst", "", "is empty"},
};

static void errors_name_the_file(void)
{
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct world w;
        struct seen seen;
        struct join_counts counts;
        struct err e = {0};
        world_init(&w, records, truth);
        put(&w, broken[i].file, broken[i].text);
        check_row = broken[i].name;
        CHECK_INT(join(&w, &seen, &counts, &e), -1);
        CHECK(strstr(e.text, broken[i].error) != NULL);
        CHECK_INT(seen.count, 0);
        scratch_remove(&w.dir);
    }
}

static void a_missing_column_is_named(void)
{
    struct world w;
    struct seen seen;
    struct join_counts counts;
    struct err e = {0};
    world_init(&w, "arm,class,outcome,number\ntarget,chat,ok,1\n", truth);
    CHECK_INT(join(&w, &seen, &counts, &e), -1);
    CHECK(strstr(e.text, "has no column turn") != NULL);
    scratch_remove(&w.dir);
}

static void missing_files_are_said(void)
{
    struct world w;
    struct seen seen;
    struct join_counts counts;
    struct err e = {0};
    world_init(&w, records, truth);
    CHECK_INT(unlink(scratch_path(&w.dir, "requests.csv.zst")), 0);
    CHECK_INT(join(&w, &seen, &counts, &e), -1);
    CHECK(strstr(e.text, "was --records given?") != NULL);
    CHECK_INT(unlink(w.truth), 0);
    err_clear(&e);
    CHECK_INT(join(&w, &seen, &counts, &e), -1);
    CHECK(strstr(e.text, "truth.jsonl") != NULL);
    scratch_remove(&w.dir);
}

static void without_any_truth_nothing_matches(void)
{
    struct world w;
    struct seen seen;
    struct join_counts counts;
    struct err e = {0};
    world_init(&w, records, "");
    CHECK_INT(join(&w, &seen, &counts, &e), 0);
    CHECK_INT(counts.records, 3);
    CHECK_INT(counts.matched, 0);
    scratch_remove(&w.dir);
}

int main(void)
{
    RUN(rows_meet_their_truth);
    RUN(long_files_are_read_to_their_end);
    RUN(a_cut_file_gives_what_is_whole);
    RUN(errors_name_the_file);
    RUN(a_missing_column_is_named);
    RUN(missing_files_are_said);
    RUN(without_any_truth_nothing_matches);
    return check_report();
}
