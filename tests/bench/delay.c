/*
 * How long after the server's own stamp a run's client saw its events:
 *
 *   delay RUN TRUTH
 *
 * For every stream that ended well the first and the last content event are
 * compared: time written, by the server, just before its write (TRUTH), and time
 * recorded (RUN/requests.csv.zst: due time plus latency, on the same clock). Prints
 * "name value" lines: n, first_us_p50, first_us_p99, last_..., gap_..., which is the
 * error of the time between the two, either way, and the share of stamps that came
 * from the kernel.
 */
#include "base/buf.h"
#include "base/json.h"
#include "measure/hist.h"
#include "measure/rundir.h"
#include "measure/runread.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define COLUMNS_MAX 64

/* One stream of the truth, by the number in its request id. */
struct truth {
    uint64_t number;
    int64_t first_ns, last_ns;
};

struct truths {
    struct truth *items;
    size_t count, cap;
};

struct delays {
    const struct truths *truths;
    int64_t t0_ns;
    struct hist *first, *last, *gap;
    uint64_t early; /* recorded before they were written: must not be */
};

static void fail(const char *what)
{
    fprintf(stderr, "delay: %s\n", what);
    exit(1);
}

/* --- the server's side ----------------------------------------------------------- */

/* Ids are "<run>-<number>.<turn>"; those of other runs are passed over. */
static void add_truth(struct truths *t, const json_t *object, const char *run_id)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    const json_t *first = json_object_get(object, "first_content_ns");
    const json_t *last = json_object_get(object, "last_content_ns");
    size_t n = strlen(run_id);
    if (id == NULL || strncmp(id, run_id, n) != 0 || id[n] != '-' ||
        !json_is_integer(first) || !json_is_integer(last))
        return;
    if (t->count == t->cap) {
        t->cap = t->cap == 0 ? 1024 : 2 * t->cap;
        t->items = xrealloc_array(t->items, t->cap, sizeof *t->items);
    }
    t->items[t->count++] =
        (struct truth){strtoull(id + n + 1, NULL, 10), json_integer_value(first),
                       json_integer_value(last)};
}

