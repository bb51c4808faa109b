/*
 * `gust compare`: stored runs of a canary against those of a baseline.
 */
#ifndef GUST_COMPARE_H
#define GUST_COMPARE_H

#include "base/command.h"
#include "judge/verdict.h"

/* What standard output gets of a verdict. */
enum verdict_format {
    VERDICT_TEXT,
    VERDICT_JSON,
    VERDICT_MARKDOWN,
    VERDICT_JUNIT,
    VERDICT_GITHUB,
    VERDICT_KAYENTA,
    VERDICT_FORMATS
};

extern const char *const verdict_format_names[VERDICT_FORMATS + 1]; /* then NULL */

/* Prints it; text is coloured and as wide as the terminal. */
void verdict_put(const struct verdict *v, enum verdict_format format);

/* Writes verdict.json, verdict.md and junit.xml, making the folder. */
MUST_CHECK int verdict_write(const struct verdict *v, const char *directory,
                             struct err *e);

/* 0, 1 or 4; an advisory gate is always 0. */
enum exit_code verdict_exit_code(const struct verdict *v, bool is_advisory);

/* How a run of two arms was split: its mode and canary requests per baseline
 * request. */
enum pairing_mode split_mode(const char *split, double *planned_ratio);

#endif
