/*
 * Traces, read row by row; see trace.h.
 *
 * A cursor is a file position with the row it stands on. The reader is one; when
 * rows are spread, a second one, the scout, runs one step of the time grid ahead
 * and only counts: spread.h needs the number of rows of a step and no more, so
 * a burst of a million rows costs no memory. The same scout looks at the first
 * rows, before the first is handed out, to find the grid.
 *
 * Rows that go back in time by no more than a step (a second, without a grid)
 * are moved forward to the row before them; the file's order is always kept.
 * A row whose request failed when it was recorded (BurstGPT: 0 response tokens)
 * was load all the same: it is kept, and asks for one token.
 *
 * LIMIT: what is wrong with a row is found when it is reached, not before.
 */
#include "workload/trace.h"

#include "workload/lines.h"
#include "workload/spread.h"
#include "workload/trace_shape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DETECT_ROWS 4096
/* Bounds that keep every due time in 63 bits, whatever the file says. */
#define SPAN_MAX_NS (INT64_MAX / 128) /* 833 days */
#define SPREAD_MAX_NS (INT64_C(86400) * NS_PER_S)
#define SPEED_MIN 0.01
#define SPEED_MAX 1e9

struct cursor {
    struct lines lines;
    uint64_t rows; /* read so far */
    int64_t stamp_ns;
    uint32_t prompt_tokens, output_tokens;
    uint64_t *blocks; /* TRACE_BLOCKS_MAX */
    uint32_t block_count;
};

struct trace {
    char *path;
    struct trace_shape shape;
    double speed;
    uint64_t limit;
    uint64_t seed;
    struct cursor reader, scout;
    int64_t origin_ns;  /* stamp of the first row */
    int64_t latest_ns;  /* greatest offset so far */
    int64_t step_ns;    /* of spreading; 0: off */
    int64_t step;       /* number of the step the reader is in; -1: before all */
    uint64_t step_left; /* rows of it that are still to come */
    double place;       /* of the row before, within the step */
    int64_t scout_step; /* of the row the scout stands on */
    bool scout_has_row;
};

static int cursor_init(struct cursor *c, const char *path, struct err *e)
{
    if (lines_init(&c->lines, path, e) != 0)
        return -1;
    c->blocks = xcalloc(TRACE_BLOCKS_MAX, sizeof *c->blocks);
    return 0;
}

static void cursor_release(struct cursor *c)
{
    lines_release(&c->lines);
    free(c->blocks);
    c->blocks = NULL;
}

/* The next line that is not empty; returns as lines_next does. */
static int next_text(struct lines *l, char **line, struct err *e)
{
    size_t length = 0;
    int got = 1;
    while (got == 1 && length == 0)
        got = lines_next(l, line, &length, e);
    return got;
}

static int bad_value(const struct cursor *c, const struct trace_shape *shape,
                     enum trace_column column, struct field f, struct err *e)
{
    static const char *const expected[COLUMN_COUNT] = {
        [COLUMN_TIME] = "a time",
        [COLUMN_PROMPT] = "a number of tokens",
        [COLUMN_OUTPUT] = "a number of tokens",
        [COLUMN_BLOCKS] = "a list of at most 4096 block ids",
    };
    const char *name = shape->names[column];
    if (f.text == NULL)
        err_set(e, "column \"%s\" is missing", name);
    int shown = f.length > 80 ? 80 : (int)f.length;
    err_set(e, "column \"%s\": \"%.*s\" is not %s", name, shown, f.text ? f.text : "",
            expected[column]);
    return err_in(e, "row %" PRIu64 " (line %" PRIu64 ")", c->rows + 1,
                  c->lines.number);
}

