/*
 * The shape of a trace: which column holds what. The known formats are rows of
 * one table in the language of --trace-columns, so a format is never more than
 * its columns:
 *
 *   time=TIMESTAMP,prompt=ContextTokens,output=GeneratedTokens
 *   time=timestamp,unit=ms,prompt=input_length,output=output_length,
 *       blocks=hash_ids,block_tokens=512
 *
 * unit (s, ms, us, ns) is of times that are plain numbers.
 */
#ifndef GUST_TRACE_SHAPE_H
#define GUST_TRACE_SHAPE_H

#include "workload/trace.h"
#include "workload/trace_value.h"

enum trace_column {
    COLUMN_TIME,
    COLUMN_PROMPT,
    COLUMN_OUTPUT,
    COLUMN_BLOCKS, /* may be missing */
    COLUMN_COUNT
};

#define TRACE_NAME_MAX 64

struct trace_shape {
    enum trace_format format; /* never TRACE_AUTO */
    bool is_json;
    char names[COLUMN_COUNT][TRACE_NAME_MAX];
    size_t index[COLUMN_COUNT]; /* CSV: position in the row; SIZE_MAX: absent */
    size_t last;                /* CSV: the greatest of them */
    int64_t unit_ns;
    uint32_t block_tokens;
};

/* Tells the format from the first line (a CSV header or a JSON object), fits the
 * asked columns over it and finds them. The error lists the columns there are. */
MUST_CHECK int shape_detect(const char *line, enum trace_format format,
                            const char *columns, struct trace_shape *out,
                            struct err *e);

/* The fields of a row; text is NULL where the row has none. The error says what
 * is wrong with the line as a whole. */
MUST_CHECK int shape_fields(const struct trace_shape *shape, const char *line,
                            struct field fields[COLUMN_COUNT], struct err *e);

#endif
