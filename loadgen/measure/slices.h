/*
 * Slices: requests counted by the second of their scheduled start, arm, class,
 * prompt-length stratum and phase, whenever they end. The judge's unit.
 */
#ifndef GUST_SLICES_H
#define GUST_SLICES_H

#include "base/buf.h"
#include "measure/fold.h"

struct slices;
struct slices *slices_new(void);
void slices_free(struct slices *s);
/* Empties it, keeping the storage. */
void slices_reset(struct slices *s);

/* Counts one request with due_ns >= 0. */
void slices_add(struct slices *s, const struct sample *sample);

/* Appends one line of kind slice per slice, ascending by time, arm, class,
 * measured, stratum and phase (rundir.h). Call once, then reset. */
void slices_write(struct slices *s, const struct fold_names *names, struct buf *out);

#endif