static int parse_row(struct cursor *c, const struct trace_shape *shape,
                     const char *line, struct err *e)
{
    struct field f[COLUMN_COUNT];
    if (shape_fields(shape, line, f, e) != 0)
        return err_in(e, "row %" PRIu64 " (line %" PRIu64 ")", c->rows + 1,
                      c->lines.number);
    if (!value_time(f[COLUMN_TIME], shape->unit_ns, &c->stamp_ns))
        return bad_value(c, shape, COLUMN_TIME, f[COLUMN_TIME], e);
    if (!value_count(f[COLUMN_PROMPT], &c->prompt_tokens))
        return bad_value(c, shape, COLUMN_PROMPT, f[COLUMN_PROMPT], e);
    if (!value_count(f[COLUMN_OUTPUT], &c->output_tokens))
        return bad_value(c, shape, COLUMN_OUTPUT, f[COLUMN_OUTPUT], e);
    if (!value_blocks(f[COLUMN_BLOCKS], c->blocks, &c->block_count))
        return bad_value(c, shape, COLUMN_BLOCKS, f[COLUMN_BLOCKS], e);
    c->rows++;
    return 0;
}

static int cursor_next(struct cursor *c, const struct trace_shape *shape, struct err *e)
{
    char *line = NULL;
    int got = next_text(&c->lines, &line, e);
    if (got == 1 && parse_row(c, shape, line, e) != 0)
        return -1;
    return got;
}

/* To the first row: behind the header of a CSV file. */
static int cursor_rewind(struct cursor *c, const struct trace_shape *shape,
                         struct err *e)
{
    char *header = NULL;
    if (lines_rewind(&c->lines, e) != 0)
        return -1;
    c->rows = 0;
    if (!shape->is_json && next_text(&c->lines, &header, e) < 0)
        return -1;
    return 0;
}

/* Reads the shape off the first line, and skips a byte order mark. */
static int read_shape(struct trace *t, const struct trace_spec *spec, struct err *e)
{
    char *line = NULL;
    int got = next_text(&t->reader.lines, &line, e);
    if (got < 0)
        return -1;
    if (got == 0)
        return err_set(e, "the file is empty");
    if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3;
    return shape_detect(line, spec->format, spec->columns, &t->shape, e);
}

/* The first row's stamp, and the grid of the first rows. What is broken in them
 * is the reader's to report, at its row. */
static int look_ahead(struct trace *t, const struct trace_spec *spec, struct err *e)
{
    struct err ignored = {0};
    int64_t *stamps = xcalloc(DETECT_ROWS, sizeof *stamps);
    size_t n = 0;
    if (cursor_rewind(&t->scout, &t->shape, e) != 0)
        goto out;
    while (n < DETECT_ROWS && cursor_next(&t->scout, &t->shape, &ignored) == 1)
        stamps[n++] = t->scout.stamp_ns;
    t->origin_ns = stamps[0];
    t->step_ns = spec->spread_ns > 0 ? spec->spread_ns : spread_step_ns(stamps, n);
    if (spec->is_spread_off)
        t->step_ns = 0;
    if (cursor_rewind(&t->scout, &t->shape, e) == 0)
        (void)cursor_rewind(&t->reader, &t->shape, e); /* e says whether it failed */
out:
    free(stamps);
    return e->is_set ? -1 : 0;
}

static int check_spec(const struct trace_spec *spec, struct err *e)
{
    assert(spec->path != NULL);
    if (!(spec->speed >= SPEED_MIN && spec->speed <= SPEED_MAX))
        return err_set(e, "trace speed: %g is out of range %g..%g", spec->speed,
                       SPEED_MIN, SPEED_MAX);
    if (spec->spread_ns < 0 || spec->spread_ns > SPREAD_MAX_NS)
        return err_set(e, "trace spread: %g s is out of range 0..86400",
                       (double)spec->spread_ns / 1e9);
    return 0;
}

struct trace *trace_open(const struct trace_spec *spec, struct err *e)
{
    if (check_spec(spec, e) != 0)
        return NULL;
    struct trace *t = xcalloc(1, sizeof *t);
    t->path = xstrdup(spec->path);
    t->speed = spec->speed;
    t->limit = spec->limit;
    t->seed = spec->seed;
    t->step = -1;
    t->reader.lines.fd = t->scout.lines.fd = -1;
    if (cursor_init(&t->reader, t->path, e) != 0 ||
        cursor_init(&t->scout, t->path, e) != 0)
        goto fail;
    if (read_shape(t, spec, e) != 0 || look_ahead(t, spec, e) != 0) {
        err_in(e, "%s", t->path);
        goto fail;
    }
    return t;
fail:
    trace_close(t);
    return NULL;
}

