/*
 * Prometheus' text exposition (format 0.0.4, and OpenMetrics 1.0 as far as samples go):
 * one sample after the other out of a text, without building anything.
 *
 * A line that is no sample is skipped and counted: one odd line of a server must not
 * cost the others. Comments, timestamps and exemplars are passed over.
 */
#ifndef GUST_PROMETHEUS_H
#define GUST_PROMETHEUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrows the text. */
struct prometheus {
    const char *at, *end;
    uint64_t broken; /* lines that are neither sample nor comment */
};

/* Texts point into the exposition and are not NUL-terminated; labels are the inside of
 * the braces, "" without any. */
struct prometheus_sample {
    const char *name, *labels;
    size_t name_length, labels_length;
    double value; /* may be NaN or infinite */
};

struct prometheus prometheus_of(const char *text, size_t length);

/* The next sample; false at the end. */
bool prometheus_next(struct prometheus *p, struct prometheus_sample *out);

bool prometheus_is(const struct prometheus_sample *s, const char *name);

/* Has the sample this label with this value? Escapes are not undone: names and values
 * asked for have none. */
bool prometheus_has(const struct prometheus_sample *s, const char *label,
                    const char *value);

#endif
