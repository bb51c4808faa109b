/*
 * The record file. Columns are rows of a table of numbers, so that the heading
 * and the values cannot disagree; names and metrics follow them.
 */
#include "measure/records.h"

#include "base/buf.h"

#include <stdlib.h>
#include <zstd.h>

#define ZSTD_LEVEL 3
#define ROW_BYTES_MAX ((size_t)4096)

struct records {
    struct appendfile file;
    ZSTD_CCtx *zstd;
    struct buf rows;
    char *frame;
    size_t frame_cap;
};

/* Columns that are numbers: name in the heading, value of a sample. */
#define COLUMN_LIST(X)                                                                 \
    X("number", s->number)                                                             \
    X("due_ns", s->due_ns)                                                             \
    X("end_ns", s->end_ns)                                                             \
    X("phase", s->phase)                                                               \
    X("measured", s->is_measured)                                                      \
    X("stratum", s->stratum)                                                           \
    X("turn", s->turn)                                                                 \
    X("worker", s->worker)                                                             \
    X("http", s->http)                                                                 \
    X("curl", s->curl)                                                                 \
    X("attempts", s->attempts)                                                         \
    X("hidden_attempts", s->hidden_attempts)                                           \
    X("hedges", s->hedges)                                                             \
    X("good", s->is_good)                                                              \
    X("reused", s->was_reused)                                                         \
    X("prompt_asked", s->prompt_asked)                                                 \
    X("prompt_tokens", s->prompt_tokens)                                               \
    X("cached_tokens", s->cached_tokens)                                               \
    X("output_asked", s->output_asked)                                                 \
    X("output_tokens", s->output_tokens)                                               \
    X("token_source", s->token_source)                                                 \
    X("content_events", s->content_events)                                             \
    X("reads", s->reads)                                                               \
    X("short", s->is_short)                                                            \
    X("drift", s->has_drift)                                                           \
    X("decode_ns", s->decode_ns)

static void put_heading(struct buf *out)
{
    buf_puts(out, "arm,class,outcome");
#define HEADING(name, value) buf_puts(out, "," name);
    COLUMN_LIST(HEADING)
#undef HEADING
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (m != METRIC_GAP)
            buf_printf(out, ",%s_ns", metric_rows[m].name);
    buf_putc(out, '\n');
}

/* A comma and a number; a tenth of the cost of a format. */
static void put_number(struct buf *out, int64_t value)
{
    char text[24], *at = text + sizeof text;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        *--at = '-';
    *--at = ',';
    buf_append(out, at, (size_t)(text + sizeof text - at));
}

static void put_row(struct buf *out, const struct sample *s, const char *arm,
                    const char *class_name)
{
    buf_puts(out, arm);
    buf_putc(out, ',');
    buf_puts(out, class_name);
    buf_putc(out, ',');
    buf_puts(out, outcome_rows[s->outcome].name);
#define VALUE(name, value) put_number(out, (int64_t)(value));
    COLUMN_LIST(VALUE)
#undef VALUE
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        if (m == METRIC_GAP)
            continue;
        if (s->value_ns[m] == SAMPLE_UNDEFINED)
            buf_putc(out, ',');
        else
            put_number(out, s->value_ns[m]);
    }
    buf_putc(out, '\n');
}

struct records *records_create(int dir_fd, struct err *e)
{
    struct records *r = xcalloc(1, sizeof *r);
    if (appendfile_create(&r->file, dir_fd, RECORDS_NAME, e) != 0) {
        free(r);
        return NULL;
    }
    buf_init(&r->rows, RECORDS_FRAME + ROW_BYTES_MAX);
    put_heading(&r->rows);
    r->zstd = ZSTD_createCCtx();
    assert(r->zstd != NULL);
    r->frame_cap = ZSTD_compressBound(RECORDS_FRAME + ROW_BYTES_MAX);
    r->frame = xcalloc(r->frame_cap, 1);
    return r;
}

void records_free(struct records *r)
{
    if (r == NULL)
        return;
    free(r->frame);
    (void)ZSTD_freeCCtx(r->zstd); /* always 0 */
    buf_release(&r->rows);
    appendfile_close(&r->file);
    free(r);
}

int records_flush(struct records *r, struct err *e)
{
    if (r->rows.len == 0)
        return 0;
    size_t length = ZSTD_compressCCtx(r->zstd, r->frame, r->frame_cap, r->rows.data,
                                      r->rows.len, ZSTD_LEVEL);
    assert(!ZSTD_isError(length));
    buf_reset(&r->rows);
    return appendfile_write(&r->file, r->frame, length, e);
}

int records_add(struct records *r, const struct sample *s, const char *arm,
                const char *class_name, struct err *e)
{
    put_row(&r->rows, s, arm, class_name);
    assert(!r->rows.is_full);
    return r->rows.len < RECORDS_FRAME ? 0 : records_flush(r, e);
}

int records_sync(struct records *r, struct err *e)
{
    if (records_flush(r, e) != 0)
        return -1;
    return appendfile_sync(&r->file, e);
}