void trace_close(struct trace *t)
{
    if (t == NULL)
        return;
    cursor_release(&t->scout);
    cursor_release(&t->reader);
    free(t->path);
    free(t);
}

enum trace_format trace_detected(const struct trace *t)
{
    return t->shape.format;
}

int64_t trace_spread_ns(const struct trace *t)
{
    return t->step_ns;
}

/* Moves the scout to the next row; a broken one ends its way, because the reader
 * will come to the same row and report it. */
static void scout_advance(struct trace *t)
{
    struct err ignored = {0};
    t->scout_has_row = cursor_next(&t->scout, &t->shape, &ignored) == 1;
    if (t->scout_has_row)
        t->scout_step = spread_index(t->scout.stamp_ns - t->origin_ns, t->step_ns);
}

/* Enters a step: counts its rows, which are all up to the first of a later one. */
static void enter_step(struct trace *t, int64_t step)
{
    if (!t->scout_has_row)
        scout_advance(t);
    t->step = step;
    t->step_left = 0;
    t->place = 0.0;
    for (; t->scout_has_row && t->scout_step <= step; scout_advance(t))
        t->step_left++;
}

static int64_t spread_due_ns(struct trace *t, int64_t offset_ns)
{
    int64_t step = spread_index(offset_ns, t->step_ns);
    if (step > t->step)
        enter_step(t, step);
    if (t->step_left > 0) { /* always, unless the file changes while it is read */
        t->place = spread_place(t->place, t->step_left, t->seed, t->reader.rows);
        t->step_left--;
    }
    return t->step * t->step_ns + (int64_t)(t->place * (double)t->step_ns);
}

static int bad_time(const struct trace *t, const char *what, int64_t by_ns,
                    struct err *e)
{
    return err_set(e, "row %" PRIu64 " (line %" PRIu64 "): column \"%s\": %s %.3f s",
                   t->reader.rows, t->reader.lines.number, t->shape.names[COLUMN_TIME],
                   what, (double)by_ns / 1e9);
}

static int check_order(struct trace *t, int64_t offset_ns, struct err *e)
{
    int64_t allowed_ns = t->step_ns > 0 ? t->step_ns : NS_PER_S;
    if (offset_ns > SPAN_MAX_NS)
        return bad_time(t, "lies too far behind the first row:", offset_ns, e);
    if (offset_ns < t->latest_ns - allowed_ns)
        return bad_time(t, "rows must be in order, but this goes back by",
                        t->latest_ns - offset_ns, e);
    if (offset_ns > t->latest_ns)
        t->latest_ns = offset_ns;
    return 0;
}

static uint32_t at_least_one(uint32_t n)
{
    return n > 0 ? n : 1;
}

int trace_next(struct trace *t, struct trace_row *out, struct err *e)
{
    if (t->limit > 0 && t->reader.rows == t->limit)
        return 0;
    int got = cursor_next(&t->reader, &t->shape, e);
    if (got == 0)
        return 0;
    int64_t offset_ns = t->reader.stamp_ns - t->origin_ns;
    if (got < 0 || check_order(t, offset_ns, e) != 0)
        return err_in(e, "%s", t->path);
    int64_t due_ns = t->step_ns > 0 ? spread_due_ns(t, offset_ns) : t->latest_ns;
    *out = (struct trace_row){
        .number = t->reader.rows - 1,
        .due_ns = (int64_t)((double)due_ns / t->speed),
        .prompt_tokens = at_least_one(t->reader.prompt_tokens),
        .output_tokens = at_least_one(t->reader.output_tokens),
        .blocks = t->reader.blocks,
        .block_count = t->reader.block_count,
        .block_tokens = t->shape.block_tokens,
    };
    return 1;
}
