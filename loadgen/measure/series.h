/*
 * The name of a series, as the tag of its log lines:
 *
 *   [~]<arm>/<class>/<stratum>/<metric>      ~main/chat/p20/ttft
 *
 * "~" marks requests outside the measured window; stratum is "p<n>" of metric.h
 * or "all". Written and read here only.
 */
#ifndef GUST_SERIES_H
#define GUST_SERIES_H

#include "base/err.h"
#include "measure/hlog.h"
#include "measure/metric.h"

#define STRATUM_ALL (-1)

struct series_name {
    const char *arm, *class_name; /* not NUL-terminated */
    size_t arm_length, class_length;
    int stratum; /* STRATUM_ALL or 0..STRATUM_COUNT-1 */
    enum metric metric;
    bool is_measured;
};

/* Longest name of an arm or a class. */
#define SERIES_NAME_MAX 48

/* Makes text fit for a tag: letters, digits, "_", "-", "." and ":" stay, any
 * other byte becomes "_", an empty text "_", the rest past SERIES_NAME_MAX is
 * cut. */
const char *series_clean(char name[SERIES_NAME_MAX + 1], const char *text);

/* Room for any tag, with its NUL. */
#define SERIES_TEXT (HLOG_TAG_MAX + 1)

/* Writes the tag of cleaned names to text, which is returned. */
const char *series_format(char text[SERIES_TEXT], const struct series_name *name);

/* Reads a tag; the parts point into it. The error names the part. */
MUST_CHECK int series_parse(const char *tag, size_t length, struct series_name *out,
                            struct err *e);

#endif
