/*
 * requests.csv.zst: one row per request, when the user asked for it.
 *
 * Rows are collected and written as whole zstd frames of up to RECORDS_FRAME
 * bytes of text. Frames one after the other are one valid file, so a killed run
 * loses at most the last frame. Times are nanoseconds, those since t0; a value
 * that is not defined is empty. LIMIT: names must be free of commas and quotes,
 * as tags are.
 */
#ifndef GUST_RECORDS_H
#define GUST_RECORDS_H

#include "measure/appendfile.h"
#include "measure/sample.h"

#define RECORDS_NAME "requests.csv.zst"
#define RECORDS_FRAME ((size_t)256 * 1024)

struct records;
struct records *records_create(int dir_fd, struct err *e);
/* Drops rows that were not flushed. */
void records_free(struct records *r);

MUST_CHECK int records_add(struct records *r, const struct sample *s, const char *arm,
                           const char *class_name, struct err *e);

/* Ends the frame and writes it. */
MUST_CHECK int records_flush(struct records *r, struct err *e);
MUST_CHECK int records_sync(struct records *r, struct err *e);

#endif
