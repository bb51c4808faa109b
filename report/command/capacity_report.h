/*
 * The report of a capacity search: `gust report DIR` where DIR holds capacity.json, and
 * what `gust capacity` writes at its end.
 */
#ifndef GUST_CAPACITY_REPORT_H
#define GUST_CAPACITY_REPORT_H

#include "base/command.h"
#include "command/report.h"
#include "judge/capacity.h"

/* Does the directory hold one? */
bool capacity_report_is(const char *directory);

/* Writes index.html with its pictures, capacity.md and capacity-report.json into
 * directory/report, or where options say. */
MUST_CHECK int capacity_report_write(const struct capacity *c, const char *directory,
                                     const struct report_options *options,
                                     struct err *e);

/* Reads directory/capacity.json, prints it in the format, writes the files. The exit
 * code is what was found. */
int capacity_report_run(const char *directory, const struct report_options *options,
                        enum report_format format);

/* 0 found or at least; 1 never; 4 generator, incomplete. */
enum exit_code capacity_report_exit(enum capacity_verdict v);

#endif
