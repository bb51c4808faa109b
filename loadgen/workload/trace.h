/*
 * Traces: recorded arrivals, read row by row. Memory does not grow with the
 * file, nor with its bursts: two line buffers and two rows.
 *
 * Formats, told apart by the first line: Azure CSV (TIMESTAMP, ContextTokens,
 * GeneratedTokens), BurstGPT CSV (Timestamp, ..., Request tokens, Response
 * tokens), Mooncake JSONL (timestamp in ms, input_length, output_length,
 * hash_ids), Qwen-Bailian JSONL (timestamp in s), any CSV or JSONL with named
 * columns (--trace-columns time=ts,prompt=in,output=out; see trace_shape.h).
 */
#ifndef GUST_TRACE_H
#define GUST_TRACE_H

#include "base/err.h"

#include <stdbool.h>

enum trace_format {
    TRACE_AUTO,
    TRACE_AZURE,
    TRACE_BURSTGPT,
    TRACE_MOONCAKE,
    TRACE_CSV,
    TRACE_JSONL,
};

extern const char *const trace_format_names[7]; /* NULL-terminated */

struct trace_spec {
    const char *path; /* "-" is not allowed: workers open it each */
    enum trace_format format;
    const char *columns; /* generic formats; NULL: time, prompt, output */
    double speed;        /* 2: twice as fast; > 0 */
    uint64_t limit;      /* rows, 0 all */
    /* Time stamps quantised to bins (Mooncake: 3 s) make bursts that were not
     * there: rows of one bin are spread evenly at random over it. 0: detect. */
    int64_t spread_ns;
    bool is_spread_off;
    uint64_t seed; /* of the spreading */
};

struct trace_row {
    uint64_t number; /* from 0 */
    int64_t due_ns;  /* since the first row, after speed and spreading */
    uint32_t prompt_tokens, output_tokens; /* at least 1 each: a request that
                               failed when recorded is load all the same */
    const uint64_t *blocks; /* prefix blocks; borrowed until the next call */
    uint32_t block_count;
    uint32_t block_tokens; /* 512 for Mooncake */
};

struct trace;

/* Opens a regular file and looks at its first rows. NULL on failure: the error
 * names the file. trace_close takes NULL too. */
struct trace *trace_open(const struct trace_spec *spec, struct err *e);
void trace_close(struct trace *t);

/* What the first line said; never TRACE_AUTO. */
enum trace_format trace_detected(const struct trace *t);

/* The step over which rows are spread, asked for or detected; 0: none. */
int64_t trace_spread_ns(const struct trace *t);

/* 1: a row; 0: end; -1: broken; the error names file, row, column and text.
 * Rows must not go back in time by more than the bin, or 1 s without bins (else
 * an error); those that do by less are moved forward. due_ns never goes back. */
MUST_CHECK int trace_next(struct trace *t, struct trace_row *out, struct err *e);

#endif
