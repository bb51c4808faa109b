/*
 * The values of a trace's fields: instants, token counts, block ids. Pure; text
 * comes with its length and need not end in a NUL.
 */
#ifndef GUST_TRACE_VALUE_H
#define GUST_TRACE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_TOKENS_MAX 10000000
#define TRACE_BLOCKS_MAX 4096
/* Farthest from zero that an instant may lie (about 146 years), so that the
 * difference of two is never out of range. */
#define TRACE_TIME_MAX_NS (INT64_MAX / 2)

/* A piece of a line: borrowed, not terminated; text is NULL when absent. */
struct field {
    const char *text;
    size_t length;
};

/* An instant in ns since any fixed zero. A decimal number counts units of
 * unit_ns (a power of ten up to 1e9); "2023-11-16 18:17:03.9799600", with 'T'
 * for the blank and with "Z" or "+02:00" behind, counts from 1970 UTC; its year
 * is 1900..2100. Digits
 * below a nanosecond are dropped. false: neither, or out of range. */
bool value_time(struct field f, int64_t unit_ns, int64_t *out_ns);

/* A whole number 0..TRACE_TOKENS_MAX; ".0" behind it is allowed, as tables that
 * passed through floating point have it. */
bool value_count(struct field f, uint32_t *out);

/* "[1, 2, 3]": at most TRACE_BLOCKS_MAX ids into ids; absent text gives none. */
bool value_blocks(struct field f, uint64_t ids[TRACE_BLOCKS_MAX], uint32_t *count);

#endif
