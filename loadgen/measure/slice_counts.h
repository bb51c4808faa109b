/*
 * Slices: requests counted by the second of their scheduled start, arm, class,
 * prompt-length stratum and phase, whenever they end. The judge's unit.
 */
#ifndef GUST_SLICE_COUNTS_H
#define GUST_SLICE_COUNTS_H

#include "base/buf.h"
#include "measure/fold.h"

struct slice_counts;
struct slice_counts *slice_counts_new(void);
void slice_counts_free(struct slice_counts *s);
/* Empties it, keeping the storage. */
void slice_counts_reset(struct slice_counts *s);

/* Counts one request with due_ns >= 0. */
void slice_counts_add(struct slice_counts *s, const struct sample *sample);

/* Appends one line of kind slice per slice, ascending by time, arm, class,
 * measured, stratum and phase (rundir.h). Call once, then reset. */
void slice_counts_write(struct slice_counts *s, const struct fold_names *names,
                        struct buf *out);

#endif
