/*
 * Text with units, parsed and printed only at the edges of the program.
 *
 *   duration  250ms 90s 5m 2h 1d (a bare number is seconds)      -> ns
 *   rate      20/s 600/min 5/h (a bare number is per second)     -> per second
 *   size      4096 4k 16m (powers of 1024)                       -> bytes
 *   share     5% 0.05                                            -> 0..1
 */
#ifndef GUST_UNITS_H
#define GUST_UNITS_H

#include "base/err.h"

/* Each parses the whole text, or fails naming the text and what is allowed. */
MUST_CHECK int units_duration(const char *text, int64_t *out_ns, struct err *e);
MUST_CHECK int units_rate(const char *text, double *out_per_s, struct err *e);
MUST_CHECK int units_size(const char *text, uint64_t *out_bytes, struct err *e);
MUST_CHECK int units_share(const char *text, double *out_share, struct err *e);
MUST_CHECK int units_u64(const char *text, uint64_t *out, struct err *e);
MUST_CHECK int units_double(const char *text, double *out, struct err *e);

/* Room for any text of the functions below, with its NUL. */
#define UNITS_TEXT 32

/* "812 us", "12.4 ms", "1.83 s", "2 min 5 s": three significant digits, in
 * text, which is returned. Negative values keep their sign. */
const char *units_format_ns(char text[UNITS_TEXT], int64_t ns);

/* "1,234,567". */
const char *units_format_count(char text[UNITS_TEXT], uint64_t count);

/* "1.4 MB", powers of 1000. */
const char *units_format_bytes(char text[UNITS_TEXT], uint64_t bytes);

/* "123", "12.3", "1.23", "1,234": three significant digits. */
const char *units_format_rate(char text[UNITS_TEXT], double per_s);

/* "2026-11-21T14:03:05Z" of nanoseconds since 1970; the fraction is cut off. */
const char *units_format_utc(char text[UNITS_TEXT], int64_t wall_ns);

#endif