static int by_number(const void *a, const void *b)
{
    const struct truth *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static void read_truth(struct truths *t, const char *path, const char *run_id)
{
    struct err ignored = {0}; /* a line cut short is no truth */
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    while (f != NULL && getline(&line, &cap, f) > 0) {
        json_t *object = json_parse(line, strlen(line), &ignored);
        add_truth(t, object, run_id);
        json_decref(object);
    }
    free(line);
    if (f == NULL || t->count == 0)
        fail("no truth");
    (void)fclose(f); /* only read from */
    qsort(t->items, t->count, sizeof *t->items, by_number);
}

/* --- the client's side ------------------------------------------------------------- */

static void read_records(const char *run, struct buf *out)
{
    char path[4096], in[65536], text[65536];
    (void)snprintf(path, sizeof path, "%s/requests.csv.zst", run);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        fail("no records");
    ZSTD_DStream *stream = ZSTD_createDStream();
    for (size_t n = fread(in, 1, sizeof in, f); n > 0; n = fread(in, 1, sizeof in, f)) {
        ZSTD_inBuffer input = {in, n, 0};
        while (input.pos < input.size) {
            ZSTD_outBuffer output = {text, sizeof text, 0};
            if (ZSTD_isError(ZSTD_decompressStream(stream, &output, &input)))
                fail("broken records");
            buf_append(out, text, output.pos);
        }
    }
    ZSTD_freeDStream(stream);
    (void)fclose(f); /* only read from */
}

/* Cuts a line at its commas, in place. */
static size_t split(char *line, char *fields[COLUMNS_MAX])
{
    size_t n = 0;
    for (char *p = line; p != NULL && n < COLUMNS_MAX; n++) {
        fields[n] = p;
        p = strchr(p, ',');
        if (p != NULL)
            *p++ = '\0';
    }
    return n;
}

enum column { OUTCOME, NUMBER, DUE, TTFT, DECODE, COLUMN_COUNT };

static void find_columns(char *heading, size_t at[COLUMN_COUNT])
{
    static const char *const names[COLUMN_COUNT] = {"outcome", "number", "due_ns",
                                                    "ttft_ns", "decode_ns"};
    char *fields[COLUMNS_MAX];
    size_t n = split(heading, fields);
    for (size_t c = 0; c < COLUMN_COUNT; c++) {
        at[c] = 0;
        while (at[c] < n && strcmp(fields[at[c]], names[c]) != 0)
            at[c]++;
        if (at[c] == n)
            fail("records lack a column");
    }
}

static void add_delay(struct delays *d, struct hist *h, int64_t seen_ns,
                      int64_t true_ns)
{
    d->early += seen_ns < true_ns;
    if (seen_ns >= true_ns)
        (void)hist_record(h, hist_us(seen_ns - true_ns), 1);
}

static void add_line(struct delays *d, char *line, const size_t at[COLUMN_COUNT])
{
    char *fields[COLUMNS_MAX];
    size_t n = split(line, fields);
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        if (at[c] >= n || fields[at[c]][0] == '\0')
            return; /* not sent, or the last row of a run that was cut */
    struct truth key = {.number = strtoull(fields[at[NUMBER]], NULL, 10)};
    const struct truth *t =
        bsearch(&key, d->truths->items, d->truths->count, sizeof key, by_number);
    if (t == NULL || strcmp(fields[at[OUTCOME]], "ok") != 0)
        return;
    int64_t first_ns = d->t0_ns + strtoll(fields[at[DUE]], NULL, 10) +
                       strtoll(fields[at[TTFT]], NULL, 10);
    int64_t decode_ns = strtoll(fields[at[DECODE]], NULL, 10);
    add_delay(d, d->first, first_ns, t->first_ns);
    add_delay(d, d->last, first_ns + decode_ns, t->last_ns);
    (void)hist_record(d->gap, hist_us(llabs(decode_ns - (t->last_ns - t->first_ns))),
                      1);
}

static void add_records(struct delays *d, char *text)
{
    size_t at[COLUMN_COUNT];
    char *rest = NULL;
    char *line = strtok_r(text, "\n", &rest);
    if (line == NULL)
        fail("empty records");
    find_columns(line, at);
    for (line = strtok_r(NULL, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        add_line(d, line, at);
}

/* --- both -------------------------------------------------------------------------- */

static bool add_stamps(void *context, const json_t *object)
{
    uint64_t *counts = context;
    counts[0] += (uint64_t)json_integer_value(json_object_get(object, "stamps_kernel"));
    counts[1] += (uint64_t)json_integer_value(json_object_get(object, "stamps_loop"));
    return true;
}

static void print(const char *name, const struct hist *h)
{
    printf("%s_us_p50 %" PRId64 "\n%s_us_p99 %" PRId64 "\n", name,
           hist_percentile_us(h, 50), name, hist_percentile_us(h, 99));
}

int main(int argc, char **argv)
{
    struct err e = {0};
    struct truths truths = {0};
    struct delays d = {&truths, 0, hist_new(), hist_new(), hist_new(), 0};
    uint64_t stamps[2] = {0, 0};
    struct buf records;
    if (argc != 3)
        fail("usage: delay RUN TRUTH");
    struct runread *run = runread_open(argv[1], &e);
    if (run == NULL || runread_lines(run, rundir_file_names[RUNDIR_INTERVALS],
                                     add_stamps, stamps, &e) < 0)
        fail(e.text);
    d.t0_ns = json_integer_value(
        json_object_get(json_object_get(run->manifest, "t0"), "monotonic_ns"));
    buf_init(&records, (size_t)1 << 30);
    const char *run_id = json_string_value(json_object_get(run->manifest, "run_id"));
    read_truth(&truths, argv[2], run_id == NULL ? "" : run_id);
    read_records(argv[1], &records);
    add_records(&d, records.data);
    printf("n %" PRIu64 "\nearly %" PRIu64 "\nkernel_share %.4f\n", d.first->total,
           d.early,
           (double)stamps[0] / (double)(stamps[0] + stamps[1] + (stamps[0] == 0)));
    print("first", d.first);
    print("last", d.last);
    print("gap", d.gap);
    runread_close(run);
    buf_release(&records);
    free(truths.items);
    hist_free(d.first);
    hist_free(d.last);
    hist_free(d.gap);
    return 0;
}
